//go:build linux

package concurrencyprocessor

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"golang.org/x/sys/unix"

	"github.com/braidotel/braid/internal/journal/journaltest"
	loadgen "github.com/braidotel/braid/internal/simulate/load"
)

// BenchmarkLoad takes what testbed/cost sends to a collector, as session_correlation hands it on: requests of a hundred
// traces of five spans, of ten thousand sessions in turn, every span with the session, user and client of its visit. It
// reports the processor time that a span takes in ConsumeTraces; decoding and stamping are left out of it. (For
// allocations see BenchmarkTraces.)
func BenchmarkLoad(b *testing.B) {
	b.Run("memory", func(b *testing.B) { benchmarkLoad(b, liveConfig(), componenttest.NewNopHost()) })
	b.Run("stored", func(b *testing.B) {
		cfg := liveConfig()
		cfg.Storage = storedConfig().Storage
		benchmarkLoad(b, cfg, journaltest.Host{Extension: journaltest.NewDisk()})
	})
}

// liveConfig is what a collector runs with.
func liveConfig() *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.Secret = "a deployment's secret"
	return cfg
}

func benchmarkLoad(b *testing.B, cfg *Config, on component.Host) {
	b.Helper()
	const traces, sessions = 100, 10_000
	template, err := loadgen.New(traces, sessions)
	require.NoError(b, err)
	n, _, _ := startCoreOn(b, cfg, on)
	request := uint64(0)
	next := func() time.Duration {
		request++
		td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(template.Request(request, time.Now()))
		require.NoError(b, err)
		stamp(td)
		began := threadTime(b)
		require.NoError(b, n.ConsumeTraces(b.Context(), td))
		return threadTime(b) - began
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for range 4 * sessions / traces {
		next() // every session has been seen, the tables have grown
	}
	b.ResetTimer()
	var took time.Duration
	for b.Loop() {
		took += next()
	}
	b.ReportMetric(float64(took.Nanoseconds())/float64(b.N*template.Spans()), "ns/span")
}

// stamp gives every span the identities that session_correlation finds for it, behind its own attributes.
func stamp(td ptrace.Traces) {
	visits := map[pcommon.TraceID]string{} // only the browser knows its session
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				attrs, trace := span.Attributes(), span.TraceID()
				if id, ok := attrs.Get("session.id"); ok {
					visits[trace] = id.Str()
				} else {
					attrs.PutStr("session.id", visits[trace])
				}
				attrs.PutStr("user.id", "u"+visits[trace][:8])
				attrs.PutStr("client.address", "192.0.2.7")
			}
		}
	}
}

func threadTime(tb testing.TB) time.Duration {
	tb.Helper()
	var used unix.Timespec
	require.NoError(tb, unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &used))
	return time.Duration(used.Nano())
}
