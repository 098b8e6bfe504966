package incidenteval

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// floodFor is how long the flood lasts, in event time.
const floodFor = 24 * time.Hour

// Flood offers a connector with its defaults a day of traffic in which names never end: so many distinct operations, log
// statements and hosts with a metric, evenly over the day, beside services that do the same all day. It prints the heap in
// use after each sixth of the day.
func Flood(ctx context.Context, names int, report io.Writer) error {
	said := &Reports{}
	nodes, err := Connect(ctx, said, nil)
	if err != nil {
		return err
	}
	begin := time.Now()
	start := time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)
	seconds := int(floodFor / time.Second)
	var heap []uint64
	next := 0
	for at := 0; at < seconds && ctx.Err() == nil; at++ {
		upTo := (at + 1) * names / seconds
		now := start.Add(time.Duration(at) * time.Second)
		td, ld, md := offered(next, upTo, at, now)
		next = upTo
		if err := errors.Join(nodes.Traces.ConsumeTraces(ctx, td), nodes.Logs.ConsumeLogs(ctx, ld), nodes.Metrics.ConsumeMetrics(ctx, md)); err != nil {
			return errors.Join(err, nodes.Stop(ctx))
		}
		if (at+1)%(seconds/6) == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			heap = append(heap, m.HeapAlloc)
			fmt.Fprintf(report, "%3d h: %6d names, heap %6.1f MiB\n", (at+1)/3600, next, float64(m.HeapAlloc)/(1<<20))
		}
	}
	if err := errors.Join(ctx.Err(), nodes.Stop(ctx)); err != nil {
		return err
	}
	fmt.Fprintf(report, "last sixth against second: %+.1f %%; %d reports, %.0f s\n", 100*(float64(heap[5])/float64(heap[1])-1), len(said.List()), time.Since(begin).Seconds())
	return nil
}

// usualServices is how many services do the same every second.
const usualServices = 4

// offered is one second of the day: what is as ever, and the names from one number up to another.
func offered(from, upTo, second int, at time.Time) (ptrace.Traces, plog.Logs, pmetric.Metrics) {
	td, ld, md := ptrace.NewTraces(), plog.NewLogs(), pmetric.NewMetrics()
	stamp := pcommon.NewTimestampFromTime(at)
	add := func(service, operation, host, body string, id int) {
		resource := func(r pcommon.Resource) {
			r.Attributes().PutStr("service.name", service)
			r.Attributes().PutStr("host.name", host)
			r.Attributes().PutStr("k8s.pod.name", "pod of "+host)
		}
		rs, rl, rm := td.ResourceSpans().AppendEmpty(), ld.ResourceLogs().AppendEmpty(), md.ResourceMetrics().AppendEmpty()
		resource(rs.Resource())
		resource(rl.Resource())
		resource(rm.Resource())
		s := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
		trace := pcommon.TraceID{byte(second >> 24), byte(second >> 16), byte(second >> 8), byte(second), byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id), 1}
		s.SetTraceID(trace)
		s.SetSpanID(pcommon.SpanID{1})
		s.SetName(operation)
		s.SetKind(ptrace.SpanKindServer)
		s.SetStartTimestamp(stamp - pcommon.Timestamp(20*time.Millisecond))
		s.SetEndTimestamp(stamp)
		lr := rl.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		lr.SetTimestamp(stamp)
		lr.SetTraceID(trace)
		lr.SetSeverityNumber(plog.SeverityNumberWarn)
		lr.Body().SetStr(body)
		m := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
		m.SetName("k8s.pod.cpu_limit_utilization")
		p := m.SetEmptyGauge().DataPoints().AppendEmpty()
		p.SetTimestamp(stamp)
		p.SetDoubleValue(0.2)
	}
	for i := range usualServices {
		add(fmt.Sprint("service-", i), "GET /usual", fmt.Sprint("host-", i), "done as ever", 1<<30+i)
	}
	for i := from; i < upTo; i++ {
		add(fmt.Sprint("service-", i%50), fmt.Sprint("GET /", letters(i)), "host-"+letters(i), letters(i)+" "+letters(7*i+3)+" was seen", i)
	}
	return td, ld, md
}

// letters names a number without digits, which would not tell log statements apart.
func letters(n int) string {
	out := []byte("zz")
	for ; n > 0; n /= 26 {
		out = append(out, byte('a'+n%26))
	}
	return string(out)
}
