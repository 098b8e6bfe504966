package simulate

import (
	"fmt"
	"slices"
	"time"
)

// How much the tiers log.
const (
	handledLogShare = 0.25
	accessLogShare  = 0.08
	slowRequest     = 400 * time.Millisecond
	touchedLogShare = 0.02
)

const (
	scopeLogback = "logback"
	scopeAccess  = "nginx.access"
)

// appLogs is what an application server writes about one request. Framework lines carry the trace; the servlet container's
// session manager and the slow-request filter know only the JSESSIONID.
func (g *Generator) appLogs(x *exchange, span SpanID, start, end int64) {
	v, took := x.v, time.Duration(end-start).Milliseconds()
	thread := []Attr{{"thread.id", x.thread}, {"thread.name", fmt.Sprintf("http-nio-8080-exec-%d", x.thread-20)}}
	line := Log{Resource: v.app.resource, Scope: scopeLogback, Time: end, Severity: SeverityInfo, Attrs: thread}
	traced := line
	traced.Trace, traced.Span = x.trace, span
	switch {
	case x.failure != "":
		traced.Severity = SeverityError
		traced.Body = fmt.Sprintf("%s failed: payment service answered 503", x.page.controller)
		traced.Attrs = slices.Concat(thread, []Attr{{"exception.type", "org.springframework.web.client.HttpServerErrorException"},
			{"exception.message", "503 Service Unavailable on POST http://shop-payment:8080/payments"}})
		g.addLog(v, traced)
	case x.page == checkoutPage:
		traced.Body = fmt.Sprintf("order placed, total %.0f KRW", x.amount)
		g.addLog(v, traced)
	case x.page == refusedLogin:
		traced.Severity, traced.Body = SeverityWarn, "login refused: bad credentials"
		g.addLog(v, traced)
	case v.rng.Float64() < handledLogShare:
		traced.Body = fmt.Sprintf("%s %s handled in %d ms", x.page.controller, x.page.method, took)
		g.addLog(v, traced)
	}
	if v.jsession == "" {
		return
	}
	if end-start > int64(slowRequest) {
		line.Severity = SeverityWarn
		line.Body = fmt.Sprintf("c.e.shop.SessionFilter - slow request JSESSIONID=%s uri=%s took %d ms", v.jsession, x.path, took)
		g.addLog(v, line)
	} else if v.rng.Float64() < touchedLogShare {
		line.Severity = SeverityDebug
		line.Body = "o.a.c.session.ManagerBase - touched session JSESSIONID=" + v.jsession
		g.addLog(v, line)
	}
}

func (g *Generator) paymentLog(x *exchange, span SpanID, at int64, amount float64) {
	line := Log{Resource: x.v.region.payment.resource, Scope: scopeLogback, Trace: x.trace, Span: span, Time: at, Severity: SeverityInfo}
	line.Body = fmt.Sprintf("payment of %.0f KRW approved", amount)
	if x.failure != "" {
		line.Severity, line.Body = SeverityError, "payment not stored: statement timed out"
		line.Attrs = []Attr{{"exception.type", x.failure}, {"exception.message", "canceling statement due to user request"}}
	}
	g.addLog(x.v, line)
}

// accessLog is nginx's own line: no trace, the cookies as the browser sent them.
func (g *Generator) accessLog(x *exchange, at int64) {
	v := x.v
	if v.rng.Float64() >= accessLogShare {
		return
	}
	uri := x.path
	if x.rawQuery != "" {
		uri += "?" + x.rawQuery
	}
	cookie := x.cookie
	if cookie == "" {
		cookie = "-"
	}
	g.addLog(v, Log{
		Resource: v.region.web.resource, Scope: scopeAccess, Time: at, Severity: SeverityInfo,
		Body: fmt.Sprintf(`%s - - [%s] "%s %s HTTP/1.1" %d %d "-" "%s" "%s"`, v.address,
			time.Unix(0, at).In(korea).Format("02/Jan/2006:15:04:05 -0700"), x.page.method, uri, x.status,
			2_000+v.rng.IntN(28_000), v.agent, cookie),
	})
}
