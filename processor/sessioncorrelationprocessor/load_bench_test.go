//go:build unix

package sessioncorrelationprocessor

import (
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/simulate/load"
)

// BenchmarkLoad takes what testbed/cost sends to a collector: requests of a hundred traces of five spans, of ten thousand
// sessions in turn. It reports the time a span spends in ConsumeTraces and, garbage collection included, the processor
// time of the whole process; decode is what to take off from the latter.
func BenchmarkLoad(b *testing.B) {
	b.Run("decode", func(b *testing.B) { benchmarkLoad(b, nil) })
	b.Run("decode_correlate", func(b *testing.B) {
		p := startTraces(b, consumertest.NewNop(), func(*Config) {})
		benchmarkLoad(b, func(td ptrace.Traces) error { return p.ConsumeTraces(b.Context(), td) })
	})
}

func benchmarkLoad(b *testing.B, consume func(ptrace.Traces) error) {
	b.Helper()
	const traces, sessions = 100, 10_000
	template, err := load.New(traces, sessions)
	require.NoError(b, err)
	request := uint64(0)
	next := func() (took time.Duration) {
		request++
		td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(template.Request(request, time.Now()))
		require.NoError(b, err)
		if consume == nil {
			return 0
		}
		began := time.Now()
		require.NoError(b, consume(td))
		return time.Since(began)
	}
	for range 4 * sessions / traces {
		next() // every session has been seen, the tables have grown
	}
	b.ReportAllocs()
	b.ResetTimer()
	consuming, cpu := time.Duration(0), processorTime(b)
	for b.Loop() {
		consuming += next()
	}
	cpu = processorTime(b) - cpu
	spans := float64(b.N * template.Spans())
	b.ReportMetric(float64(consuming.Nanoseconds())/spans, "ns/span")
	b.ReportMetric(float64(cpu.Nanoseconds())/spans, "cpu-ns/span")
}

// processorTime is what the process has used so far.
func processorTime(tb testing.TB) time.Duration {
	tb.Helper()
	var usage syscall.Rusage
	require.NoError(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
