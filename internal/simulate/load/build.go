package load

import (
	"encoding/binary"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// slot stands in the template where the digits of the session's number will be.
const slot = "SESSION#"

// templateEnd is when the latest span of a template as built ends, in Unix nanoseconds.
const templateEnd = int64(1_000_000_000_000_000_000)

const pods = 4

// build marshals a request of whole visits: every trace crosses the same tiers as those of the simulated shop.
func build(traces int) ([]byte, error) {
	td := ptrace.NewTraces()
	browser := producer(td, "shop-browser", "@opentelemetry/instrumentation-fetch")
	proxy := producer(td, "edge-nginx", "nginx", "host.name", "edge-1", "braid.region", "seoul")
	var apps, statements [pods]ptrace.SpanSlice
	for i := range pods {
		name := fmt.Sprintf("shop-was-%d", i)
		apps[i] = producer(td, "shop-was", "io.opentelemetry.tomcat-10.0", "k8s.pod.name", name, "service.instance.id", name, "braid.region", "seoul")
		scope := td.ResourceSpans().At(td.ResourceSpans().Len() - 1).ScopeSpans().AppendEmpty()
		scope.Scope().SetName("io.opentelemetry.jdbc")
		statements[i] = scope.Spans()
	}
	for i := range traces {
		b := builder{trace: uint64(i + 1)}
		b.span(browser, "GET", ptrace.SpanKindClient, 0, 80*time.Millisecond, func(a pcommon.Map) {
			a.PutStr("session.id", slot+"-0000-4000-8000-000000000000")
			a.PutStr("url.full", "https://shop.example.com/product/17")
			a.PutInt("http.response.status_code", 200)
		})
		b.span(proxy, "GET", ptrace.SpanKindServer, 20*time.Millisecond, 60*time.Millisecond, func(a pcommon.Map) {
			a.PutStr("http.request.method", "GET")
			a.PutStr("url.path", "/product/17")
			a.PutStr("client.address", "192.0.2.7")
			a.PutInt("http.response.status_code", 200)
			a.PutEmptySlice("http.request.header.cookie").AppendEmpty().
				SetStr("lang=ko; JSESSIONID=" + slot + "0123456789ABCDEF01234567.was1; KHANUSER=u" + slot)
		})
		b.span(apps[i%pods], "GET /product/{id}", ptrace.SpanKindServer, 21*time.Millisecond, 59*time.Millisecond, func(a pcommon.Map) {
			a.PutStr("http.request.method", "GET")
			a.PutStr("http.route", "/product/{id}")
			a.PutStr("url.path", "/product/17")
			a.PutInt("http.response.status_code", 200)
		})
		app := b.parent
		for k := range 2 {
			from := time.Duration(25+10*k) * time.Millisecond
			b.parent = app
			b.span(statements[i%pods], "SELECT product", ptrace.SpanKindClient, from, from+6*time.Millisecond, func(a pcommon.Map) {
				a.PutStr("db.system.name", "postgresql")
				a.PutStr("db.query.text", "SELECT id, name, price, stock FROM product WHERE id = ?")
			})
		}
	}
	data, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	if err != nil {
		return nil, fmt.Errorf("marshalling the template: %w", err)
	}
	return data, nil
}

func producer(td ptrace.Traces, service, scope string, attrs ...string) ptrace.SpanSlice {
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", service)
	for i := 0; i+1 < len(attrs); i += 2 {
		rs.Resource().Attributes().PutStr(attrs[i], attrs[i+1])
	}
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().SetName(scope)
	return ss.Spans()
}

// builder makes the spans of one trace, each the child of the one before.
type builder struct {
	trace  uint64
	parent pcommon.SpanID
	count  uint64
}

const visitLength = 80 * time.Millisecond

func (b *builder) span(to ptrace.SpanSlice, name string, kind ptrace.SpanKind, from, until time.Duration, describe func(pcommon.Map)) {
	b.count++
	var trace pcommon.TraceID
	var id pcommon.SpanID
	binary.BigEndian.PutUint64(trace[8:], b.trace)
	binary.BigEndian.PutUint64(id[:], b.trace<<8|b.count)
	s := to.AppendEmpty()
	s.SetTraceID(trace)
	s.SetSpanID(id)
	s.SetParentSpanID(b.parent)
	s.SetName(name)
	s.SetKind(kind)
	begin := templateEnd - int64(visitLength)
	s.SetStartTimestamp(pcommon.Timestamp(begin + int64(from)))
	s.SetEndTimestamp(pcommon.Timestamp(begin + int64(until)))
	describe(s.Attributes())
	b.parent = id
}
