//go:build linux

package sessioncorrelationprocessor

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"golang.org/x/sys/unix"

	"github.com/braidotel/braid/internal/simulate/load"
)

// BenchmarkLoad takes what testbed/cost sends to a collector: requests of a hundred traces of five spans, of ten thousand
// sessions in turn. It reports the processor time that a span takes in ConsumeTraces and, garbage collection included, in
// the whole process; decode is what to take off from the latter. Between two requests of a paced load other work has the
// caches: cold lets it have them.
func BenchmarkLoad(b *testing.B) {
	b.Run("decode", func(b *testing.B) {
		benchmarkLoad(b, func(ptrace.Traces) error { return nil }, func() {})
	})
	for name, between := range map[string]func(){"decode_correlate": func() {}, "decode_correlate_cold": takeCaches(16 << 20)} {
		b.Run(name, func(b *testing.B) {
			p := startTraces(b, consumertest.NewNop(), func(*Config) {})
			benchmarkLoad(b, func(td ptrace.Traces) error { return p.ConsumeTraces(b.Context(), td) }, between)
		})
	}
}

// takeCaches returns other work that writes to so many bytes.
func takeCaches(size int) func() {
	memory := make([]byte, size)
	return func() {
		for i := 0; i < len(memory); i += 64 {
			memory[i]++
		}
	}
}

func benchmarkLoad(b *testing.B, consume func(ptrace.Traces) error, between func()) {
	b.Helper()
	const traces, sessions = 100, 10_000
	template, err := load.New(traces, sessions)
	require.NoError(b, err)
	request := uint64(0)
	next := func() (took time.Duration) {
		request++
		between()
		td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(template.Request(request, time.Now()))
		require.NoError(b, err)
		began := processorTime(b, unix.CLOCK_THREAD_CPUTIME_ID)
		require.NoError(b, consume(td))
		return processorTime(b, unix.CLOCK_THREAD_CPUTIME_ID) - began
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for range 4 * sessions / traces {
		next() // every session has been seen, the tables have grown
	}
	b.ReportAllocs()
	b.ResetTimer()
	consuming, whole := time.Duration(0), processorTime(b, unix.CLOCK_PROCESS_CPUTIME_ID)
	for b.Loop() {
		consuming += next()
	}
	whole = processorTime(b, unix.CLOCK_PROCESS_CPUTIME_ID) - whole
	spans := float64(b.N * template.Spans())
	b.ReportMetric(float64(consuming.Nanoseconds())/spans, "ns/span")
	b.ReportMetric(float64(whole.Nanoseconds())/spans, "process-ns/span")
}

func processorTime(tb testing.TB, clock int32) time.Duration {
	tb.Helper()
	var used unix.Timespec
	require.NoError(tb, unix.ClockGettime(clock, &used))
	return time.Duration(used.Nano())
}
