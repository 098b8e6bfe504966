package concurrencyprocessor

import (
	"context"
	"slices"
	"time"

	"github.com/braidotel/braid/internal/outlet"
)

// newOutlet returns a way out through send. When there are too many items the oldest are given up, but a replay waits for
// room. At shutdown what the journal knows to be owed is sent after the restart: trying once is enough.
func newOutlet[T any](c *core, send func(context.Context, T) error, report func(int, string)) *outlet.Outlet[T] {
	o := outlet.Options[T]{Limit: c.cfg.Limits.Pending, Overflow: outlet.DropOldest, Send: send, Report: report}
	if c.cfg.Clock == clockReplay {
		o.Overflow = outlet.Grow
	}
	if c.cfg.Storage == nil {
		o.LastChance = 5 * time.Second
	}
	return outlet.New(o)
}

func (c *core) attachLogs(o *outlet.Outlet[[]sketchRecord]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.logs = append(c.logs, o)
}

func (c *core) attachMetrics(o *outlet.Outlet[[]gaugePoint]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.metrics = append(c.metrics, o)
}

// detachLogs flushes into the outlet and takes it off the core; false if it was off already.
func (c *core) detachLogs(o *outlet.Outlet[[]sketchRecord]) bool {
	c.flush(c.cfg.Sketches.Enabled)
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.logs)
	c.logs = slices.DeleteFunc(c.logs, func(have *outlet.Outlet[[]sketchRecord]) bool { return have == o })
	return len(c.logs) < n
}

// detachMetrics flushes into the outlet and takes it off the core; false if it was off already.
func (c *core) detachMetrics(o *outlet.Outlet[[]gaugePoint]) bool {
	c.flush(false)
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.metrics)
	c.metrics = slices.DeleteFunc(c.metrics, func(have *outlet.Outlet[[]gaugePoint]) bool { return have == o })
	return len(c.metrics) < n
}
