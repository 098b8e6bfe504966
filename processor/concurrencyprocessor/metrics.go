package concurrencyprocessor

import (
	"context"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/internal/sharedcore"
)

// metrics is the core's node in a metrics pipeline: gauges leave there.
type metrics struct {
	*exit[[]gaugePoint]
	next consumer.Metrics
}

func newMetrics(handle *sharedcore.Handle[*core], next consumer.Metrics) *metrics {
	c, n := handle.Core, &metrics{next: next}
	n.exit = newExit(handle, &c.metrics, func(ctx context.Context, points []gaugePoint) error {
		return n.next.ConsumeMetrics(ctx, c.toMetrics(points))
	}, c.reportGauges)
	return n
}

// Capabilities promises to leave points as they are.
func (*metrics) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// ConsumeMetrics counts who is behind the points and passes them on.
func (n *metrics) ConsumeMetrics(ctx context.Context, md pmetric.Metrics) error {
	if err := n.Ready(); err != nil {
		return err
	}
	err := n.Core.observe(ctx, func(b *batch) {
		for _, rm := range md.ResourceMetrics().All() {
			b.enter(rm.Resource())
			for _, sm := range rm.ScopeMetrics().All() {
				if isDerived(sm.Scope()) {
					continue
				}
				for _, m := range sm.Metrics().All() {
					b.points(m)
				}
			}
		}
	})
	if err != nil {
		return err
	}
	return n.next.ConsumeMetrics(ctx, md)
}

// point is what all kinds of data point have in common.
type point interface {
	Attributes() pcommon.Map
	Timestamp() pcommon.Timestamp
}

func (b *batch) points(m pmetric.Metric) {
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		each(b, m.Gauge().DataPoints())
	case pmetric.MetricTypeSum:
		each(b, m.Sum().DataPoints())
	case pmetric.MetricTypeHistogram:
		each(b, m.Histogram().DataPoints())
	case pmetric.MetricTypeExponentialHistogram:
		each(b, m.ExponentialHistogram().DataPoints())
	case pmetric.MetricTypeSummary:
		each(b, m.Summary().DataPoints())
	case pmetric.MetricTypeEmpty:
	}
}

func each[P point](b *batch, points interface {
	Len() int
	At(int) P
}) {
	for i := range points.Len() {
		p := points.At(i)
		b.item(p.Attributes(), p.Timestamp())
	}
}
