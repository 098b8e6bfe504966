package concurrencyprocessor

import (
	"context"
	"slices"
	"time"

	"go.opentelemetry.io/collector/component"

	"github.com/braidotel/braid/internal/outlet"
	"github.com/braidotel/braid/internal/sharedcore"
)

// exit is the part of a node through which something of the core's own leaves: gauges or sketches.
type exit[T any] struct {
	*sharedcore.Handle[*core]
	out     *outlet.Outlet[T]
	exits   *[]*outlet.Outlet[T] // the core's; under its lock
	buckets bool                 // open buckets leave here too when it closes
}

// newExit returns a way out through send. When there are too many items the oldest are given up, but a replay waits for
// room. At shutdown what the journal knows to be owed is sent after the restart: trying once is enough.
func newExit[T any](
	handle *sharedcore.Handle[*core], exits *[]*outlet.Outlet[T], send func(context.Context, T) error, report func(int, string),
) *exit[T] {
	c := handle.Core
	o := outlet.Options[T]{Limit: c.cfg.Limits.Pending, Overflow: outlet.DropOldest, Send: send, Report: report}
	if c.cfg.Clock == clockReplay {
		o.Overflow = outlet.Grow
	}
	if c.cfg.Storage == nil {
		o.LastChance = 5 * time.Second
	}
	e := &exit[T]{Handle: handle, out: outlet.New(o), exits: exits}
	c.mu.Lock()
	defer c.mu.Unlock()
	*exits = append(*exits, e.out)
	return e
}

// Start starts the core with its first node, and then the exit.
func (e *exit[T]) Start(ctx context.Context, host component.Host) error {
	if err := e.Handle.Start(ctx, host); err != nil {
		return err
	}
	e.out.Start()
	return nil
}

// Shutdown sends what the core owes to the next consumer, which is still there, and detaches.
func (e *exit[T]) Shutdown(ctx context.Context) error {
	if e.detach() {
		e.out.Flush(ctx)
	}
	return e.Handle.Shutdown(ctx)
}

// detach flushes the core into the exit and takes it off the core; false if it was off already.
func (e *exit[T]) detach() bool {
	e.Core.flush(e.buckets)
	e.Core.mu.Lock()
	defer e.Core.mu.Unlock()
	n := len(*e.exits)
	*e.exits = slices.DeleteFunc(*e.exits, func(have *outlet.Outlet[T]) bool { return have == e.out })
	return len(*e.exits) < n
}
