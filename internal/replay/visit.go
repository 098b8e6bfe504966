package replay

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// visitor walks the items of a batch. Either function may be nil.
type visitor struct {
	// keep is asked with each item's event time whether the item stays.
	keep func(event pcommon.Timestamp) bool
	// shift may set each time stamp anew.
	shift func(t pcommon.Timestamp, set func(pcommon.Timestamp))
	// prune removes resources, scopes and metrics that have no items left.
	prune bool
}

func (v visitor) drops(event pcommon.Timestamp) bool { return v.keep != nil && !v.keep(event) }

func (v visitor) traces(td ptrace.Traces) {
	td.ResourceSpans().RemoveIf(func(rs ptrace.ResourceSpans) bool {
		rs.ScopeSpans().RemoveIf(func(ss ptrace.ScopeSpans) bool {
			ss.Spans().RemoveIf(v.span)
			return v.prune && ss.Spans().Len() == 0
		})
		return v.prune && rs.ScopeSpans().Len() == 0
	})
}

func (v visitor) span(s ptrace.Span) (drop bool) {
	if v.drops(s.EndTimestamp()) {
		return true
	}
	if v.shift == nil {
		return false
	}
	v.shift(s.StartTimestamp(), s.SetStartTimestamp)
	v.shift(s.EndTimestamp(), s.SetEndTimestamp)
	for _, e := range s.Events().All() {
		v.shift(e.Timestamp(), e.SetTimestamp)
	}
	return false
}

func (v visitor) logs(ld plog.Logs) {
	ld.ResourceLogs().RemoveIf(func(rl plog.ResourceLogs) bool {
		rl.ScopeLogs().RemoveIf(func(sl plog.ScopeLogs) bool {
			sl.LogRecords().RemoveIf(v.record)
			return v.prune && sl.LogRecords().Len() == 0
		})
		return v.prune && rl.ScopeLogs().Len() == 0
	})
}

func (v visitor) record(l plog.LogRecord) (drop bool) {
	event := l.Timestamp()
	if event == 0 {
		event = l.ObservedTimestamp()
	}
	if v.drops(event) {
		return true
	}
	if v.shift != nil {
		v.shift(l.Timestamp(), l.SetTimestamp)
		v.shift(l.ObservedTimestamp(), l.SetObservedTimestamp)
	}
	return false
}

func (v visitor) metrics(md pmetric.Metrics) {
	md.ResourceMetrics().RemoveIf(func(rm pmetric.ResourceMetrics) bool {
		rm.ScopeMetrics().RemoveIf(func(sm pmetric.ScopeMetrics) bool {
			sm.Metrics().RemoveIf(func(m pmetric.Metric) bool { return v.metric(m) == 0 && v.prune })
			return v.prune && sm.Metrics().Len() == 0
		})
		return v.prune && rm.ScopeMetrics().Len() == 0
	})
}

// metric returns how many points are left.
func (v visitor) metric(m pmetric.Metric) int {
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		m.Gauge().DataPoints().RemoveIf(func(p pmetric.NumberDataPoint) bool { return v.point(p) })
		return m.Gauge().DataPoints().Len()
	case pmetric.MetricTypeSum:
		m.Sum().DataPoints().RemoveIf(func(p pmetric.NumberDataPoint) bool { return v.point(p) })
		return m.Sum().DataPoints().Len()
	case pmetric.MetricTypeHistogram:
		m.Histogram().DataPoints().RemoveIf(func(p pmetric.HistogramDataPoint) bool { return v.point(p) })
		return m.Histogram().DataPoints().Len()
	case pmetric.MetricTypeExponentialHistogram:
		m.ExponentialHistogram().DataPoints().RemoveIf(func(p pmetric.ExponentialHistogramDataPoint) bool { return v.point(p) })
		return m.ExponentialHistogram().DataPoints().Len()
	case pmetric.MetricTypeSummary:
		m.Summary().DataPoints().RemoveIf(func(p pmetric.SummaryDataPoint) bool { return v.point(p) })
		return m.Summary().DataPoints().Len()
	default:
		return 0
	}
}

// timed is what all kinds of data points have in common.
type timed interface {
	Timestamp() pcommon.Timestamp
	SetTimestamp(pcommon.Timestamp)
	StartTimestamp() pcommon.Timestamp
	SetStartTimestamp(pcommon.Timestamp)
}

// exemplified is a data point of any kind but a summary's.
type exemplified interface{ Exemplars() pmetric.ExemplarSlice }

func (v visitor) point(p timed) (drop bool) {
	if v.drops(p.Timestamp()) {
		return true
	}
	if v.shift == nil {
		return false
	}
	v.shift(p.StartTimestamp(), p.SetStartTimestamp)
	v.shift(p.Timestamp(), p.SetTimestamp)
	if p, ok := p.(exemplified); ok {
		for _, e := range p.Exemplars().All() {
			v.shift(e.Timestamp(), e.SetTimestamp)
		}
	}
	return false
}
