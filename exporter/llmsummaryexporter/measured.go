package llmsummaryexporter

import (
	"context"
	"hash/fnv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// What figures are called in the table.
const (
	figureUsers     = "users/" // and the kind of identity
	figureOpen      = "sessions.open"
	figureSessions  = "sessions"
	figureRequests  = "requests"
	figureErrors    = "requests.failed"
	figureResponse  = "requests.seconds"
	figureOrders    = "orders"
	figureFailed    = "orders.failed"
	figureRevenue   = "revenue/" // and the currency
	figureIncidents = "incidents"
	figureLost      = "lost/" // and the currency
	figureTrouble   = "incidents.seconds"
	figureAnomalies = "anomalies"
	figureFloods    = "floods"
	figureDuplicate = "duplicates"
)

// serverErrors is the first HTTP status that the server is to blame for.
const serverErrors = 500

// measure takes what reports need out of metrics, and nothing else.
func (s *summarizer) measure(_ context.Context, md pmetric.Metrics) error {
	s.tableMu.Lock()
	defer s.tableMu.Unlock()
	s.table.Tell(time.Now())
	for _, rm := range md.ResourceMetrics().All() {
		r := metricReader{s, rm.Resource().Attributes()}
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				r.metric(m)
			}
		}
	}
	return nil
}

// metricReader reads the metrics of one resource.
type metricReader struct {
	s        *summarizer
	resource pcommon.Map
}

func (r *metricReader) metric(m pmetric.Metric) {
	switch m.Name() {
	case "braid.concurrent_users":
		r.gauge(m, func(a pcommon.Map) string { return figureUsers + text(a, "braid.identity") }, "braid.identity", "braid.window", "braid.tenant")
	case "braid.session.active":
		r.gauge(m, func(pcommon.Map) string { return figureOpen }, "braid.tenant")
	case "braid.session.started":
		r.sum(m, func(pcommon.Map) string { return figureSessions })
	case "braid.business.count":
		r.sum(m, func(a pcommon.Map) string {
			if text(a, "braid.business.outcome") == "failure" {
				return figureFailed
			}
			return figureOrders
		})
	case "braid.business.value":
		r.sum(m, func(a pcommon.Map) string {
			if text(a, "braid.business.outcome") == "failure" {
				return ""
			}
			return figureRevenue + currency(text(a, "braid.business.currency"))
		})
	case "http.server.request.duration":
		r.requests(m)
	}
}

// gauge takes the points that have no attributes but these: the total, not that of a place.
func (r *metricReader) gauge(m pmetric.Metric, name func(pcommon.Map) string, only ...string) {
	if m.Type() != pmetric.MetricTypeGauge {
		return
	}
	for _, p := range m.Gauge().DataPoints().All() {
		if !whole(p.Attributes(), only) || p.Flags().NoRecordedValue() {
			continue
		}
		r.s.table.Peak(r.tenant(p.Attributes()), name(p.Attributes()), p.Timestamp().AsTime(), value(p))
	}
}

func whole(a pcommon.Map, only []string) bool {
	for key := range a.All() {
		known := false
		for _, o := range only {
			known = known || key == o
		}
		if !known {
			return false
		}
	}
	return true
}

func (r *metricReader) sum(m pmetric.Metric, name func(pcommon.Map) string) {
	if m.Type() != pmetric.MetricTypeSum || !m.Sum().IsMonotonic() {
		return
	}
	for _, p := range m.Sum().DataPoints().All() {
		if figure := name(p.Attributes()); figure != "" && !p.Flags().NoRecordedValue() {
			r.grow(m.Sum().AggregationTemporality(), figure, m.Name(), p.Attributes(), p.StartTimestamp(), p.Timestamp(), value(p))
		}
	}
}

// requests takes the count and the time of requests to HTTP servers.
func (r *metricReader) requests(m pmetric.Metric) {
	take := func(how pmetric.AggregationTemporality, a pcommon.Map, start, at pcommon.Timestamp, n uint64, seconds float64) {
		r.grow(how, figureRequests, m.Name(), a, start, at, float64(n))
		r.grow(how, figureResponse, m.Name(), a, start, at, seconds)
		if status, ok := a.Get("http.response.status_code"); ok && status.Type() == pcommon.ValueTypeInt && status.Int() >= serverErrors {
			r.grow(how, figureErrors, m.Name(), a, start, at, float64(n))
		}
	}
	switch m.Type() {
	case pmetric.MetricTypeHistogram:
		for _, p := range m.Histogram().DataPoints().All() {
			take(m.Histogram().AggregationTemporality(), p.Attributes(), p.StartTimestamp(), p.Timestamp(), p.Count(), p.Sum())
		}
	case pmetric.MetricTypeExponentialHistogram:
		for _, p := range m.ExponentialHistogram().DataPoints().All() {
			take(m.ExponentialHistogram().AggregationTemporality(), p.Attributes(), p.StartTimestamp(), p.Timestamp(), p.Count(), p.Sum())
		}
	default:
	}
}

func (r *metricReader) grow(how pmetric.AggregationTemporality, figure, metric string, a pcommon.Map, start, at pcommon.Timestamp, v float64) {
	tenant := r.tenant(a)
	switch how {
	case pmetric.AggregationTemporalityDelta:
		r.s.table.Add(tenant, figure, at.AsTime(), v)
	case pmetric.AggregationTemporalityCumulative:
		began := time.Time{}
		if start != 0 {
			began = start.AsTime()
		}
		r.s.table.Grow(tenant, figure, r.series(figure, metric, a), began, at.AsTime(), v)
	default:
	}
}

// series is the identity of a stream: the same after a restart.
func (r *metricReader) series(figure, metric string, a pcommon.Map) uint64 {
	h := fnv.New64a()
	write := func(parts ...string) {
		for _, p := range parts {
			_, _ = h.Write([]byte(p))
			_, _ = h.Write([]byte{0})
		}
	}
	write(figure, metric)
	sum := h.Sum64()
	for _, m := range []pcommon.Map{r.resource, a} {
		for key, v := range m.All() { // in any order
			h.Reset()
			write(key, v.AsString())
			sum += h.Sum64()
		}
		sum *= 0x9e3779b97f4a7c15 // what is of the resource is not of the point
	}
	return sum
}

func (r *metricReader) tenant(a pcommon.Map) string {
	if t := text(a, "braid.tenant"); t != "" {
		return t
	}
	return text(r.resource, "braid.tenant")
}

// currency is a currency by ISO 4217, in which XXX is none.
func currency(code string) string {
	if len(code) != 3 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "XXX"
	}
	return code
}

func text(m pcommon.Map, key string) string {
	v, ok := m.Get(key)
	if !ok || v.Type() != pcommon.ValueTypeStr {
		return ""
	}
	return v.Str()
}

func value(p pmetric.NumberDataPoint) float64 {
	if p.ValueType() == pmetric.NumberDataPointValueTypeInt {
		return float64(p.IntValue())
	}
	return p.DoubleValue()
}
