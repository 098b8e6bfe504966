package rcaeval

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/otlpsend"
	"github.com/braidotel/braid/internal/rca"
	"github.com/braidotel/braid/internal/replay"
)

// telemetry is what a file holds, as the engine takes it, in the file's order.
type telemetry struct {
	Spans  []rca.Span
	Logs   []rca.LogRecord
	Points []rca.Point
}

// load reads a file of OTLP/JSON lines; no file is no telemetry.
func load(ctx context.Context, path string) (telemetry, error) {
	var t telemetry
	if path == "" {
		return t, nil
	}
	names := interner{}
	for batch, err := range replay.Batches(ctx, []string{path}, replay.Options{BadLine: func(*replay.LineError) {}}) {
		if err != nil {
			return t, fmt.Errorf("reading %s: %w", path, err)
		}
		t.add(batch, names)
	}
	return t, nil
}

func (t *telemetry) add(b replay.Batch, names interner) {
	switch b.Signal {
	case otlpsend.Logs:
		t.addLogs(b.Logs, names)
	case otlpsend.Metrics:
		t.addMetrics(b.Metrics, names)
	default:
		t.addTraces(b.Traces, names)
	}
}

// interner keeps one copy of each name.
type interner map[string]string

func (n interner) of(s string) string {
	if known, ok := n[s]; ok {
		return known
	}
	n[s] = s
	return s
}

// origin is where telemetry comes from.
type origin struct{ service, pod, host string }

func originOf(r pcommon.Resource, names interner) origin {
	text := func(keys ...string) string {
		for _, key := range keys {
			if v, ok := r.Attributes().Get(key); ok && v.AsString() != "" {
				return names.of(v.AsString())
			}
		}
		return ""
	}
	return origin{
		service: text("service.name"),
		pod:     text("k8s.pod.name", "service.instance.id"),
		host:    text("k8s.node.name", "host.name"),
	}
}

func (t *telemetry) addTraces(td ptrace.Traces, names interner) {
	for _, rs := range td.ResourceSpans().All() {
		o := originOf(rs.Resource(), names)
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				t.Spans = append(t.Spans, rca.Span{
					Trace: s.TraceID(), ID: s.SpanID(), Parent: s.ParentSpanID(), Kind: rca.SpanKind(s.Kind()),
					Service: o.service, Pod: o.pod, Host: o.host, Operation: names.of(s.Name()),
					Statement: names.of(statement(s.Attributes())),
					Start:     s.StartTimestamp().AsTime(), End: s.EndTimestamp().AsTime(),
					Error: s.Status().Code() == ptrace.StatusCodeError,
				})
			}
		}
	}
}

// statement names a database call.
func statement(attributes pcommon.Map) string {
	if v, ok := attributes.Get("db.query.summary"); ok {
		return v.AsString()
	}
	operation, ok := attributes.Get("db.operation.name")
	if !ok {
		return ""
	}
	if collection, ok := attributes.Get("db.collection.name"); ok {
		return operation.AsString() + " " + collection.AsString()
	}
	return operation.AsString()
}

func (t *telemetry) addLogs(ld plog.Logs, names interner) {
	for _, rl := range ld.ResourceLogs().All() {
		o := originOf(rl.Resource(), names)
		for _, sl := range rl.ScopeLogs().All() {
			for _, r := range sl.LogRecords().All() {
				at := r.Timestamp()
				if at == 0 {
					at = r.ObservedTimestamp()
				}
				t.Logs = append(t.Logs, rca.LogRecord{
					Time: at.AsTime(), Service: o.service, Pod: o.pod, Host: o.host,
					Severity: int32(r.SeverityNumber()), Body: r.Body().AsString(), Trace: r.TraceID(), Span: r.SpanID(),
				})
			}
		}
	}
}

func (t *telemetry) addMetrics(md pmetric.Metrics, names interner) {
	for _, rm := range md.ResourceMetrics().All() {
		o := originOf(rm.Resource(), names)
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				var points pmetric.NumberDataPointSlice
				switch m.Type() {
				case pmetric.MetricTypeGauge:
					points = m.Gauge().DataPoints()
				case pmetric.MetricTypeSum:
					points = m.Sum().DataPoints()
				default:
					continue
				}
				for _, p := range points.All() {
					value := p.DoubleValue()
					if p.ValueType() == pmetric.NumberDataPointValueTypeInt {
						value = float64(p.IntValue())
					}
					t.Points = append(t.Points, rca.Point{
						Time: p.Timestamp().AsTime(), Service: o.service, Pod: o.pod, Host: o.host,
						Metric: names.of(m.Name()), Series: names.of(series(p.Attributes())), Value: value,
					})
				}
			}
		}
	}
}

// series is the canonical text of a point's attributes.
func series(attributes pcommon.Map) string {
	parts := make([]string, 0, attributes.Len())
	for k, v := range attributes.All() {
		parts = append(parts, k+"="+v.AsString())
	}
	sort.Strings(parts)
	return strings.Join(parts, ",")
}
