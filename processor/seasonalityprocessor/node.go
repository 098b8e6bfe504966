package seasonalityprocessor

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/internal/outlet"
	"github.com/braidotel/braid/internal/sharedcore"
)

// node is the core's share in one metrics pipeline. What is derived of a series leaves through the pipeline that brought
// its points.
type node struct {
	handle *sharedcore.Handle[*core]
	next   consumer.Metrics
	out    *outlet.Outlet[[]report]

	reports []report // made by the call at hand; guarded by the core's lock
}

func newNode(handle *sharedcore.Handle[*core], next consumer.Metrics) *node {
	c := handle.Core
	n := &node{handle: handle, next: next}
	o := outlet.Options[[]report]{
		Limit: c.cfg.MaxPending, Overflow: outlet.DropOldest, LastChance: 5 * time.Second, Report: c.reportDerived,
		Send: func(ctx context.Context, reports []report) error {
			return n.next.ConsumeMetrics(ctx, c.toMetrics(reports))
		},
	}
	if c.cfg.Clock == clockReplay {
		o.Overflow = outlet.Grow
	}
	n.out = outlet.New(o)
	c.attach(n)
	return n
}

// Capabilities promises to leave points as they are, but where a rule asks for marks.
func (n *node) Capabilities() consumer.Capabilities {
	return consumer.Capabilities{MutatesData: n.handle.Core.rules.mark()}
}

func (n *node) Start(ctx context.Context, host component.Host) error {
	if err := n.handle.Start(ctx, host); err != nil {
		return err
	}
	n.out.Start()
	return nil
}

// Shutdown sends what was derived to the next consumer, which is still there, and detaches.
func (n *node) Shutdown(ctx context.Context) error {
	if n.handle.Core.detach(n) {
		n.out.Flush(ctx)
	}
	return n.handle.Shutdown(ctx)
}

// ConsumeMetrics learns from the points and passes them on.
func (n *node) ConsumeMetrics(ctx context.Context, md pmetric.Metrics) error {
	if err := n.handle.Ready(); err != nil {
		return err
	}
	c := n.handle.Core
	c.learn(ctx, n, md)
	if c.cfg.Clock == clockReplay {
		if err := n.out.Wait(ctx); err != nil {
			return err
		}
	}
	return n.next.ConsumeMetrics(ctx, md)
}
