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

// build marshals a request of whole visits: every trace crosses the same tiers as those of the simulated shop, and its
// spans say of themselves what those do.
func build(traces int) ([]byte, error) {
	td := ptrace.NewTraces()
	browser := producer(td, "@opentelemetry/instrumentation-fetch", "service.name", "shop-browser", "telemetry.sdk.language", "webjs")
	proxy := producer(td, "nginx", "service.name", "edge-nginx", "telemetry.sdk.language", "cpp",
		"host.name", "edge-1", "service.instance.id", "edge-1", "braid.region", "seoul", "cloud.region", "seoul")
	var apps, statements [pods]ptrace.SpanSlice
	for i := range pods {
		name := fmt.Sprintf("shop-was-7c9d8f6b5-%05d", i)
		apps[i] = producer(td, "io.opentelemetry.tomcat-10.0", "service.name", "shop-was", "telemetry.sdk.language", "java",
			"k8s.namespace.name", "shop", "k8s.pod.name", name, "k8s.node.name", "node-1", "host.name", "node-1",
			"service.instance.id", name, "braid.region", "seoul", "cloud.region", "seoul")
		scope := td.ResourceSpans().At(td.ResourceSpans().Len() - 1).ScopeSpans().AppendEmpty()
		scope.Scope().SetName("io.opentelemetry.jdbc")
		statements[i] = scope.Spans()
	}
	for i := range traces {
		b := builder{trace: uint64(i + 1)}
		b.span(browser, "GET", ptrace.SpanKindClient, 0, 80*time.Millisecond, describeBrowser)
		b.span(proxy, "GET", ptrace.SpanKindServer, 20*time.Millisecond, 60*time.Millisecond, describeProxy)
		b.span(apps[i%pods], "GET /product/{id}", ptrace.SpanKindServer, 21*time.Millisecond, 59*time.Millisecond, describeApp)
		app := b.parent
		for k := range 2 {
			from := time.Duration(25+10*k) * time.Millisecond
			b.parent = app
			b.span(statements[i%pods], "SELECT product", ptrace.SpanKindClient, from, from+6*time.Millisecond, describeStatement)
		}
	}
	data, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	if err != nil {
		return nil, fmt.Errorf("marshalling the template: %w", err)
	}
	return data, nil
}

const userAgent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"

func describeBrowser(a pcommon.Map) {
	a.PutStr("session.id", slot+"-0000-4000-8000-000000000000")
	a.PutStr("http.request.method", "GET")
	a.PutStr("url.full", "https://shop.example.com/product/17")
	a.PutStr("server.address", "shop.example.com")
	a.PutInt("http.response.status_code", 200)
	a.PutStr("user_agent.original", userAgent)
	a.PutStr("browser.language", "ko-KR")
}

func describeProxy(a pcommon.Map) {
	a.PutStr("http.request.method", "GET")
	a.PutStr("url.path", "/product/17")
	a.PutStr("url.scheme", "https")
	a.PutStr("server.address", "shop.example.com")
	a.PutStr("client.address", "192.0.2.7")
	a.PutStr("geo.country.iso_code", "KR")
	a.PutInt("http.response.status_code", 200)
	a.PutStr("user_agent.original", userAgent)
	a.PutStr("network.protocol.version", "1.1")
	a.PutEmptySlice("http.request.header.cookie").AppendEmpty().
		SetStr("lang=ko; JSESSIONID=" + slot + "0123456789ABCDEF01234567.was1; KHANUSER=u" + slot)
}

func describeApp(a pcommon.Map) {
	a.PutStr("http.request.method", "GET")
	a.PutStr("http.route", "/product/{id}")
	a.PutStr("url.path", "/product/17")
	a.PutStr("url.scheme", "http")
	a.PutInt("http.response.status_code", 200)
	a.PutStr("client.address", "10.20.0.5")
	a.PutStr("code.function.name", "com.example.shop.ProductController.show")
	a.PutInt("thread.id", 83)
	a.PutStr("thread.name", "http-nio-8080-exec-63")
}

func describeStatement(a pcommon.Map) {
	a.PutStr("db.system.name", "postgresql")
	a.PutStr("db.namespace", "shop")
	a.PutStr("db.collection.name", "product")
	a.PutStr("db.operation.name", "SELECT")
	a.PutStr("db.query.text", "SELECT id, name, price, stock FROM product WHERE id = ?")
	a.PutStr("server.address", "shop-db.internal")
	a.PutInt("server.port", 5432)
	a.PutInt("thread.id", 83)
}

func producer(td ptrace.Traces, scope string, attrs ...string) ptrace.SpanSlice {
	rs := td.ResourceSpans().AppendEmpty()
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
