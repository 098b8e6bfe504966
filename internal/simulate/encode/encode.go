// Package encode turns simulated telemetry into pdata, grouped by resource and scope in order of first appearance.
package encode

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/simulate"
)

// scopeKey tells producers apart: one resource is one pointer.
type scopeKey struct {
	resource *simulate.Resource
	scope    string
}

// Traces encodes spans.
func Traces(spans []simulate.Span) ptrace.Traces {
	td := ptrace.NewTraces()
	resources := map[*simulate.Resource]ptrace.ResourceSpans{}
	scopes := map[scopeKey]ptrace.SpanSlice{}
	for i := range spans {
		s := &spans[i]
		key := scopeKey{s.Resource, s.Scope}
		slice, ok := scopes[key]
		if !ok {
			rs, known := resources[s.Resource]
			if !known {
				rs = td.ResourceSpans().AppendEmpty()
				attributes(rs.Resource().Attributes(), s.Resource.Attrs)
				resources[s.Resource] = rs
			}
			ss := rs.ScopeSpans().AppendEmpty()
			ss.Scope().SetName(s.Scope)
			slice = ss.Spans()
			scopes[key] = slice
		}
		span(slice.AppendEmpty(), s)
	}
	return td
}

func span(out ptrace.Span, s *simulate.Span) {
	out.SetTraceID(pcommon.TraceID(s.Trace))
	out.SetSpanID(pcommon.SpanID(s.ID))
	out.SetParentSpanID(pcommon.SpanID(s.Parent))
	out.SetName(s.Name)
	out.SetKind(ptrace.SpanKind(s.Kind))
	out.SetStartTimestamp(pcommon.Timestamp(s.Start))
	out.SetEndTimestamp(pcommon.Timestamp(s.End))
	attributes(out.Attributes(), s.Attrs)
	if s.Failure != "" {
		out.Status().SetCode(ptrace.StatusCodeError)
		out.Status().SetMessage(s.Failure)
	}
}

// Logs encodes log records.
func Logs(logs []simulate.Log) plog.Logs {
	ld := plog.NewLogs()
	resources := map[*simulate.Resource]plog.ResourceLogs{}
	scopes := map[scopeKey]plog.LogRecordSlice{}
	for i := range logs {
		l := &logs[i]
		key := scopeKey{l.Resource, l.Scope}
		slice, ok := scopes[key]
		if !ok {
			rl, known := resources[l.Resource]
			if !known {
				rl = ld.ResourceLogs().AppendEmpty()
				attributes(rl.Resource().Attributes(), l.Resource.Attrs)
				resources[l.Resource] = rl
			}
			sl := rl.ScopeLogs().AppendEmpty()
			sl.Scope().SetName(l.Scope)
			slice = sl.LogRecords()
			scopes[key] = slice
		}
		record(slice.AppendEmpty(), l)
	}
	return ld
}

func record(out plog.LogRecord, l *simulate.Log) {
	out.SetTimestamp(pcommon.Timestamp(l.Time))
	out.SetObservedTimestamp(pcommon.Timestamp(l.Time))
	out.SetTraceID(pcommon.TraceID(l.Trace))
	out.SetSpanID(pcommon.SpanID(l.Span))
	out.SetSeverityNumber(plog.SeverityNumber(l.Severity))
	out.SetSeverityText(l.Severity.String())
	out.Body().SetStr(l.Body)
	attributes(out.Attributes(), l.Attrs)
}

// Metrics encodes data points. Neighbouring points of one metric of one producer become one metric.
func Metrics(points []simulate.Point) pmetric.Metrics {
	md := pmetric.NewMetrics()
	resources := map[*simulate.Resource]pmetric.ResourceMetrics{}
	scopes := map[scopeKey]pmetric.MetricSlice{}
	for i := range points {
		p := &points[i]
		key := scopeKey{p.Resource, p.Scope}
		slice, ok := scopes[key]
		if !ok {
			rm, known := resources[p.Resource]
			if !known {
				rm = md.ResourceMetrics().AppendEmpty()
				attributes(rm.Resource().Attributes(), p.Resource.Attrs)
				resources[p.Resource] = rm
			}
			sm := rm.ScopeMetrics().AppendEmpty()
			sm.Scope().SetName(p.Scope)
			slice = sm.Metrics()
			scopes[key] = slice
		}
		point(metric(slice, p), p)
	}
	return md
}

// metric returns the last metric of the slice if p belongs to it, else a new one.
func metric(slice pmetric.MetricSlice, p *simulate.Point) pmetric.Metric {
	if n := slice.Len(); n > 0 && slice.At(n-1).Name() == p.Name {
		return slice.At(n - 1)
	}
	m := slice.AppendEmpty()
	m.SetName(p.Name)
	m.SetUnit(p.Unit)
	switch p.Kind {
	case simulate.Gauge:
		m.SetEmptyGauge()
	case simulate.Counter, simulate.UpDownCounter:
		m.SetEmptySum().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		m.Sum().SetIsMonotonic(p.Kind == simulate.Counter)
	case simulate.Histogram:
		m.SetEmptyHistogram().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	}
	return m
}

func point(m pmetric.Metric, p *simulate.Point) {
	switch p.Kind {
	case simulate.Gauge:
		number(m.Gauge().DataPoints().AppendEmpty(), p)
	case simulate.Counter, simulate.UpDownCounter:
		number(m.Sum().DataPoints().AppendEmpty(), p)
	case simulate.Histogram:
		out := m.Histogram().DataPoints().AppendEmpty()
		out.SetStartTimestamp(pcommon.Timestamp(p.Start))
		out.SetTimestamp(pcommon.Timestamp(p.Time))
		out.SetSum(p.Value)
		out.ExplicitBounds().FromRaw(p.Bounds)
		out.BucketCounts().FromRaw(p.Buckets)
		var count uint64
		for _, n := range p.Buckets {
			count += n
		}
		out.SetCount(count)
		attributes(out.Attributes(), p.Attrs)
	}
}

func number(out pmetric.NumberDataPoint, p *simulate.Point) {
	out.SetStartTimestamp(pcommon.Timestamp(p.Start))
	out.SetTimestamp(pcommon.Timestamp(p.Time))
	out.SetDoubleValue(p.Value)
	attributes(out.Attributes(), p.Attrs)
}

func attributes(out pcommon.Map, attrs []simulate.Attr) {
	out.EnsureCapacity(len(attrs))
	for _, a := range attrs {
		switch v := a.Value.(type) {
		case string:
			out.PutStr(a.Key, v)
		case int64:
			out.PutInt(a.Key, v)
		case float64:
			out.PutDouble(a.Key, v)
		case []string:
			list := out.PutEmptySlice(a.Key)
			for _, s := range v {
				list.AppendEmpty().SetStr(s)
			}
		}
	}
}
