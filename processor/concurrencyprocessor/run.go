package concurrencyprocessor

import (
	"math/bits"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/braidotel/braid/internal/sketch"
	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/counter"
)

// change is an observation that must be replayed after a crash.
type change struct {
	group    *counter.Group
	tenant   *tenant
	identity int
	tick     int64
	closed   int64 // of one that came late: up to which tick all had closed by then; else 0
	hash     uint64
}

// place is where changes of one kind belong.
type place struct {
	group        *counter.Group
	identity     int
	tick, closed int64
}

func (c *change) series() place { return place{c.group, c.identity, c.tick, c.closed} }

// maxRun bounds how many observations are collected.
const maxRun = 1024

// count counts the observations collected of the resource at hand.
func (b *batch) count() {
	for i, run := range b.runs {
		if len(run) == 0 {
			continue
		}
		for _, g := range b.groups {
			b.observe(g, i, b.runTick, run)
		}
		if b.core.cfg.Total && !b.primary {
			b.observe(b.tenant.counter.Total(), i, b.runTick, run)
		}
		b.runs[i] = run[:0]
	}
}

// countItem counts the item at hand by keys that need its attributes, too.
func (b *batch) countItem(attrs pcommon.Map, found uint16, tick int64) {
	groups, direct := b.itemGroups(attrs)
	for set := found; set != 0; set &= set - 1 {
		i := bits.TrailingZeros16(set)
		for _, g := range groups {
			b.observe(g, i, tick, b.found[i:i+1])
		}
		if direct {
			b.observe(b.tenant.counter.Total(), i, tick, b.found[i:i+1])
		}
	}
}

// itemGroups adds the keys that need the item's attributes to those of its resource, and says whether the total has to
// be told directly.
func (b *batch) itemGroups(attrs pcommon.Map) (groups []*counter.Group, direct bool) {
	groups, primary := b.groups, b.primary
	for _, spec := range b.onItem {
		if g := b.group(spec, b.resource, attrs, true); g != nil {
			groups = append(groups, g)
			primary = primary || spec.primary
		}
	}
	return groups, b.core.cfg.Total && !primary
}

func (b *batch) observe(g *counter.Group, kind int, tick int64, hashes []uint64) {
	var arrival sketch.Arrival
	arrival, b.fresh = g.ObserveAll(kind, tick, hashes, b.fresh[:0])
	b.arrivals[arrival] += int64(len(hashes))
	if b.core.journal == nil {
		return
	}
	closed := int64(0)
	if arrival == sketch.Late {
		closed = b.tenant.counter.Closed()
	}
	for _, hash := range b.fresh {
		b.changes = append(b.changes, change{g, b.tenant, kind, tick, closed, hash})
	}
}
