package sessioncorrelationprocessor

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/braidotel/braid/processor/sessioncorrelationprocessor/internal/metadata"
)

const (
	benchTraces = 100
	benchSpans  = 6 // of each trace
)

// BenchmarkTraces compares decoding a request of 600 spans with decoding and correlating it.
func BenchmarkTraces(b *testing.B) {
	requests := benchRequests(b, 64)
	unmarshaler := ptrace.ProtoUnmarshaler{}
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			_, err := unmarshaler.UnmarshalTraces(requests[i%len(requests)])
			require.NoError(b, err)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchTraces*benchSpans), "ns/span")
	})
	b.Run("decode_correlate", func(b *testing.B) {
		p := startTraces(b, consumertest.NewNop(), func(cfg *Config) { cfg.Wait = 2 * time.Second })
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			request := requests[i%len(requests)]
			td, err := unmarshaler.UnmarshalTraces(request)
			require.NoError(b, err)
			renumber(td, uint64(i))
			require.NoError(b, p.ConsumeTraces(b.Context(), td))
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchTraces*benchSpans), "ns/span")
	})
}

func startTraces(tb testing.TB, next consumer.Traces, change func(*Config)) processor.Traces {
	tb.Helper()
	factory := NewFactory()
	cfg := factory.CreateDefaultConfig().(*Config)
	cfg.Events.Enabled, cfg.Metrics.Enabled = false, false
	change(cfg)
	p, err := factory.CreateTraces(tb.Context(), processortest.NewNopSettings(metadata.Type), cfg, next)
	require.NoError(tb, err)
	require.NoError(tb, p.Start(tb.Context(), componenttest.NewNopHost()))
	tb.Cleanup(func() { require.NoError(tb, p.Shutdown(tb.Context())) })
	return p
}

// renumber makes the trace ids of a request new.
func renumber(td ptrace.Traces, n uint64) {
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				id := span.TraceID()
				binary.BigEndian.PutUint64(id[:], n)
				span.SetTraceID(id)
			}
		}
	}
}

// benchRequests marshals requests of a shop: browser, web server, two levels of application, two database calls.
func benchRequests(tb testing.TB, n int) [][]byte {
	tb.Helper()
	requests := make([][]byte, n)
	for i := range requests {
		td := ptrace.NewTraces()
		tiers := []string{"shop-browser", "edge-nginx", "shop-was"}
		spans := make([]ptrace.SpanSlice, len(tiers))
		for t, tier := range tiers {
			rs := td.ResourceSpans().AppendEmpty()
			rs.Resource().Attributes().PutStr("service.name", tier)
			rs.Resource().Attributes().PutStr("host.name", "node-1")
			rs.Resource().Attributes().PutStr("deployment.environment.name", "prod")
			spans[t] = rs.ScopeSpans().AppendEmpty().Spans()
		}
		now := time.Now()
		for t := range benchTraces {
			user := i*benchTraces + t
			var id pcommon.TraceID
			binary.BigEndian.PutUint64(id[8:], uint64(user)+1)
			for s := range benchSpans {
				tier := min(s, 2)
				span := spans[tier].AppendEmpty()
				span.SetTraceID(id)
				span.SetSpanID(pcommon.SpanID{7: byte(s + 1)})
				if s > 0 {
					span.SetParentSpanID(pcommon.SpanID{7: byte(s)})
				}
				span.SetName("GET /product/{id}")
				span.SetStartTimestamp(pcommon.NewTimestampFromTime(now))
				span.SetEndTimestamp(pcommon.NewTimestampFromTime(now.Add(20 * time.Millisecond)))
				benchAttributes(span, s, user)
			}
		}
		b, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
		require.NoError(tb, err)
		requests[i] = b
	}
	return requests
}

func benchAttributes(span ptrace.Span, s, user int) {
	a := span.Attributes()
	switch s {
	case 0:
		span.SetKind(ptrace.SpanKindClient)
		a.PutStr("session.id", fmt.Sprintf("00000000-0000-4000-8000-%012d", user))
		a.PutStr("url.full", "https://shop.example.com/product/118")
		a.PutStr("browser.language", "ko-KR")
	case 1:
		span.SetKind(ptrace.SpanKindServer)
		a.PutStr("client.address", fmt.Sprintf("198.51.100.%d", user%256))
		a.PutEmptySlice("http.request.header.cookie").AppendEmpty().
			SetStr(fmt.Sprintf("_ga=GA1.2.1; lang=ko; JSESSIONID=%032X.was1; KHANUSER=u%d", user, user))
	case 2:
		span.SetKind(ptrace.SpanKindServer)
		a.PutStr("client.address", "10.20.0.5")
	case 3:
		span.SetKind(ptrace.SpanKindInternal)
		a.PutStr("code.function.name", "com.example.shop.ProductController.view")
	default:
		span.SetKind(ptrace.SpanKindClient)
		a.PutStr("db.system.name", "postgresql")
		a.PutStr("db.query.text", "SELECT id, name, price FROM product WHERE id = ?")
		a.PutStr("db.operation.name", "SELECT")
		a.PutStr("db.namespace", "shop")
	}
	if s <= 2 {
		a.PutStr("http.request.method", "GET")
		a.PutStr("url.path", "/product/118")
		a.PutInt("http.response.status_code", 200)
		a.PutStr("user_agent.original", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)")
	}
	a.PutStr("server.address", "shop.example.com")
	a.PutInt("thread.id", 64)
	a.PutStr("thread.name", "http-nio-8080-exec-44")
}
