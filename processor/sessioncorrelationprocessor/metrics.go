package sessioncorrelationprocessor

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/internal/outlet"
	"github.com/braidotel/braid/internal/sharedcore"
)

// metrics is the core's node in a metrics pipeline: metrics pass through it, and what the core measures joins them.
type metrics struct {
	handle *sharedcore.Handle[*core]
	core   *core
	next   consumer.Metrics
	out    *outlet.Outlet[pmetric.Metrics]
}

func newMetrics(handle *sharedcore.Handle[*core], next consumer.Metrics) *metrics {
	n := &metrics{handle: handle, core: handle.Core, next: next}
	n.out = newOutlet(n.core, pmetric.NewMetrics, func(from, into pmetric.Metrics) {
		from.ResourceMetrics().MoveAndAppendTo(into.ResourceMetrics())
	}, next.ConsumeMetrics)
	n.core.attach(n)
	return n
}

func (*metrics) Capabilities() consumer.Capabilities {
	return consumer.Capabilities{MutatesData: false}
}

func (n *metrics) Start(ctx context.Context, host component.Host) error {
	if err := n.handle.Start(ctx, host); err != nil {
		return err
	}
	n.out.Start()
	return nil
}

func (n *metrics) Shutdown(ctx context.Context) error {
	n.core.detach(n)
	n.out.Flush(ctx)
	return n.handle.Shutdown(ctx)
}

func (n *metrics) ConsumeMetrics(ctx context.Context, md pmetric.Metrics) error {
	if err := n.handle.Ready(); err != nil {
		return err
	}
	return n.next.ConsumeMetrics(ctx, md)
}
