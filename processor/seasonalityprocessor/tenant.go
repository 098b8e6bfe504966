package seasonalityprocessor

import (
	"container/list"
	"strings"

	"github.com/braidotel/braid/internal/eventtime"
)

// tenant is one tenant's clock and series. Tenants share nothing.
type tenant struct {
	name    string
	clock   *eventtime.Clock
	swept   eventtime.Instant // through which all intervals are closed
	streams table[*stream]
	groups  table[*group]
	series  int // of all groups
	touched bool
}

// table finds entries by key and knows which was seen longest ago.
type table[E any] struct {
	entries map[uint64]E
	order   *list.List // the latest seen in front
}

func newTable[E any]() table[E] { return table[E]{map[uint64]E{}, list.New()} }

// add puts an entry in front; what it returns belongs to the entry.
func (t *table[E]) add(key uint64, e E) *list.Element {
	t.entries[key] = e
	return t.order.PushFront(e)
}

func (t *table[E]) remove(key uint64, at *list.Element) {
	delete(t.entries, key)
	t.order.Remove(at)
}

// oldest is the entry seen longest ago; the table must not be empty.
func (t *table[E]) oldest() E { return t.order.Back().Value.(E) }

// tenant returns the tenant of that name, new or not; nil beyond the limit.
func (c *core) tenant(name string) *tenant {
	if t := c.tenants[name]; t != nil {
		return t
	}
	if len(c.tenants) >= c.cfg.MaxTenants {
		return nil
	}
	t := &tenant{
		name: strings.Clone(name), streams: newTable[*stream](), groups: newTable[*group](),
		clock: eventtime.NewClock(eventtime.Config{
			Lateness: c.cfg.Lateness, MaxSkew: c.cfg.MaxSkew, Replay: c.cfg.Clock == clockReplay,
		}),
	}
	c.tenants[t.name] = t
	c.order = append(c.order, t)
	return t
}

// makeRoom gives up the groups seen longest ago until there is room for n more series.
func (c *core) makeRoom(t *tenant, n int) {
	for t.series+n > c.cfg.MaxSeries && t.groups.order.Len() > 0 {
		c.evict(t.groups.oldest())
	}
}

// evict gives up a group. Its streams point to it until they come again or are given up themselves.
func (c *core) evict(g *group) {
	t := g.tenant
	c.evictedSeries += int64(len(g.series))
	for i := range g.series {
		if g.series[i].active {
			c.active--
			c.tell(g, i, t.clock.Head(), false) // nobody will say later that it is over
		}
	}
	t.series -= len(g.series)
	t.groups.remove(g.key, g.element)
	g.series, g.gathered = nil, gathered{}
	c.freeSlot(g)
}

// evictStreams gives up the streams seen longest ago beyond the limit.
func (c *core) evictStreams(t *tenant) {
	for len(t.streams.entries) > c.cfg.MaxStreams {
		s := t.streams.oldest()
		t.streams.remove(s.key, s.element)
		c.evictedStreams++
	}
}
