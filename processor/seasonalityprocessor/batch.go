package seasonalityprocessor

import (
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/internal/anyvalue"
	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/processor/seasonalityprocessor/internal/distribution"
)

// batch is the work on one call of ConsumeMetrics. It lives in the core and is used under its lock.
type batch struct {
	core *core
	node *node
	now  time.Time

	// At hand:
	tenant     *tenant
	resource   pcommon.Map
	resourceID uint64
	scopeID    uint64
	metric     pmetric.Metric
	typ        metricType
	candidates []*rule
	metricID   uint64 // of the streams
	groupID    uint64 // of the groups
	resources  map[*rule]*resource

	// Room to decode histograms in.
	explicit    distribution.Explicit
	exponential distribution.Exponential

	touched  []*tenant
	outcomes [allOutcomes]int64
	times    [4]int64 // by eventtime.Verdict
}

func newBatch(c *core) *batch { return &batch{core: c, resources: map[*rule]*resource{}} }

// begin readies the batch for a call at wall time now.
func (b *batch) begin(n *node, now time.Time) {
	b.node, b.now = n, now
	b.touched = b.touched[:0]
	b.outcomes, b.times = [allOutcomes]int64{}, [4]int64{}
}

// end lets go of what the caller owns: nothing of a batch may be kept.
func (b *batch) end() {
	b.node, b.tenant = nil, nil
	b.resource, b.metric = pcommon.Map{}, pmetric.Metric{}
	clear(b.resources)
}

func (b *batch) metrics(md pmetric.Metrics) {
	for _, rm := range md.ResourceMetrics().All() {
		b.enter(rm.Resource().Attributes())
		for _, sm := range rm.ScopeMetrics().All() {
			if isDerived(sm.Scope()) {
				continue
			}
			b.scopeID = mix(b.resourceID, hashText(sm.Scope().Name()))
			for _, m := range sm.Metrics().All() {
				b.series(m)
			}
		}
	}
}

// enter makes attrs the resource of the metrics that follow.
func (b *batch) enter(attrs pcommon.Map) {
	b.resource, b.resourceID = attrs, hashAttributes(attrs, nil)
	clear(b.resources)
	name := ""
	if v, ok := attrs.Get(b.core.cfg.Tenant); ok {
		name = anyvalue.Text(v)
	}
	b.tenant = b.core.tenant(name[:min(len(name), maxText)])
	if t := b.tenant; t != nil && !t.touched {
		t.touched = true
		b.touched = append(b.touched, t)
	}
}

// series takes the points of a metric.
func (b *batch) series(m pmetric.Metric) {
	b.typ = typeOf(m)
	if b.typ == allTypes {
		return
	}
	if b.candidates = b.core.rules.named(m.Name()); len(b.candidates) == 0 {
		return
	}
	b.metric = m
	b.groupID = mix(hashText(m.Name()), uint64(b.typ)+1)
	b.metricID = mix(b.scopeID, b.groupID)
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		each(b, m.Gauge().DataPoints(), b.gauge)
	case pmetric.MetricTypeSum:
		b.sum(m.Sum())
	case pmetric.MetricTypeHistogram:
		cumulative := m.Histogram().AggregationTemporality() == pmetric.AggregationTemporalityCumulative
		each(b, m.Histogram().DataPoints(), func(p pmetric.HistogramDataPoint, s *stream, start, at eventtime.Instant) outcome {
			return b.histogram(p, s, start, at, cumulative)
		})
	case pmetric.MetricTypeExponentialHistogram:
		cumulative := m.ExponentialHistogram().AggregationTemporality() == pmetric.AggregationTemporalityCumulative
		each(b, m.ExponentialHistogram().DataPoints(),
			func(p pmetric.ExponentialHistogramDataPoint, s *stream, start, at eventtime.Instant) outcome {
				return b.exponentialHistogram(p, s, start, at, cumulative)
			})
	case pmetric.MetricTypeSummary:
		each(b, m.Summary().DataPoints(), b.summary)
	case pmetric.MetricTypeEmpty:
	}
}

func (b *batch) sum(sum pmetric.Sum) {
	cumulative := sum.AggregationTemporality() == pmetric.AggregationTemporalityCumulative
	switch {
	case b.typ == typeCounter:
		each(b, sum.DataPoints(), func(p pmetric.NumberDataPoint, s *stream, start, at eventtime.Instant) outcome {
			return b.counter(p, s, start, at, cumulative)
		})
	case cumulative:
		each(b, sum.DataPoints(), b.level)
	default:
		// Changes of a level, without the level: the sum of an interval's changes is all there is to learn.
		each(b, sum.DataPoints(), b.change)
	}
}

// point is what all kinds of data point have in common.
type point interface {
	Attributes() pcommon.Map
	Timestamp() pcommon.Timestamp
	StartTimestamp() pcommon.Timestamp
	Flags() pmetric.DataPointFlags
}

// each takes the points that a rule selects, in order.
func each[P point](b *batch, points interface {
	Len() int
	At(int) P
}, take func(P, *stream, eventtime.Instant, eventtime.Instant) outcome,
) {
	for i := range points.Len() {
		p := points.At(i)
		if b.tenant == nil {
			b.outcomes[tenantLimit]++
			continue
		}
		s := b.stream(p.Attributes())
		if s.group == nil {
			continue
		}
		b.outcomes[takeOne(b, p, s, take)]++
		if s.group.rule.cfg.Mark && s.group.active() {
			p.Attributes().PutBool(attrMark, true)
		}
	}
}

func takeOne[P point](b *batch, p P, s *stream, take func(P, *stream, eventtime.Instant, eventtime.Instant) outcome) outcome {
	if p.Flags().NoRecordedValue() {
		return empty
	}
	at, verdict := b.tenant.clock.Observe(eventtime.Instant(p.Timestamp()), b.now)
	b.times[verdict]++
	if o := s.order(at); o != learnt {
		return o
	}
	if s.group.due(at) {
		b.core.close(s.group)
	}
	return take(p, s, eventtime.Instant(p.StartTimestamp()), at)
}

// ownScope is what the names of this component's scopes begin with.
const ownScope = "github.com/braidotel/braid/processor/seasonalityprocessor"

// isDerived reports whether a scope holds what this component made, here or in another collector.
func isDerived(scope pcommon.InstrumentationScope) bool {
	return strings.HasPrefix(scope.Name(), ownScope) && !learnsItself
}
