package concurrencyprocessor

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/outlet"
)

// advance closes a tenant's ticks up to through and hands what comes of it to the outlets. The lock is held.
func (c *core) advance(t *tenant, through int64, now time.Time) {
	if through <= t.counter.Closed() || t.clock.Head() == 0 {
		return
	}
	y := c.newYield(t, now)
	c.watchEdges(t, y, through)
	if err := errors.Join(t.counter.Close(through, y), y.err); err != nil {
		c.logger.Error("closing a tick failed; its counts are lost", zap.Error(err))
	}
	c.tellCenter(t, y)
	c.ship(y, c.debts.add(c, t, through))
}

// maxParcel is the most gauges or sketches that leave together: a replay may close an hour of ticks at once.
const maxParcel = 1_000

// ship puts a yield into the outlets, or counts it as lost where there is none any more. The lock is held.
func (c *core) ship(y *yield, owed *debt) {
	for part := range slices.Chunk(y.gauges, maxParcel) {
		n := c.points(part)
		for _, o := range c.metrics {
			o.Put(outlet.Parcel[[]gaugePoint]{Data: part, Items: n, Done: owed.share()})
		}
		if len(c.metrics) == 0 {
			c.reportGauges(n, outlet.Lost)
		}
	}
	for part := range slices.Chunk(y.records, maxParcel) {
		for _, o := range c.logs {
			o.Put(outlet.Parcel[[]sketchRecord]{Data: part, Items: len(part), Done: owed.share()})
		}
		if len(c.logs) == 0 {
			c.reportSketches(len(part), outlet.Lost)
		}
	}
	owed.settle()
}

// points is how many points the gauges make.
func (c *core) points(gauges []gaugePoint) (n int) {
	for i := range gauges {
		switch {
		case gauges[i].edge != nil:
			n += len(edgeGauges)
		case c.cfg.Metrics.Uncertainty:
			n += 2
		default:
			n++
		}
	}
	return n
}

func (c *core) waitForRoom(ctx context.Context) {
	c.mu.Lock()
	metrics, logs := slices.Clone(c.metrics), slices.Clone(c.logs)
	c.mu.Unlock()
	for _, o := range metrics {
		_ = o.Wait(ctx)
	}
	for _, o := range logs {
		_ = o.Wait(ctx)
	}
}

// flush brings out what is known so far, before a node goes: with storage nothing, since counting goes on after the
// restart; without, every tick up to the newest data and, for the logs pipeline, every open bucket as it stands. The
// tenants go on counting, for the nodes that are still there.
func (c *core) flush(buckets bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.journal != nil {
		return
	}
	now := time.Now()
	for _, name := range slices.Sorted(maps.Keys(c.tenants)) {
		t := c.tenants[name]
		if t.clock.Head() == 0 {
			continue
		}
		c.advance(t, int64(t.clock.Head().Truncate(c.cfg.Tick))/int64(c.cfg.Tick), now)
		if !buckets {
			continue
		}
		y := c.newYield(t, now)
		if err := errors.Join(t.counter.Flush(y), y.err); err != nil {
			c.logger.Error("flushing open buckets failed; their counts are lost", zap.Error(err))
		}
		c.tellCenter(t, y)
		c.ship(y, nil)
	}
	if buckets || !c.cfg.Sketches.Enabled {
		c.unflushed = 0
	}
}
