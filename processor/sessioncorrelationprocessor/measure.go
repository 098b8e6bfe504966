package sessioncorrelationprocessor

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/outlet"
	"github.com/braidotel/braid/internal/session"
)

const scopeName = "github.com/braidotel/braid/processor/sessioncorrelationprocessor"

// tick adds a tenant's metrics at an instant of event time to what leaves.
func (c *core) tick(t *tenant, at eventtime.Instant, ready *output) {
	if !c.cfg.Metrics.Enabled || at == 0 {
		return
	}
	t.emitted = at
	md := pmetric.NewMetrics()
	sm := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty()
	sm.Scope().SetName(scopeName)
	m := measure{scope: sm, tenant: t, at: pcommon.Timestamp(at), start: pcommon.Timestamp(t.table.Stats().Since)}
	m.active()
	m.counts()
	m.durations()
	m.views()
	m.business()
	ready.metrics = append(ready.metrics, md)
}

// measure writes one tenant's metrics.
type measure struct {
	scope     pmetric.ScopeMetrics
	tenant    *tenant
	at, start pcommon.Timestamp
}

func (m *measure) metric(name, description, unit string) pmetric.Metric {
	metric := m.scope.Metrics().AppendEmpty()
	metric.SetName(name)
	metric.SetDescription(description)
	metric.SetUnit(unit)
	return metric
}

func (m *measure) sum(name, description, unit string) pmetric.NumberDataPointSlice {
	sum := m.metric(name, description, unit).SetEmptySum()
	sum.SetIsMonotonic(true)
	sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	return sum.DataPoints()
}

func (m *measure) point(points pmetric.NumberDataPointSlice) pmetric.NumberDataPoint {
	p := points.AppendEmpty()
	p.SetTimestamp(m.at)
	p.SetStartTimestamp(m.start)
	m.label(p.Attributes())
	return p
}

func (m *measure) label(attributes pcommon.Map) {
	if m.tenant.name != "" {
		attributes.PutStr(attrTenant, m.tenant.name)
	}
}

// active writes the open sessions: a total, and by every place they have been at.
func (m *measure) active() {
	points := m.metric("braid.session.active",
		"Open sessions: in all, and by each place they have been at (a session is at several).", "{session}").
		SetEmptyGauge().DataPoints()
	m.point(points).SetIntValue(int64(m.tenant.table.Open()))
	m.tenant.table.Active(func(place session.PlaceKey, n int) {
		p := m.point(points)
		p.SetIntValue(int64(n))
		putIf(p.Attributes(), "service.name", place.Service)
		putIf(p.Attributes(), "host.name", place.Host)
		putIf(p.Attributes(), "k8s.pod.name", place.Pod)
		putIf(p.Attributes(), attrRegion, place.Region)
	})
}

func (m *measure) counts() {
	stats := m.tenant.table.Stats()
	m.point(m.sum("braid.session.started", "Sessions that began.", "{session}")).SetIntValue(int64(stats.Started))
	ended := m.sum("braid.session.ended", "Sessions that ended, by reason.", "{session}")
	for _, reason := range []session.EndReason{session.EndLogout, session.EndIdle, session.EndReplaced, session.EndEvicted} {
		p := m.point(ended)
		p.SetIntValue(int64(stats.Ended[reason]))
		p.Attributes().PutStr(attrReason, string(reason))
	}
}

func (m *measure) durations() {
	h := m.tenant.table.Stats().Durations
	histogram := m.metric("braid.session.duration", "Time from the first to the last activity of a session.", "s").
		SetEmptyHistogram()
	histogram.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	p := histogram.DataPoints().AppendEmpty()
	p.SetTimestamp(m.at)
	p.SetStartTimestamp(m.start)
	m.label(p.Attributes())
	p.SetCount(h.Count)
	p.SetSum(h.Sum.Seconds())
	p.ExplicitBounds().FromRaw(session.DurationBounds())
	p.BucketCounts().FromRaw(h.Counts[:])
}

// views writes how what stores hold and what traffic shows compare.
func (m *measure) views() {
	views, ok := m.tenant.compare(eventtime.Instant(m.at))
	if !ok {
		return
	}
	points := m.metric("braid.session.views", "Open sessions by who knows of them: traffic and a session store (both), or only one.",
		"{session}").SetEmptyGauge().DataPoints()
	for _, view := range []struct {
		name string
		n    int
	}{{"both", views.Both}, {"store", views.Store}, {"traffic", views.Traffic}} {
		p := m.point(points)
		p.SetIntValue(int64(view.n))
		p.Attributes().PutStr("braid.session.view", view.name)
	}
}

func (m *measure) business() {
	if len(m.tenant.sales) == 0 {
		return
	}
	counts := m.sum("braid.business.count", "Business events.", "{event}")
	values := m.sum("braid.business.value", "Amounts of business events.", "{currency}")
	for key, total := range m.tenant.sales {
		since := max(m.start, pcommon.Timestamp(total.since)) // its first events are to be seen as an increase
		count := m.point(counts)
		count.SetStartTimestamp(since)
		count.SetIntValue(total.count)
		labelSale(count.Attributes(), key)
		if total.valued {
			value := m.point(values)
			value.SetStartTimestamp(since)
			value.SetDoubleValue(total.value)
			labelSale(value.Attributes(), key)
		}
	}
}

func labelSale(attributes pcommon.Map, key saleKey) {
	attributes.PutStr("braid.business.event", key.event)
	attributes.PutStr("braid.business.outcome", key.outcome)
	putIf(attributes, "service.name", key.service)
	putIf(attributes, attrRegion, key.region)
	putIf(attributes, "braid.business.currency", key.currency)
}

func putIf(attributes pcommon.Map, key, value string) {
	if value != "" {
		attributes.PutStr(key, value)
	}
}

// deliverMetrics sends the metrics through the first metrics pipeline.
func (c *core) deliverMetrics(ticks []pmetric.Metrics) {
	if len(ticks) == 0 {
		return
	}
	c.nodesMu.Lock()
	nodes := c.metrics
	c.nodesMu.Unlock()
	for _, md := range ticks {
		if len(nodes) == 0 {
			c.reportDerived(1, outlet.Lost)
			continue
		}
		leave(c, nodes[0].out, md, 0)
	}
}
