package counter

import (
	"math"

	"github.com/braidotel/braid/internal/sketch"
)

// Settle says that everything up to tick has come, so far as anybody knows: what leaves of it is final.
func (c *Counter) Settle(tick int64) {
	if tick != c.settled {
		c.settled, c.quiet = tick, false // something may be due
	}
}

// TakeLetGo is how many closed buckets were let go since the last call because they took too much memory.
func (c *Counter) TakeLetGo() uint64 {
	n := c.let
	c.let = 0
	return n
}

// boundPast lets the oldest closed buckets go while they take too much memory: a quarter of the time they cover at once,
// so that it is seldom.
func (c *Counter) boundPast(out Output) {
	for {
		size, oldest := 0, int64(math.MaxInt64)
		c.eachSeries(func(_ *Group, _ int, s *sketch.Series) {
			size += s.PastBytes()
			if tick, ok := s.OldestPast(); ok {
				oldest = min(oldest, tick)
			}
		})
		if size <= c.cfg.MaxPast || oldest > c.closed {
			return
		}
		upTo := oldest + (c.closed-oldest)/4
		c.forgotten = max(c.forgotten, upTo)
		c.eachSeries(func(g *Group, identity int, s *sketch.Series) {
			c.let += uint64(s.ForgetPast(upTo, func(b sketch.Bucket) { out.Bucket(g, c.identities[identity], b) }))
		})
	}
}

func (c *Counter) eachSeries(f func(g *Group, identity int, s *sketch.Series)) {
	for g := range c.Groups {
		for i := range g.slots {
			if s := g.slots[i].series; s != nil {
				f(g, i, s)
			}
		}
	}
}
