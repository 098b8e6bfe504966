package sessioncorrelationprocessor

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/braidotel/braid/internal/journal/journaltest"
	"github.com/braidotel/braid/processor/sessioncorrelationprocessor/internal/metadata"
)

// BenchmarkRestart begins with what a collector has left that was killed while so many sessions were open, each of which had
// shown three pages, a request of 250 pages at a time.
func BenchmarkRestart(b *testing.B) {
	for _, sessions := range []int{20_000, 200_000} {
		b.Run(fmt.Sprint(sessions), func(b *testing.B) {
			disk := journaltest.NewDisk()
			p := startStored(b, disk)
			at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
			for n := 0; n < 3*sessions; n += pagesTogether {
				at = at.Add(pagesTogether * 750 * time.Microsecond)
				require.NoError(b, p.ConsumeTraces(b.Context(), pagesOf(n, sessions, at)))
			}
			killed := disk.After()
			require.NoError(b, p.Shutdown(b.Context()))
			b.ReportMetric(float64(len(killed.Keys())), "segments")
			b.ResetTimer()
			for b.Loop() {
				b.StopTimer()
				left := killed.After()
				b.StartTimer()
				p := startStored(b, left)
				b.StopTimer()
				require.NoError(b, p.Shutdown(b.Context()))
				b.StartTimer()
			}
		})
	}
}

const pagesTogether = 250

func pagesOf(from, sessions int, at time.Time) ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "shop")
	spans := rs.ScopeSpans().AppendEmpty().Spans()
	for n := from; n < from+pagesTogether; n++ {
		span := spans.AppendEmpty()
		var trace pcommon.TraceID
		binary.BigEndian.PutUint64(trace[8:], uint64(n)+1)
		span.SetTraceID(trace)
		span.SetSpanID(pcommon.SpanID(trace[8:]))
		span.SetKind(ptrace.SpanKindServer)
		span.SetStartTimestamp(pcommon.NewTimestampFromTime(at))
		span.SetEndTimestamp(pcommon.NewTimestampFromTime(at))
		span.Attributes().PutStr("session.id", fmt.Sprintf("session-%08d", n%sessions))
		span.Attributes().PutStr("http.request.method", "GET")
		span.Attributes().PutStr("http.route", "/product/{id}")
	}
	return td
}

func startStored(b *testing.B, disk *journaltest.Disk) processor.Traces {
	b.Helper()
	cfg := createDefaultConfig().(*Config)
	cfg.Secret, cfg.Storage, cfg.Clock = "a secret of this test alone", &journaltest.DiskID, "replay"
	cfg.Limits.Sessions, cfg.Limits.Traces = 400_000, 400_000
	cfg.Lateness, cfg.Wait = 2*time.Minute, 30*time.Second
	cfg.Session.TraceTTL = time.Minute
	cfg.Events.Enabled, cfg.Metrics.Enabled = false, false
	p, err := NewFactory().CreateTraces(b.Context(), processortest.NewNopSettings(metadata.Type), cfg, consumertest.NewNop())
	require.NoError(b, err)
	require.NoError(b, p.Start(b.Context(), journaltest.Host{Extension: disk}))
	return p
}
