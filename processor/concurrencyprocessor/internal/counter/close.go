package counter

import (
	"fmt"

	"github.com/braidotel/braid/internal/sketch"
)

// Output receives what a Close brings forth.
type Output interface {
	// Bucket is called for each closed bucket of a tier that the plan emits.
	Bucket(g *Group, identity string, b sketch.Bucket)
	// Gauge is called once a tick for each series: the count of the window that ends with tick. A count of zero comes
	// once; then the series is silent until somebody is there again.
	Gauge(g *Group, identity string, tick int64, count sketch.Count)
}

// Close closes every tick up to through, one after the other; stretches in which nothing is due are skipped.
func (c *Counter) Close(through int64, out Output) error {
	for c.closed < through {
		tick := c.closed + 1
		if c.quiet {
			tick = min(through, max(tick, c.nextDue()))
		}
		if err := c.closeTick(tick, out); err != nil {
			return err
		}
	}
	return nil
}

// nextDue is the next tick with which something closes.
func (c *Counter) nextDue() int64 {
	due := int64(maxTick)
	for g := range c.Groups {
		for i := range g.slots {
			if s := g.slots[i].series; s != nil {
				if tick, ok := s.NextDue(); ok {
					due = min(due, tick)
				}
			}
		}
	}
	return due
}

func (c *Counter) closeTick(tick int64, out Output) error {
	for g := range c.Groups {
		c.feedTotal(g, tick)
	}
	c.closed, c.quiet = tick, true
	for g := range c.Groups {
		idle, err := c.closeGroup(g, tick, out)
		if err != nil {
			return err
		}
		if idle && g != c.total {
			c.drop(g)
		}
	}
	if every := max(c.cfg.Plan.Every, 1); c.cfg.Plan.Reach > 0 && (tick+1)%every == 0 {
		c.boundPast(out)
	}
	return nil
}

// Groups yields every group, the least recently seen first and the total last; a group may be dropped meanwhile.
func (c *Counter) Groups(yield func(*Group) bool) {
	for g := c.recent.prev; g != &c.recent; {
		newer := g.prev
		if !yield(g) {
			return
		}
		g = newer
	}
	yield(c.total)
}

func (c *Counter) closeGroup(g *Group, tick int64, out Output) (idle bool, err error) {
	idle = true
	for i := range g.slots {
		s := &g.slots[i]
		if s.series == nil {
			continue
		}
		s.delta = nil
		name := c.identities[i]
		s.series.Settle(c.settled)
		if err := s.series.Close(tick, func(b sketch.Bucket) { out.Bucket(g, name, b) }); err != nil {
			return false, fmt.Errorf("closing tick %d: %w", tick, err)
		}
		if c.cfg.Gauges {
			c.gauge(g, s, name, tick, out)
		}
		if s.series.Idle() {
			s.series = nil
		} else {
			idle = false
		}
	}
	return idle, nil
}

func (c *Counter) gauge(g *Group, s *slot, name string, tick int64, out Output) {
	count := s.series.Estimate()
	if count.Value > 0 || s.shown {
		out.Gauge(g, name, tick, count)
	}
	s.shown = count.Value > 0
	c.quiet = c.quiet && !s.shown
}

// feedTotal takes a group's open ticks into the total. That costs one merge a tick and key instead of one observation an
// item.
func (c *Counter) feedTotal(g *Group, through int64) {
	if !g.feedsTotal {
		return
	}
	for i := range g.slots {
		s := g.slots[i].series
		if s == nil {
			continue
		}
		s.EachOpen(through, func(tick int64, d *sketch.Delta) {
			if into := c.total.slot(i).series.At(tick); into != nil {
				into.Merge(d)
			}
		})
	}
}

// Flush hands out every open bucket as it stands, of the tiers that the plan emits, and changes nothing: whoever merges
// it with what comes later has the whole.
func (c *Counter) Flush(out Output) error {
	for g := range c.Groups {
		c.feedTotal(g, maxTick)
	}
	for g := range c.Groups {
		for i := range g.slots {
			if s := g.slots[i].series; s != nil {
				name := c.identities[i]
				if err := s.Flush(func(b sketch.Bucket) { out.Bucket(g, name, b) }); err != nil {
					return fmt.Errorf("flushing open buckets: %w", err)
				}
			}
		}
	}
	return nil
}

// Empty reports whether nothing is counted or open.
func (c *Counter) Empty() bool {
	for g := range c.Groups {
		for i := range g.slots {
			if g.slots[i].series != nil {
				return false
			}
		}
	}
	return true
}

// Bytes is about what all series hold.
func (c *Counter) Bytes() int {
	n := 0
	for g := range c.Groups {
		for i := range g.slots {
			if s := g.slots[i].series; s != nil {
				n += s.Bytes()
			}
		}
	}
	return n
}
