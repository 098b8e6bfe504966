package historyexporter

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/exporter/historyexporter/internal/decode"
	"github.com/braidotel/braid/exporter/historyexporter/internal/transaction"
	"github.com/braidotel/braid/internal/history"
)

const attrTenant = "braid.tenant"

// arrived gathers what came with one batch.
type arrived map[history.Tenant]history.Arrivals

func (a arrived) add(tenant history.Tenant, more history.Arrivals) {
	sum := a[tenant]
	sum.Spans += more.Spans
	sum.Logs += more.Logs
	sum.Points += more.Points
	sum.Records += more.Records
	if more.Newest.Unix() > 0 && more.Newest.After(sum.Newest) {
		sum.Newest = more.Newest
	}
	a[tenant] = sum
}

// arrive tells the history what has come, once it is stored: what waits in the queue has not.
func (s *sink) arrive(a arrived) {
	if s.intake == nil {
		return
	}
	for tenant, n := range a {
		s.intake.Add(tenant, n)
	}
}

func arrivedSpans(items []transaction.Item) arrived {
	a := arrived{}
	for i := range items {
		a.add(items[i].Tenant, history.Arrivals{Spans: 1, Newest: time.Unix(0, items[i].End).UTC()})
	}
	return a
}

func arrivedLogs(ld plog.Logs, b *history.Batch) arrived {
	a := arrived{}
	for _, rl := range ld.ResourceLogs().All() {
		whole := decode.Text(rl.Resource().Attributes(), attrTenant)
		for _, sl := range rl.ScopeLogs().All() {
			for _, r := range sl.LogRecords().All() {
				a.add(tenantOf(r.Attributes(), whole), history.Arrivals{Logs: 1, Newest: decode.Time(r)})
			}
		}
	}
	for i := range b.Sessions {
		a.add(b.Sessions[i].Tenant, history.Arrivals{Records: 1})
	}
	for i := range b.Events {
		a.add(b.Events[i].Tenant, history.Arrivals{Records: 1})
	}
	return a
}

func arrivedPoints(md pmetric.Metrics) arrived {
	a := arrived{}
	for _, rm := range md.ResourceMetrics().All() {
		n := 0
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				n += points(m)
			}
		}
		a.add(history.Tenant(decode.Text(rm.Resource().Attributes(), attrTenant)), history.Arrivals{Points: int64(n), Newest: earliest(rm)})
	}
	return a
}

func points(m pmetric.Metric) int {
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		return m.Gauge().DataPoints().Len()
	case pmetric.MetricTypeSum:
		return m.Sum().DataPoints().Len()
	case pmetric.MetricTypeHistogram:
		return m.Histogram().DataPoints().Len()
	case pmetric.MetricTypeExponentialHistogram:
		return m.ExponentialHistogram().DataPoints().Len()
	case pmetric.MetricTypeSummary:
		return m.Summary().DataPoints().Len()
	default:
		return 0
	}
}

func tenantOf(attrs pcommon.Map, otherwise string) history.Tenant {
	if own := decode.Text(attrs, attrTenant); own != "" {
		return history.Tenant(own)
	}
	return history.Tenant(otherwise)
}
