//go:build integration

package resilience

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/otlpsend"
)

// A tenant that makes up sessions, users, addresses and paths, and one that has a few visitors who stay.
const (
	perFlood      = 1000
	quietFrom     = 1 << 40 // numbers of its requests, which are in their traces
	visitorsThere = 20
	// floodLimit is what memory_limiter allows the heap, floodPeak what may be resident. Mapped files are 90 to 120 MiB of it,
	// floodHeap leaves the rest to the runtime: on its own that lets garbage double the heap. A flood of more than floodShort
	// requests maps more of the journal's file, pages that the kernel takes back: what the process has of its own must do.
	floodLimit = "256"
	floodHeap  = "150MiB"
	floodPeak  = 300 * mebi
	floodShort = 100
)

var (
	floods  = flag.Int("floods", 24, "requests of the tenant that makes up ids, of 1,000 spans each")
	floodGo = flag.String("gomemlimit", floodHeap, "GOMEMLIMIT of the collector; off: left alone, and not held to a peak")
)

// floodOverlay bounds a tenant's sessions, so that the flood is many times what there is room for, and keeps every event.
const floodOverlay = `
processors:
  session_correlation: {limits: {sessions: 3000, traces: 6000, tokens: 2000, counted: 6000}}
exporters:
  file/events: {rotation: {max_backups: 100000}}
`

// TestFlood_OfUniqueIDs_OtherTenantUnharmed (S3, R13) has one tenant send made-up ids only, under a small memory limit, and
// requires that the other's sessions neither end nor begin anew, and that all goes on when the flood is over.
func TestFlood_OfUniqueIDs_OtherTenantUnharmed(t *testing.T) {
	b := alone(t, map[string]string{
		"BRAID_MEMORY_LIMIT_MIB": floodLimit, "BRAID_MEMORY_SPIKE_MIB": "64", "GOMEMLIMIT": *floodGo,
	}, floodOverlay)
	client := dialed(t, b)
	quiet := &crowded{t: t, client: client}
	for range *floods {
		quiet.send()
	}
	require.Eventually(t, func() bool { return b.told("session.start") >= visitorsThere }, drainLimit, pollEvery)
	alone := quiet.took
	quiet.took = nil
	for n := range *floods {
		r := crowd(t, "flooding", n, perFlood, func(i int) string { return fmt.Sprintf("made-up-%d-%d", n, i) })
		require.NoError(t, client.Send(t.Context(), &r))
		quiet.send()
	}
	b.assertLives()
	stats := client.Stats()
	require.Zero(t, stats.Total().Refused+stats.Total().Failed, "refusals must be such that senders may try again: %v", &stats)
	over := time.Now()
	require.Eventually(t, func() bool { return b.queued() == 0 }, 2*drainLimit, pollEvery)
	recovered := time.Since(over)
	assert.Equal(t, visitorsThere, b.told("session.start"), "sessions of the quiet tenant that began")
	assert.Zero(t, b.told("session.end"), "sessions of the quiet tenant that ended")
	heap, files := b.memory("RssAnon:"), b.mapped()
	assert.Less(t, heap, uint64(floodPeak))
	if *floodGo == floodHeap && *floods <= floodShort {
		assert.Less(t, b.peak(), uint64(floodPeak))
	}
	t.Logf("%d made-up sessions, %d retries, all delivered %v later; at most %d MiB resident (last %d of its own and %d of files)",
		*floods*perFlood, stats.Retries, recovered.Round(time.Millisecond), b.peak()/mebi, heap/mebi, files/mebi)
	t.Logf("a request of the quiet tenant, median and longest of %d: alone %v, %v; beside the flood %v, %v", *floods,
		middle(alone), slices.Max(alone), middle(quiet.took), slices.Max(quiet.took))
}

// told counts the events of a name that tell of the quiet tenant's visitors.
func (b *braid) told(name string) int {
	files, err := filepath.Glob(filepath.Join(b.config.Env["BRAID_DATA_DIR"], "events*.jsonl"))
	require.NoError(b.t, err)
	n := 0
	for _, file := range files {
		raw, _ := os.ReadFile(file)
		for record := range bytes.SplitSeq(raw, []byte(`"timeUnixNano"`)) {
			if bytes.Contains(record, []byte(`"there-`)) && bytes.Contains(record, []byte(`"eventName":"`+name+`"`)) {
				n++
			}
		}
	}
	return n
}

// crowded is the tenant with a few visitors, and how long its requests take.
type crowded struct {
	t      *testing.T
	client *otlpsend.Client
	sent   int
	took   []time.Duration
}

func (c *crowded) send() {
	c.t.Helper()
	c.sent++
	r := crowd(c.t, "quiet", quietFrom+c.sent, visitorsThere, func(i int) string { return fmt.Sprintf("there-%02d", i) })
	began := time.Now()
	require.NoError(c.t, c.client.Send(c.t.Context(), &r))
	c.took = append(c.took, time.Since(began))
}

func middle[T cmp.Ordered](took []T) T {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[len(sorted)/2]
}

// crowd is a request of one span each of so many visitors of a tenant.
func crowd(t *testing.T, tenant string, number, size int, id func(int) string) otlpsend.Request {
	t.Helper()
	r, err := requestOf(tenant, number, size, id)
	require.NoError(t, err)
	return r
}

// requestOf is the same where a test may not end.
func requestOf(tenant string, number, size int, id func(int) string) (otlpsend.Request, error) {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "shop")
	rs.Resource().Attributes().PutStr("braid.tenant", tenant)
	spans := rs.ScopeSpans().AppendEmpty().Spans()
	now := time.Now()
	for i := range size {
		span := spans.AppendEmpty()
		var trace pcommon.TraceID
		binary.BigEndian.PutUint64(trace[:], uint64(number+1))
		binary.BigEndian.PutUint64(trace[8:], uint64(i+1))
		span.SetTraceID(trace)
		span.SetSpanID(pcommon.SpanID(trace[8:]))
		span.SetKind(ptrace.SpanKindServer)
		span.SetName("GET")
		span.SetStartTimestamp(pcommon.NewTimestampFromTime(now.Add(-time.Millisecond)))
		span.SetEndTimestamp(pcommon.NewTimestampFromTime(now))
		span.Attributes().PutStr("session.id", id(i))
		span.Attributes().PutStr("user.id", "user of "+id(i))
		span.Attributes().PutStr("user_agent.original", strings.Repeat("x", 200)+id(i))
		span.Attributes().PutStr("http.request.method", "GET")
		span.Attributes().PutStr("url.path", "/"+id(i))
	}
	payload, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	return otlpsend.Request{Signal: otlpsend.Traces, Payload: payload, Items: size}, err
}
