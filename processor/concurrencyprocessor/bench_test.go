package concurrencyprocessor

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/braidotel/braid/internal/journal/journaltest"
	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/metadata"
)

const (
	benchBatch    = 500 // items of one call
	benchServices = 5
	benchSessions = 10_000
	benchTrace    = 10 // spans of one trace: neighbours with the same visitor
)

// person writes what a span of the session_correlation processor carries: ten attributes, three of them identities.
func person(attrs pcommon.Map, i int) {
	attrs.PutStr("http.request.method", "GET")
	attrs.PutStr("url.path", "/cart/items")
	attrs.PutStr("url.scheme", "https")
	attrs.PutInt("http.response.status_code", 200)
	attrs.PutStr("server.address", "shop.example.com")
	attrs.PutStr("network.protocol.version", "1.1")
	attrs.PutStr("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64)")
	attrs.PutStr("session.id", fmt.Sprintf("%032x", i))
	attrs.PutStr("user.id", fmt.Sprintf("user-%08d", i))
	attrs.PutStr("client.address", fmt.Sprintf("203.0.%d.%d", i/250, i%250))
}

func benchSet() (set []ptrace.Traces) {
	for i := range 16 { // as a collector finds it: decoded just before, still in the cache
		td := ptrace.NewTraces()
		for s := range benchServices {
			rs := td.ResourceSpans().AppendEmpty()
			rs.Resource().Attributes().PutStr("service.name", fmt.Sprint("service ", s))
			rs.Resource().Attributes().PutStr("service.version", "1.2.3")
			rs.Resource().Attributes().PutStr("host.name", "node-1")
			spans := rs.ScopeSpans().AppendEmpty().Spans()
			for j := range benchBatch / benchServices {
				person(spans.AppendEmpty().Attributes(), (i*7919+s*31+j/benchTrace*131)%benchSessions)
			}
		}
		set = append(set, td)
	}
	return set
}

// startCore starts nodes for all signals, so that everything has its way out; what comes out is thrown away.
func startCore(b *testing.B, cfg *Config) (*traces, *logs, *metrics) {
	b.Helper()
	return startCoreOn(b, cfg, componenttest.NewNopHost())
}

func startCoreOn(b *testing.B, cfg *Config, host component.Host) (*traces, *logs, *metrics) {
	b.Helper()
	f := NewFactory()
	set := processortest.NewNopSettings(metadata.Type)
	t, err := f.CreateTraces(b.Context(), set, cfg, consumertest.NewNop())
	require.NoError(b, err)
	l, err := f.CreateLogs(b.Context(), set, cfg, consumertest.NewNop())
	require.NoError(b, err)
	m, err := f.CreateMetrics(b.Context(), set, cfg, consumertest.NewNop())
	require.NoError(b, err)
	for _, n := range []interface {
		Shutdown(context.Context) error
	}{t, l, m} {
		b.Cleanup(func() { require.NoError(b, n.Shutdown(context.Background())) })
	}
	require.NoError(b, t.Start(b.Context(), host))
	require.NoError(b, l.Start(b.Context(), host))
	require.NoError(b, m.Start(b.Context(), host))
	return t.(*traces), l.(*logs), m.(*metrics)
}

// BenchmarkTraces counts 500 spans a call at 20,000 spans a second of event time: session, user and client of each, by
// service and in total, ticks and output included. ns/span is what matters.
func BenchmarkTraces(b *testing.B) {
	cfg := replayConfig()
	cfg.Sketches.Tiers = []time.Duration{time.Minute}
	n, _, _ := startCore(b, cfg)
	benchTraces(b, n)
}

// BenchmarkTracesStored is the same with a journal, on a disk that costs nothing.
func BenchmarkTracesStored(b *testing.B) {
	cfg := storedConfig()
	cfg.Sketches.Tiers = []time.Duration{time.Minute}
	d := journaltest.NewDisk()
	n, _, _ := startCoreOn(b, cfg, journaltest.Host{Extension: d})
	benchTraces(b, n)
	b.ReportMetric(float64(n.Core.journal.Bytes())/1e6, "journal-MB")
}

func benchTraces(b *testing.B, n *traces) {
	b.Helper()
	set := benchSet()
	b.ReportAllocs()
	at, i := base, 0
	for b.Loop() {
		td := set[i%len(set)]
		b.StopTimer()
		at = at.Add(time.Second * benchBatch / 20_000)
		for _, rs := range td.ResourceSpans().All() {
			for _, span := range rs.ScopeSpans().At(0).Spans().All() {
				span.SetEndTimestamp(pcommon.NewTimestampFromTime(at))
			}
		}
		b.StartTimer()
		require.NoError(b, n.ConsumeTraces(b.Context(), td))
		i++
	}
	perItem(b, "ns/span")
}

func BenchmarkLogs(b *testing.B) {
	_, n, _ := startCore(b, replayConfig())
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr("service.name", "shop")
	records := rl.ScopeLogs().AppendEmpty().LogRecords()
	for i := range benchBatch {
		r := records.AppendEmpty()
		r.SetTimestamp(pcommon.NewTimestampFromTime(base))
		person(r.Attributes(), i)
	}
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, n.ConsumeLogs(b.Context(), ld))
	}
	perItem(b, "ns/record")
}

func BenchmarkMetrics(b *testing.B) {
	_, _, n := startCore(b, replayConfig())
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("service.name", "shop")
	points := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty().SetEmptyGauge().DataPoints()
	for range benchBatch { // points of machines: nobody behind them
		p := points.AppendEmpty()
		p.SetTimestamp(pcommon.NewTimestampFromTime(base))
		p.Attributes().PutStr("cpu", "3")
		p.Attributes().PutStr("state", "idle")
	}
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, n.ConsumeMetrics(b.Context(), md))
	}
	perItem(b, "ns/point")
}

// BenchmarkTick10000Keys closes a tick of 10,000 keys, gauges and rollups included: what every 2 s cost.
func BenchmarkTick10000Keys(b *testing.B) {
	cfg := replayConfig()
	cfg.Sketches.Tiers = []time.Duration{time.Minute}
	cfg.Limits.Pending = 1_000_000
	n, _, _ := startCore(b, cfg)
	const keys, people = 10_000, 20
	td := ptrace.NewTraces()
	for s := range keys {
		rs := td.ResourceSpans().AppendEmpty()
		rs.Resource().Attributes().PutStr("service.name", fmt.Sprint("service ", s))
		spans := rs.ScopeSpans().AppendEmpty().Spans()
		for j := range people {
			spans.AppendEmpty().Attributes().PutStr("session.id", fmt.Sprint(s, j))
		}
	}
	at := base
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		for _, rs := range td.ResourceSpans().All() {
			for _, span := range rs.ScopeSpans().At(0).Spans().All() {
				span.SetEndTimestamp(pcommon.NewTimestampFromTime(at))
			}
		}
		at = at.Add(2 * time.Second)
		n.Core.count(b.Context(), at, func(bt *batch) {
			for _, rs := range td.ResourceSpans().All() {
				bt.enter(rs.Resource())
				for _, span := range rs.ScopeSpans().At(0).Spans().All() {
					bt.item(span.Attributes(), span.EndTimestamp())
				}
			}
			bt.touched = bt.touched[:0] // not yet
		})
		n.Core.waitForRoom(b.Context())
		b.StartTimer()
		n.Core.mu.Lock()
		t := n.Core.tenants[""]
		t.touched = false
		n.Core.advance(t, n.Core.lastClosed(t.clock.Head()), at)
		n.Core.mu.Unlock()
	}
}

func perItem(b *testing.B, unit string) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchBatch, unit)
}
