package historyexporter

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/exporter/historyexporter/internal/transaction"
	"github.com/braidotel/braid/internal/history"
)

// Names of what is made of traces.
const (
	metricTransaction = "braid.transaction.duration"
	metricSelf        = "braid.transaction.self_time"
	metricQuery       = "braid.query.duration"
	metricCall        = "braid.call.duration"
	metricSampled     = "braid.transaction.sampled"

	attrOperation = "braid.operation"
	attrCallee    = "braid.callee"
	attrOutcome   = "braid.outcome"
)

// repeatFor is how long, in event time, a series that nothing is added to is written on, so that queries find its value and
// have nothing to guess at the end of their window; then it is forgotten, and would begin anew at nought.
const repeatFor = 2 * time.Hour

// encode adds metrics of what was measured, as of a time, and returns how many spans were beyond the bound.
func encode(md pmetric.Metrics, table *transaction.Table, at int64) int {
	overflow := 0
	table.Meters(func(tenant history.Tenant, m *transaction.Meters) {
		overflow += m.Overflow()
		e := encoder{scope: md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty(), at: pcommon.Timestamp(at), tenant: tenant}
		e.scope.Scope().SetName("github.com/braidotel/braid/exporter/historyexporter")
		e.transactions = e.histogram(metricTransaction)
		e.queries = e.histogram(metricQuery)
		e.calls = e.histogram(metricCall)
		self := e.metric(metricSelf).SetEmptySum()
		self.SetIsMonotonic(true)
		self.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		e.self = self.DataPoints()
		e.sampled(m.Sampled())
		m.Each(at-int64(repeatFor), e.add)
		e.scope.Metrics().RemoveIf(empty)
	})
	return overflow
}

func empty(m pmetric.Metric) bool {
	if m.Type() == pmetric.MetricTypeSum {
		return m.Sum().DataPoints().Len() == 0
	}
	return m.ExponentialHistogram().DataPoints().Len() == 0
}

type encoder struct {
	scope                        pmetric.ScopeMetrics
	at                           pcommon.Timestamp
	tenant                       history.Tenant
	transactions, queries, calls pmetric.ExponentialHistogramDataPointSlice
	self                         pmetric.NumberDataPointSlice
}

func (e *encoder) metric(name string) pmetric.Metric {
	m := e.scope.Metrics().AppendEmpty()
	m.SetName(name)
	m.SetUnit("s")
	return m
}

func (e *encoder) histogram(name string) pmetric.ExponentialHistogramDataPointSlice {
	h := e.metric(name).SetEmptyExponentialHistogram()
	h.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	return h.DataPoints()
}

func (e *encoder) add(key transaction.Key, s *transaction.Series) {
	p := [...]pmetric.ExponentialHistogramDataPointSlice{
		transaction.Request: e.transactions, transaction.Query: e.queries, transaction.Call: e.calls,
	}[key.Kind].AppendEmpty()
	p.SetTimestamp(e.at)
	p.SetStartTimestamp(pcommon.Timestamp(s.Since))
	e.label(p.Attributes(), key)
	h := &s.Durations
	p.SetScale(transaction.Scale)
	p.SetCount(h.Count)
	p.SetZeroCount(h.Zero)
	p.SetSum(h.Sum)
	first, last := len(h.Buckets), 0
	for i, n := range h.Buckets {
		if n > 0 {
			first, last = min(first, i), i+1
		}
	}
	if first < last {
		p.Positive().SetOffset(int32(transaction.Offset + first))
		p.Positive().BucketCounts().FromRaw(h.Buckets[first:last])
	}
	if key.Kind == transaction.Request {
		self := e.self.AppendEmpty()
		self.SetTimestamp(e.at)
		self.SetStartTimestamp(pcommon.Timestamp(s.Since))
		self.SetDoubleValue(s.Self)
		e.label(self.Attributes(), key)
	}
}

// sampled says how much of it comes from spans that are a sample, so that answers can.
func (e *encoder) sampled(s transaction.Sampled) {
	if s.Count == 0 || s.Last < int64(e.at)-int64(repeatFor) {
		return
	}
	m := e.metric(metricSampled)
	m.SetUnit("{transaction}")
	sum := m.SetEmptySum()
	sum.SetIsMonotonic(true)
	sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	p := sum.DataPoints().AppendEmpty()
	p.SetTimestamp(e.at)
	p.SetStartTimestamp(pcommon.Timestamp(s.Since))
	p.SetIntValue(s.Count)
	if e.tenant != "" {
		p.Attributes().PutStr(attrTenant, string(e.tenant))
	}
}

func (e *encoder) label(attrs pcommon.Map, key transaction.Key) {
	put := func(name, value string) {
		if value != "" {
			attrs.PutStr(name, value)
		}
	}
	put("service.name", key.Service)
	put("braid.region", key.Region)
	put("braid.tenant", string(e.tenant))
	put("db.system.name", key.System)
	put([...]string{transaction.Request: attrOperation, transaction.Query: "db.query.text", transaction.Call: attrCallee}[key.Kind], key.Name)
	outcome := "success"
	if key.Failed {
		outcome = "failure"
	}
	attrs.PutStr(attrOutcome, outcome)
}
