package concurrencyprocessor

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/internal/outlet"
	"github.com/braidotel/braid/internal/sharedcore"
)

// metrics is the core's node in a metrics pipeline: gauges leave there.
type metrics struct {
	handle *sharedcore.Handle[*core]
	next   consumer.Metrics
	out    *outlet.Outlet[[]gaugePoint]
}

func newMetrics(handle *sharedcore.Handle[*core], next consumer.Metrics) *metrics {
	n := &metrics{handle: handle, next: next}
	n.out = newOutlet(handle.Core, func(ctx context.Context, points []gaugePoint) error {
		return n.next.ConsumeMetrics(ctx, handle.Core.toMetrics(points))
	}, handle.Core.reportGauges)
	handle.Core.attachMetrics(n.out)
	return n
}

// Capabilities promises to leave points as they are.
func (*metrics) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (n *metrics) Start(ctx context.Context, host component.Host) error {
	if err := n.handle.Start(ctx, host); err != nil {
		return err
	}
	n.out.Start()
	return nil
}

// Shutdown sends what the core owes to the next consumer, which is still there, and detaches.
func (n *metrics) Shutdown(ctx context.Context) error {
	if n.handle.Core.detachMetrics(n.out) {
		n.out.Flush(ctx)
	}
	return n.handle.Shutdown(ctx)
}

// ConsumeMetrics counts who is behind the points and passes them on.
func (n *metrics) ConsumeMetrics(ctx context.Context, md pmetric.Metrics) error {
	if err := n.handle.Ready(); err != nil {
		return err
	}
	err := n.handle.Core.observe(ctx, func(b *batch) {
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
