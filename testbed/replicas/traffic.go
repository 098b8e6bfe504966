package replicas

import (
	"encoding/binary"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/otlpsend"
)

// Traffic is a steady stream of visits: so many at once, each of so many pages, one page every gap. A page is a trace of
// five spans in three services, of which only the browser's says whose it is.
type Traffic struct {
	Visits int           // at once
	Pages  int           // of each visit
	Gap    time.Duration // between a visit's pages
}

const (
	spansPerPage = 5
	tick         = 100 * time.Millisecond
)

// TrafficOf is traffic of so many spans a second.
func TrafficOf(spansPerSecond, pages int, gap time.Duration) Traffic {
	return Traffic{Visits: int(float64(spansPerSecond) / spansPerPage * gap.Seconds()), Pages: pages, Gap: gap}
}

// sent is what has been made of the traffic so far.
type sent struct {
	spans  uint64         // the last number given
	visits map[uint64]int // pages of each visit
	counts *counts        // who was there when
}

func newSent(tier time.Duration) (*sent, error) {
	c, err := newCounts(tier)
	if err != nil {
		return nil, err
	}
	return &sent{visits: map[uint64]int{}, counts: c}, nil
}

func visitName(number uint64) string { return fmt.Sprintf("visit-%010d", number) }

// visitOf is the visit that a page's trace belongs to.
func visitOf(trace pcommon.TraceID) string { return visitName(binary.BigEndian.Uint64(trace[:8]) - 1) }

// request is what comes in the n-th tick; empty if nothing does.
func (t *Traffic) request(n int, now time.Time, s *sent) (otlpsend.Request, error) {
	ticksPerGap := int(t.Gap / tick)
	round := n / ticksPerGap
	data := ptrace.NewTraces()
	d := draft{sent: s, browser: newService(data, "shop-browser"), proxy: newService(data, "edge-nginx"), app: newService(data, "shop-was")}
	for lane := n % ticksPerGap; lane < t.Visits; lane += ticksPerGap {
		visit := uint64(lane + t.Visits*(round/t.Pages))
		s.visits[visit]++
		d.page(visit, uint64(round), now)
	}
	if data.SpanCount() == 0 {
		return otlpsend.Request{}, nil
	}
	payload, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(data)
	return otlpsend.Request{Signal: otlpsend.Traces, Payload: payload, Items: data.SpanCount()}, err
}

type draft struct {
	sent                *sent
	browser, proxy, app service
}

// service is a service's share of a request.
type service struct {
	name  string
	spans ptrace.SpanSlice
}

func newService(data ptrace.Traces, name string) service {
	rs := data.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr(serviceName, name)
	return service{name: name, spans: rs.ScopeSpans().AppendEmpty().Spans()}
}

func (d *draft) page(visit, page uint64, now time.Time) {
	var trace pcommon.TraceID
	binary.BigEndian.PutUint64(trace[:8], visit+1)
	binary.BigEndian.PutUint64(trace[8:], page+1)
	browser := d.span(d.browser, trace, "GET", ptrace.SpanKindClient, now, 80*time.Millisecond)
	browser.Attributes().PutStr("session.id", visitName(visit))
	proxy := d.span(d.proxy, trace, "GET /product/{id}", ptrace.SpanKindServer, now.Add(time.Millisecond), 60*time.Millisecond)
	app := d.span(d.app, trace, "GET /product/{id}", ptrace.SpanKindServer, now.Add(2*time.Millisecond), 40*time.Millisecond)
	for _, s := range []ptrace.Span{proxy, app} {
		s.Attributes().PutStr("http.request.method", "GET")
		s.Attributes().PutStr("http.route", "/product/{id}")
		s.Attributes().PutStr("url.path", "/product/7")
		s.Attributes().PutInt("http.response.status_code", 200)
	}
	for _, name := range []string{"SELECT product", "SELECT price"} {
		query := d.span(d.app, trace, name, ptrace.SpanKindClient, now.Add(3*time.Millisecond), 5*time.Millisecond)
		query.Attributes().PutStr("db.system.name", "postgresql")
	}
}

func (d *draft) span(
	of service, trace pcommon.TraceID, name string, kind ptrace.SpanKind, at time.Time, length time.Duration,
) ptrace.Span {
	d.sent.spans++
	d.sent.counts.observe(visitOf(trace), of.name, at.Add(length))
	var id pcommon.SpanID
	binary.BigEndian.PutUint64(id[:], d.sent.spans)
	span := of.spans.AppendEmpty()
	span.SetTraceID(trace)
	span.SetSpanID(id)
	span.SetName(name)
	span.SetKind(kind)
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(at))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(at.Add(length)))
	return span
}
