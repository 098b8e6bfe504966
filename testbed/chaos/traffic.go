package chaos

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/otlpsend"
	"github.com/braidotel/braid/testbed/wait"
)

const (
	visitsPerPhase = 10
	pagesPerVisit  = 4
)

// phase is a part of a scenario: before, during or after the fault.
type phase struct {
	name   string
	number uint64
	skew   time.Duration // of the senders' clocks
}

// visit names a visitor of a phase.
func (p *phase) visit(n int) string { return fmt.Sprintf("visit-%s-%02d", p.name, n) }

// alert is the id of the phase's alert.
func (p *phase) alert() string { return "alert-" + p.name }

// spanID numbers the spans of all phases.
func (p *phase) spanID(visit, page, tier int) (id [8]byte) {
	binary.BigEndian.PutUint64(id[:], (p.number<<24)|uint64(visit)<<16|uint64(page)<<8|uint64(tier)|1<<40)
	return id
}

// send sends what happens in a phase until all of it is acknowledged: each visit's pages, of which only the browser knows
// the session; a point of a metric with every page; and one grave alert.
func (p *phase) send(ctx context.Context, client *otlpsend.Client, pause time.Duration) error {
	if err := p.sendAlert(ctx, client); err != nil {
		return err
	}
	for page := range pagesPerVisit {
		at := time.Now().Add(p.skew)
		if err := p.sendSpans(ctx, client, page, at); err != nil {
			return err
		}
		if err := p.sendPoint(ctx, client, page, at); err != nil {
			return err
		}
		if err := wait.For(ctx, pause); err != nil {
			return err
		}
	}
	return nil
}

func (p *phase) sendSpans(ctx context.Context, client *otlpsend.Client, page int, at time.Time) error {
	td := ptrace.NewTraces()
	for tier, service := range []string{"shop-browser", "shop-was"} {
		rs := td.ResourceSpans().AppendEmpty()
		rs.Resource().Attributes().PutStr("service.name", service)
		spans := rs.ScopeSpans().AppendEmpty().Spans()
		for visit := range visitsPerPhase {
			span := spans.AppendEmpty()
			id := p.spanID(visit, page, tier)
			span.SetSpanID(pcommon.SpanID(id))
			var trace pcommon.TraceID
			first := p.spanID(visit, page, 0)
			copy(trace[:], first[:])
			copy(trace[8:], first[:])
			span.SetTraceID(trace)
			span.SetName("GET /product/{id}")
			span.SetStartTimestamp(pcommon.NewTimestampFromTime(at.Add(-20 * time.Millisecond)))
			span.SetEndTimestamp(pcommon.NewTimestampFromTime(at))
			span.Attributes().PutStr("http.request.method", "GET")
			span.Attributes().PutStr("http.route", "/product/{id}")
			if tier == 0 {
				span.SetKind(ptrace.SpanKindClient)
				span.Attributes().PutStr("session.id", p.visit(visit))
			} else {
				span.SetKind(ptrace.SpanKindServer)
				span.Attributes().PutInt("http.response.status_code", 200)
			}
		}
	}
	payload, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(td)
	if err != nil {
		return err
	}
	return client.Send(ctx, &otlpsend.Request{Signal: otlpsend.Traces, Payload: payload, Items: td.SpanCount()})
}

func (p *phase) sendPoint(ctx context.Context, client *otlpsend.Client, page int, at time.Time) error {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("service.name", "shop-was")
	metric := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	metric.SetName("shop.queue.length")
	point := metric.SetEmptyGauge().DataPoints().AppendEmpty()
	point.SetTimestamp(pcommon.NewTimestampFromTime(at))
	point.SetDoubleValue(float64(page))
	payload, err := (&pmetric.ProtoMarshaler{}).MarshalMetrics(md)
	if err != nil {
		return err
	}
	return client.Send(ctx, &otlpsend.Request{Signal: otlpsend.Metrics, Payload: payload, Items: 1})
}

func (p *phase) sendAlert(ctx context.Context, client *otlpsend.Client) error {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr("service.name", "shop-was-"+strconv.Itoa(int(p.number)))
	record := rl.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	record.SetEventName("alert")
	record.SetTimestamp(pcommon.NewTimestampFromTime(time.Now().Add(p.skew)))
	record.Attributes().PutStr("alert.id", p.alert())
	record.Attributes().PutStr("alert.name", "orders fail "+p.name)
	record.Attributes().PutStr("severity", "critical")
	payload, err := (&plog.ProtoMarshaler{}).MarshalLogs(ld)
	if err != nil {
		return err
	}
	return client.Send(ctx, &otlpsend.Request{Signal: otlpsend.Logs, Payload: payload, Items: 1})
}
