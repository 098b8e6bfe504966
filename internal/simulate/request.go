package simulate

import (
	"fmt"
	"strconv"
	"time"
)

// Instrumentation scopes, as the agents in the shop's tiers name themselves.
const (
	scopeFetch  = "@opentelemetry/instrumentation-fetch"
	scopeNginx  = "nginx"
	scopeTomcat = "io.opentelemetry.tomcat-10.0"
	scopeClient = "io.opentelemetry.java-http-client"
	scopeJDBC   = "io.opentelemetry.jdbc"
	shopHost    = "shop.example.com"
)

// browserResource is what a browser's SDK says of itself: a page does not know which site will answer it.
var browserResource = &Resource{Attrs: []Attr{
	{"service.name", "shop-browser"}, {"service.namespace", "shop"},
	{"telemetry.sdk.language", "webjs"}, {"deployment.environment.name", "prod"},
}}

// exchange is one request on its way through the tiers.
type exchange struct {
	v        *visitor
	page     *page
	trace    TraceID
	path     string
	rawQuery string
	cookie   string
	status   int
	failure  string // error.type of what broke, if anything did
	amount   float64
	thread   int64
}

// serve lets one request of a visitor pass through every tier and returns when the browser has its answer. It starts at
// v.next, all times are Unix nanoseconds.
func (g *Generator) serve(v *visitor, p *page) (end int64) {
	x := &exchange{v: v, page: p, trace: traceID(v.rng), cookie: v.cookie(), status: p.status, thread: 20 + v.rng.Int64N(180)}
	x.path, x.rawQuery = v.location(p)
	if p == addItemPage {
		v.cart++
		v.worth += price(v.product)
	}
	browser, web := spanID(v.rng), spanID(v.rng)
	latency := between(v.rng, 8*time.Millisecond, 45*time.Millisecond)
	start := v.next
	webStart := start + latency
	appEnd := g.serveApp(x, web, webStart+between(v.rng, 200*time.Microsecond, time.Millisecond))
	webEnd := appEnd + between(v.rng, 100*time.Microsecond, 600*time.Microsecond)
	end = webEnd + latency
	g.webSpan(x, web, browser, webStart, webEnd)
	if v.session != "" {
		g.browserSpan(x, browser, start, end)
	}
	v.after(x)
	return end
}

// after lets the visitor remember what the answer changed.
func (v *visitor) after(x *exchange) {
	v.visited++
	v.left--
	switch {
	case x.page == checkoutPage && x.failure == "":
		v.cart, v.worth = 0, 0
	case x.page == logoutPage:
		v.left = 0
	}
}

func (g *Generator) browserSpan(x *exchange, id SpanID, start, end int64) {
	full := "https://" + shopHost + x.path
	if x.rawQuery != "" {
		full += "?" + x.rawQuery
	}
	g.addSpan(browserDelay, x.v, Span{
		Resource: browserResource, Scope: scopeFetch, Trace: x.trace, ID: id,
		Name: x.page.method, Kind: SpanKindClient, Start: start, End: end, Failure: x.failed(400),
		Attrs: x.withError(400, []Attr{
			{"session.id", x.v.session}, {"http.request.method", x.page.method}, {"url.full", full},
			{"server.address", shopHost}, {"http.response.status_code", int64(x.status)},
			{"user_agent.original", x.v.agent}, {"browser.language", "ko-KR"},
		}),
	})
}

func (g *Generator) webSpan(x *exchange, id, browser SpanID, start, end int64) {
	v := x.v
	attrs := []Attr{
		{"http.request.method", x.page.method}, {"url.path", x.path}, {"url.scheme", "https"}, {"server.address", shopHost},
		{"client.address", v.address}, {"geo.country.iso_code", "KR"}, {"http.response.status_code", int64(x.status)},
		{"user_agent.original", v.agent}, {"network.protocol.version", "1.1"},
	}
	if x.rawQuery != "" {
		attrs = append(attrs, Attr{"url.query", x.rawQuery})
	}
	if x.cookie != "" {
		attrs = append(attrs, Attr{"http.request.header.cookie", []string{x.cookie}})
	}
	if set := v.setCookies(x.page, x.status); len(set) > 0 {
		attrs = append(attrs, Attr{"http.response.header.set-cookie", set})
	}
	if v.session == "" {
		browser = SpanID{} // nobody made the parent span
	}
	v.region.web.requests++
	g.addSpan(serverDelay, v, Span{
		Resource: v.region.web.resource, Scope: scopeNginx, Trace: x.trace, ID: id, Parent: browser,
		Name: x.page.method, Kind: SpanKindServer, Start: start, End: end, Attrs: x.withError(500, attrs), Failure: x.failed(500),
	})
	g.accessLog(x, end)
}

func (g *Generator) serveApp(x *exchange, parent SpanID, start int64) (end int64) {
	v, p := x.v, x.page
	id := spanID(v.rng)
	cursor := start + between(v.rng, 200*time.Microsecond, 2*time.Millisecond)
	for i := range p.queries {
		cursor = g.query(x, v.app, id, &p.queries[i], "shop", cursor)
	}
	if p == checkoutPage {
		x.amount = v.worth
		cursor = g.pay(x, id, cursor)
		if x.failure != "" {
			g.toll.add(x)
		}
	}
	end = cursor + int64(float64(spread(v.rng, p.work))*v.app.slowdown())
	attrs := []Attr{
		{"http.request.method", p.method}, {"http.route", p.route}, {"url.path", x.path}, {"url.scheme", "http"},
		{"http.response.status_code", int64(x.status)}, {"client.address", v.region.web.address},
		{"code.function.name", "com.example.shop." + p.controller},
		{"thread.id", x.thread}, {"thread.name", fmt.Sprintf("http-nio-8080-exec-%d", x.thread-20)},
	}
	if p == checkoutPage && x.failure == "" {
		attrs = append(attrs, Attr{"app.order.amount", x.amount}, Attr{"app.order.currency", "KRW"})
	}
	if p == addItemPage || p == cartPage {
		attrs = append(attrs, Attr{"app.cart.items", int64(v.cart)}, Attr{"app.cart.amount", v.worth})
	}
	v.app.requests++
	g.addSpan(serverDelay, v, Span{
		Resource: v.app.resource, Scope: scopeTomcat, Trace: x.trace, ID: id, Parent: parent,
		Name: p.name(), Kind: SpanKindServer, Start: start, End: end, Attrs: x.withError(500, attrs), Failure: x.failed(500),
	})
	g.appLogs(x, id, start, end)
	return end
}

// failed returns the span status description if the answer counts as an error from this status code on: servers count
// theirs (5xx), clients also their own (4xx).
func (x *exchange) failed(from int) string {
	if x.status < from {
		return ""
	}
	if x.failure != "" {
		return x.failure
	}
	return fmt.Sprintf("HTTP %d", x.status)
}

func (x *exchange) withError(from int, attrs []Attr) []Attr {
	if x.status >= from {
		attrs = append(attrs, Attr{"error.type", strconv.Itoa(x.status)})
	}
	return attrs
}
