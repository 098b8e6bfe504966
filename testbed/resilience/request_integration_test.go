//go:build integration

package resilience

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/otlpsend"
)

// spanNumber identifies a span of the input; it is the span's id.
type spanNumber uint64

// input is everything that is sent, request by request.
type input struct {
	rounds   int
	requests [][]otlpsend.Request // by sender and round
	spans    map[spanNumber]bool
	visits   int
}

// browserDelay is how many rounds later than the servers' spans those of the browser come: until then nobody knows whose
// a trace is, and its spans are held.
const browserDelay = 1

func newInput(t *testing.T, rounds int) *input {
	t.Helper()
	in := &input{rounds: rounds, spans: map[spanNumber]bool{}}
	for sender := range senders {
		drafts := make([]*draft, rounds+browserDelay)
		for i := range drafts {
			drafts[i] = newDraft(in)
		}
		for _, v := range visits(sender, rounds) {
			in.visits++
			for page := 0; page < v.length && v.from+page < rounds; page++ {
				round := v.from + page
				at := epoch.Add(time.Duration(round)*step + time.Duration(sender)*time.Millisecond)
				trace := drafts[round].servers(&v, page, at)
				drafts[round+browserDelay].browser(&v, trace, at)
			}
		}
		in.addCrowd(drafts[:rounds], sender, *stayers/senders)
		requests := make([]otlpsend.Request, 0, len(drafts))
		for _, d := range drafts {
			requests = append(requests, d.request(t))
		}
		in.requests = append(in.requests, requests)
	}
	return in
}

// draft is a request in the making, with the spans of three services.
type draft struct {
	in           *input
	data         ptrace.Traces
	front, proxy ptrace.SpanSlice
	app          ptrace.SpanSlice
}

func newDraft(in *input) *draft {
	d := &draft{in: in, data: ptrace.NewTraces()}
	d.front, d.proxy, d.app = d.service("shop-browser"), d.service("edge-nginx"), d.service("shop-was")
	return d
}

func (d *draft) service(name string) ptrace.SpanSlice {
	rs := d.data.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", name)
	return rs.ScopeSpans().AppendEmpty().Spans()
}

// servers adds what proxy and application say of one page: only the proxy sees the cookie, only the application the user.
func (d *draft) servers(v *visit, page int, at time.Time) pcommon.TraceID {
	number := uint64(len(d.in.spans)) + 1
	var trace pcommon.TraceID
	binary.BigEndian.PutUint64(trace[:8], number)
	binary.BigEndian.PutUint64(trace[8:], uint64(at.UnixNano()))
	method, path, status := "GET", "/product/{id}", int64(200)
	switch {
	case page == 1:
		method, path = "POST", "/login"
	case page == v.length-1 && v.logout:
		path = "/logout"
	case page%7 == 3:
		status = 500
	}
	proxy := d.span(d.proxy, trace, "GET", ptrace.SpanKindServer, at, 40*time.Millisecond)
	describeHTTP(proxy, method, path, status)
	if v.cookie != "" {
		proxy.Attributes().PutEmptySlice("http.request.header.cookie").AppendEmpty().SetStr("lang=ko; JSESSIONID=" + v.cookie)
	}
	app := d.span(d.app, trace, method+" "+path, ptrace.SpanKindServer, at.Add(time.Millisecond), 30*time.Millisecond)
	describeHTTP(app, method, path, status)
	app.Attributes().PutStr("http.route", path)
	if page > 1 {
		app.Attributes().PutStr("user.id", v.user)
	}
	query := d.span(d.app, trace, "SELECT product", ptrace.SpanKindClient, at.Add(2*time.Millisecond), 5*time.Millisecond)
	query.Attributes().PutStr("db.system.name", "postgresql")
	return trace
}

// browser adds what the page itself says of the same trace.
func (d *draft) browser(v *visit, trace pcommon.TraceID, at time.Time) {
	span := d.span(d.front, trace, "GET", ptrace.SpanKindClient, at.Add(-20*time.Millisecond), 80*time.Millisecond)
	span.Attributes().PutStr("session.id", v.id)
	span.Attributes().PutStr("url.full", "https://shop.example.com/")
}

func (d *draft) span(
	to ptrace.SpanSlice, trace pcommon.TraceID, name string, kind ptrace.SpanKind, at time.Time, length time.Duration,
) ptrace.Span {
	number := spanNumber(len(d.in.spans) + 1)
	d.in.spans[number] = true
	span := to.AppendEmpty()
	span.SetTraceID(trace)
	var id pcommon.SpanID
	binary.BigEndian.PutUint64(id[:], uint64(number))
	span.SetSpanID(id)
	span.SetName(name)
	span.SetKind(kind)
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(at))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(at.Add(length)))
	return span
}

func describeHTTP(span ptrace.Span, method, path string, status int64) {
	span.Attributes().PutStr("http.request.method", method)
	span.Attributes().PutStr("url.path", path)
	span.Attributes().PutInt("http.response.status_code", status)
}

func (d *draft) request(t *testing.T) otlpsend.Request {
	t.Helper()
	payload, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(d.data)
	require.NoError(t, err)
	return otlpsend.Request{Signal: otlpsend.Traces, Payload: payload, Items: d.data.SpanCount()}
}

// closing is a request whose only span, of a session of its own, lets so much time pass that everything before ends.
func closing(t *testing.T, session string, at time.Time) otlpsend.Request {
	t.Helper()
	d := newDraft(&input{spans: map[spanNumber]bool{}})
	var trace pcommon.TraceID
	copy(trace[:], session)
	d.browser(&visit{id: session}, trace, at)
	for _, rs := range d.data.ResourceSpans().All() {
		for _, span := range rs.ScopeSpans().At(0).Spans().All() {
			span.SetSpanID(pcommon.SpanID{0xff, session[len(session)-1]})
		}
	}
	return d.request(t)
}
