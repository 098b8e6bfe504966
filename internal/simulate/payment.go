package simulate

import (
	"time"
)

// sqlTimeout is the error of a statement that a fault made too slow.
const sqlTimeout = "java.sql.SQLTimeoutException"

// How a fault looks.
const (
	faultSlowdown   = 60 // times the usual time of a statement
	faultTimeout    = 3 * time.Second
	faultErrorShare = 0.5
)

// query lets a machine send one statement and returns when the answer is there.
func (g *Generator) query(x *exchange, m *machine, parent SpanID, q *query, database string, at int64) (end int64) {
	r := x.v.rng
	start := at + between(r, 50*time.Microsecond, 500*time.Microsecond)
	took := int64(float64(spread(r, q.median)) * (1 + m.leaking))
	failure := ""
	if _, on := g.during(Fault, at); on && database == paymentDatabase {
		took *= faultSlowdown
		if r.Float64() < faultErrorShare {
			took, failure = int64(faultTimeout), sqlTimeout
		}
	}
	attrs := []Attr{
		{"db.system.name", "postgresql"}, {"db.namespace", database}, {"db.operation.name", q.operation},
		{"db.collection.name", q.collection}, {"db.query.text", q.text},
		{"server.address", database + "-db.internal"}, {"server.port", int64(5432)},
		{"thread.id", x.thread},
	}
	if failure != "" {
		attrs = append(attrs, Attr{"error.type", failure})
		x.failure = failure
	}
	g.addSpan(serverDelay, x.v, Span{
		Resource: m.resource, Scope: scopeJDBC, Trace: x.trace, ID: spanID(r), Parent: parent,
		Name: q.operation + " " + q.collection, Kind: SpanKindClient, Start: start, End: start + took, Attrs: attrs, Failure: failure,
	})
	return start + took
}

const paymentDatabase = "payment"

// pay lets the application server call the payment service of its region and returns when the answer is there.
func (g *Generator) pay(x *exchange, parent SpanID, at int64) (end int64) {
	v, m := x.v, x.v.region.payment
	client, server := spanID(v.rng), spanID(v.rng)
	start := at + between(v.rng, 300*time.Microsecond, time.Millisecond)
	cursor := g.query(x, m, server, &paymentPage.queries[0], paymentDatabase, start+between(v.rng, time.Millisecond, 3*time.Millisecond))
	serverEnd := cursor + int64(float64(spread(v.rng, paymentPage.work))*m.slowdown())
	end = serverEnd + between(v.rng, 300*time.Microsecond, time.Millisecond)
	inner := &exchange{v: v, page: paymentPage, trace: x.trace, status: paymentPage.status, failure: x.failure}
	if x.failure != "" {
		inner.status, x.status = 503, 502
	}
	m.requests++
	g.addSpan(serverDelay, v, Span{
		Resource: m.resource, Scope: scopeTomcat, Trace: x.trace, ID: server, Parent: client,
		Name: paymentPage.name(), Kind: SpanKindServer, Start: start + int64(time.Millisecond)/2, End: serverEnd, Failure: inner.failed(500),
		Attrs: inner.withError(500, []Attr{
			{"http.request.method", "POST"}, {"http.route", paymentPage.route}, {"url.path", paymentPage.route},
			{"url.scheme", "http"}, {"http.response.status_code", int64(inner.status)}, {"client.address", v.app.address},
		}),
	})
	g.addSpan(serverDelay, v, Span{
		Resource: v.app.resource, Scope: scopeClient, Trace: x.trace, ID: client, Parent: parent,
		Name: "POST", Kind: SpanKindClient, Start: start, End: end, Failure: inner.failed(400),
		Attrs: inner.withError(400, []Attr{
			{"http.request.method", "POST"}, {"url.full", "http://shop-payment:8080" + paymentPage.route},
			{"server.address", "shop-payment"}, {"server.port", int64(8080)},
			{"http.response.status_code", int64(inner.status)}, {"thread.id", x.thread},
		}),
	})
	g.paymentLog(inner, server, serverEnd, x.amount)
	return end
}
