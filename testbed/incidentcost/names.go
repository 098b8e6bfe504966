package incidentcost

import (
	"fmt"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// usualServices is how many services do the same every second.
const usualServices = 4

// offered is one second: what is as ever, and the names from one number up to another. Each name is a span of an operation, a
// log record of a statement and a point of a metric, of a host and pod of its own.
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
