package load

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

var now = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// spansOf decodes a request into its spans by trace.
func spansOf(t *testing.T, data []byte) map[pcommon.TraceID][]ptrace.Span {
	t.Helper()
	td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(data)
	require.NoError(t, err)
	byTrace := map[pcommon.TraceID][]ptrace.Span{}
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				byTrace[s.TraceID()] = append(byTrace[s.TraceID()], s)
			}
		}
	}
	return byTrace
}

func TestTemplate_ManyRequests_TracesWholeAndNeverTwice(t *testing.T) {
	t.Parallel()
	const traces = 7
	tmpl, err := New(traces, 10)
	require.NoError(t, err)
	assert.Equal(t, traces*SpansPerTrace, tmpl.Spans())
	seen := map[pcommon.TraceID]bool{}
	sessions := map[string]bool{}
	for n := range uint64(20) {
		at := now.Add(time.Duration(n) * time.Minute)
		byTrace := spansOf(t, tmpl.Request(n, at))
		require.Len(t, byTrace, traces)
		for id, spans := range byTrace {
			assert.False(t, seen[id], "trace id twice")
			seen[id] = true
			require.Len(t, spans, SpansPerTrace)
			ids := map[pcommon.SpanID]bool{}
			for _, s := range spans {
				ids[s.SpanID()] = true
			}
			assert.Len(t, ids, SpansPerTrace)
			for _, s := range spans {
				assert.True(t, s.ParentSpanID().IsEmpty() || ids[s.ParentSpanID()], "parent outside of its trace")
				assert.LessOrEqual(t, s.EndTimestamp().AsTime(), at)
				assert.GreaterOrEqual(t, s.StartTimestamp().AsTime(), at.Add(-visitLength))
			}
			sessions[checkIdentity(t, spans)] = true
		}
	}
	assert.Len(t, sessions, 10)
}

// checkIdentity returns the session of a trace after checking that its cookies tell the same.
func checkIdentity(t *testing.T, spans []ptrace.Span) string {
	t.Helper()
	id, ok := spans[0].Attributes().Get("session.id")
	require.True(t, ok)
	digits := id.Str()[:8]
	cookie, ok := spans[1].Attributes().Get("http.request.header.cookie")
	require.True(t, ok)
	text := cookie.Slice().At(0).Str()
	assert.Contains(t, text, "JSESSIONID="+digits)
	assert.True(t, strings.HasSuffix(text, "KHANUSER=u"+digits), text)
	return digits
}

func TestTemplate_SameNumber_SameBytesWhateverCameBefore(t *testing.T) {
	t.Parallel()
	fresh, err := New(3, 100)
	require.NoError(t, err)
	used, err := New(3, 100)
	require.NoError(t, err)
	for n := range uint64(9) {
		used.Request(n, now.Add(time.Duration(n)*time.Hour))
	}
	assert.Equal(t, fresh.Request(4, now), used.Request(4, now))
}

func TestNew_OutOfBounds_NamesTheBound(t *testing.T) {
	t.Parallel()
	_, err := New(0, 0)
	require.ErrorContains(t, err, fmt.Sprint(MaxTraces))
	require.ErrorContains(t, err, "sessions")
	largest, err := New(MaxTraces, 1)
	require.NoError(t, err)
	assert.Less(t, len(largest.Request(0, now)), 4<<20)
}

func BenchmarkTemplate(b *testing.B) {
	t, err := New(100, 10_000)
	require.NoError(b, err)
	var n uint64
	b.ReportAllocs()
	for b.Loop() {
		t.Request(n, now)
		n++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n)/float64(t.Spans()), "ns/span")
}
