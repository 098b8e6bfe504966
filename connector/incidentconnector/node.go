package incidentconnector

import (
	"context"
	"slices"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"

	"github.com/braidotel/braid/internal/outlet"
	"github.com/braidotel/braid/internal/sharedcore"
)

// lastChance is how long a node that stops tries to send what the next consumer refuses.
const lastChance = 5 * time.Second

// node is the core's place in one pipeline: it takes one signal in and is one way out.
type node struct {
	*sharedcore.Handle[*core]
	out *outlet.Outlet[[]event]
}

func newNode(handle *sharedcore.Handle[*core], next consumer.Logs) *node {
	c := handle.Core
	options := outlet.Options[[]event]{
		Limit: c.cfg.Limits.Pending, Overflow: outlet.DropOldest, LastChance: lastChance, Report: c.report,
		Send: func(ctx context.Context, events []event) error { return next.ConsumeLogs(ctx, c.toLogs(events)) },
	}
	if c.cfg.Clock == clockReplay {
		options.Overflow = outlet.Grow
	}
	n := &node{Handle: handle, out: outlet.New(options)}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.outs = append(c.outs, n.out)
	return n
}

// Capabilities promises to leave telemetry as it is.
func (*node) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// Start starts the core with its first node, and then the way out.
func (n *node) Start(ctx context.Context, host component.Host) error {
	if err := n.Handle.Start(ctx, host); err != nil {
		return err
	}
	n.out.Start()
	return nil
}

// Shutdown sends what waits, while the next consumer is still there, and detaches. A recording ends with its last node.
func (n *node) Shutdown(ctx context.Context) error {
	if n.detach() {
		n.out.Flush(ctx)
	}
	return n.Handle.Shutdown(ctx)
}

// detach takes the way out off the core; false if it was off already.
func (n *node) detach() bool {
	c := n.Core
	c.mu.Lock()
	defer c.mu.Unlock()
	at := slices.Index(c.outs, n.out)
	if at < 0 {
		return false
	}
	if c.cfg.Clock == clockReplay && len(c.outs) == 1 {
		c.settle()
	}
	c.outs = slices.Delete(c.outs, at, at+1)
	return true
}
