package encode

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/simulate"
)

func digest(t *testing.T, seed uint64) (sum [32]byte, spans, logs, points int) {
	t.Helper()
	const duration = 4 * time.Minute
	g, err := simulate.New(simulate.Config{Seed: seed, Start: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC),
		Duration: duration, Users: 80, Scenarios: simulate.DefaultScenarios(duration)})
	require.NoError(t, err)
	h := sha256.New()
	var wantSpans, wantLogs, wantPoints int
	for b, ok := g.Next(); ok; b, ok = g.Next() {
		td, ld, md := Traces(b.Spans), Logs(b.Logs), Metrics(b.Points)
		wantSpans, wantLogs, wantPoints = wantSpans+len(b.Spans), wantLogs+len(b.Logs), wantPoints+len(b.Points)
		spans, logs, points = spans+td.SpanCount(), logs+ld.LogRecordCount(), points+md.DataPointCount()
		for _, marshal := range []func() ([]byte, error){
			func() ([]byte, error) { return (&ptrace.ProtoMarshaler{}).MarshalTraces(td) },
			func() ([]byte, error) { return (&plog.ProtoMarshaler{}).MarshalLogs(ld) },
			func() ([]byte, error) { return (&pmetric.ProtoMarshaler{}).MarshalMetrics(md) },
		} {
			data, err := marshal()
			require.NoError(t, err)
			h.Write(data)
		}
	}
	assert.Equal(t, []int{wantSpans, wantLogs, wantPoints}, []int{spans, logs, points})
	return [32]byte(h.Sum(nil)), spans, logs, points
}

func TestEncode_SameSeed_SameBytes(t *testing.T) {
	t.Parallel()
	first, spans, logs, points := digest(t, 1)
	second, _, _, _ := digest(t, 1)
	other, _, _, _ := digest(t, 2)
	assert.Equal(t, first, second)
	assert.NotEqual(t, first, other)
	assert.Positive(t, spans)
	assert.Positive(t, logs)
	assert.Positive(t, points)
}

func TestTraces_MixedProducers_GroupedByResourceAndScope(t *testing.T) {
	t.Parallel()
	a := &simulate.Resource{Attrs: []simulate.Attr{{Key: "service.name", Value: "a"}}}
	b := &simulate.Resource{Attrs: []simulate.Attr{{Key: "service.name", Value: "b"}}}
	td := Traces([]simulate.Span{
		{Resource: a, Scope: "x", Name: "1", Failure: "broke"}, {Resource: b, Scope: "x", Name: "2"},
		{Resource: a, Scope: "y", Name: "3"}, {Resource: a, Scope: "x", Name: "4", Attrs: []simulate.Attr{
			{Key: "list", Value: []string{"p", "q"}}, {Key: "n", Value: int64(3)}, {Key: "f", Value: 1.5}}},
	})
	require.Equal(t, 2, td.ResourceSpans().Len())
	scopes := td.ResourceSpans().At(0).ScopeSpans()
	require.Equal(t, 2, scopes.Len())
	assert.Equal(t, ptrace.StatusCodeError, scopes.At(0).Spans().At(0).Status().Code())
	assert.Equal(t, map[string]any{"list": []any{"p", "q"}, "n": int64(3), "f": 1.5}, scopes.At(0).Spans().At(1).Attributes().AsRaw())
}
