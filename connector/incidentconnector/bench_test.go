//go:build unix

package incidentconnector

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/simulate"
	"github.com/braidotel/braid/internal/simulate/encode"
)

// spent is the time of processors that the process took so far, garbage collection included, in seconds: others on the machine
// do not change it.
func spent(tb testing.TB) float64 {
	tb.Helper()
	var u syscall.Rusage
	require.NoError(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// BenchmarkShop reports what a span of a simulated shop costs, in traces of several services, one run being two minutes.
func BenchmarkShop(b *testing.B) {
	shop, err := simulate.New(simulate.Config{Seed: 1, Start: base, Users: 4000, Duration: 2 * time.Minute})
	require.NoError(b, err)
	var batches []ptrace.Traces
	n := 0
	for batch, ok := shop.Next(); ok; batch, ok = shop.Next() {
		batches = append(batches, encode.Traces(batch.Spans))
		n += len(batch.Spans)
	}
	b.ReportAllocs()
	runs, before := 0, spent(b)
	for b.Loop() {
		r := newRig(b, replayConfig(), componenttest.NewNopHost())
		for _, td := range batches {
			require.NoError(b, r.traces.ConsumeTraces(b.Context(), td))
		}
		r.stop()
		runs++
	}
	b.ReportMetric(float64(runs*n)/b.Elapsed().Seconds(), "spans/s")
	b.ReportMetric(float64(runs*n)/(spent(b)-before), "spans/cpu-s")
	b.ReportMetric(float64(n), "spans/op")
}

// BenchmarkTraces reports what a span costs that comes with a resource and a trace of its own.
func BenchmarkTraces(b *testing.B) {
	r := newRig(b, replayConfig(), componenttest.NewNopHost())
	const n = 1000
	batches := make([]ptrace.Traces, 200)
	for i := range batches {
		batches[i] = spans(0, n, base)
		for j, rs := range batches[i].ResourceSpans().All() {
			s := rs.ScopeSpans().At(0).Spans().At(0)
			s.SetName(fmt.Sprint("GET /", j%50))
		}
	}
	b.ReportAllocs()
	i, before := 0, spent(b)
	for b.Loop() {
		td := batches[i%len(batches)]
		at := base.Add(time.Duration(i) * 50 * time.Millisecond)
		for j, rs := range td.ResourceSpans().All() {
			s := rs.ScopeSpans().At(0).Spans().At(0)
			k := i*n + j
			s.SetTraceID(pcommon.TraceID{1, byte(k >> 24), byte(k >> 16), byte(k >> 8), byte(k)})
			s.SetStartTimestamp(pcommon.NewTimestampFromTime(at.Add(-10 * time.Millisecond)))
			s.SetEndTimestamp(pcommon.NewTimestampFromTime(at))
		}
		if err := r.traces.ConsumeTraces(b.Context(), td); err != nil {
			b.Fatal(err)
		}
		i++
	}
	b.ReportMetric(float64(i*n)/b.Elapsed().Seconds(), "spans/s")
	b.ReportMetric(float64(i*n)/(spent(b)-before), "spans/cpu-s")
	r.stop()
}
