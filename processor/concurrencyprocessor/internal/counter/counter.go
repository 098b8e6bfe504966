// Package counter counts the distinct identities of one tenant, by key and in total: many series of internal/sketch that
// tick together under one bound. It knows hashes and ticks only.
package counter

import (
	"errors"
	"fmt"

	"github.com/braidotel/braid/internal/sketch"
)

// maxIdentities bounds the kinds of identity, configured ones and those other nodes send.
const maxIdentities = 32

// Config is what a Counter needs to know.
type Config struct {
	Plan       *sketch.Plan
	Identities []string // kinds of identity, by the index that Observe takes
	MaxKeys    int      // beyond it the least recently seen key is evicted
	Total      bool     // count all keys together as well
	Gauges     bool     // somebody reads the sliding windows
	MaxPast    int      // bytes of closed buckets kept for what comes late; beyond it the oldest are let go
}

// Counter counts one tenant's identities. It is not safe for concurrent use.
type Counter struct {
	cfg        Config
	identities []string
	closed     int64
	groups     map[string]*Group
	total      *Group
	// recent is the head of a ring of groups, the most recently seen after it.
	recent  Group
	evicted uint64
	added   uint64
	quiet   bool // every window was empty at the last Close

	settled   int64 // everything up to this tick has come, so far as is known
	forgotten int64 // closed buckets up to this tick may have been let go
	let       uint64
}

// Group is one key with a series for each kind of identity that was seen with it.
type Group struct {
	Key        Key
	id         string
	counter    *Counter
	slots      []slot
	feedsTotal bool
	evicted    bool
	seq        uint64
	prev, next *Group
}

type slot struct {
	series *sketch.Series
	// delta is the series' open tick that was observed last.
	tick  int64
	delta *sketch.Delta
	shown bool // its last gauge was above zero
}

// New returns a counter none of whose ticks is closed yet.
func New(cfg Config) *Counter {
	c := &Counter{
		cfg: cfg, identities: append([]string(nil), cfg.Identities...), closed: -maxTick / 2,
		groups: map[string]*Group{}, quiet: true, settled: maxTick, forgotten: -maxTick,
	}
	c.recent.prev, c.recent.next = &c.recent, &c.recent
	c.total = &Group{counter: c}
	return c
}

// Total is the group of everything. It is counted from the groups that feed it, and directly.
func (c *Counter) Total() *Group { return c.total }

// Keys is the number of groups, the total apart.
func (c *Counter) Keys() int { return len(c.groups) }

// TakeEvicted is how many keys were given up since the last call because there were too many.
func (c *Counter) TakeEvicted() uint64 {
	n := c.evicted
	c.evicted = 0
	return n
}

// Closed is the last closed tick.
func (c *Counter) Closed() int64 { return c.closed }

// Identity names the kind of identity with that index.
func (c *Counter) Identity(i int) string { return c.identities[i] }

// Find returns the group with that id (see Key.AppendID) and makes it the most recently seen; nil if there is none.
func (c *Counter) Find(id []byte) *Group {
	g := c.groups[string(id)]
	if g != nil && c.recent.next != g {
		g.unlink()
		c.link(g)
	}
	return g
}

// Add returns the group of a key, new or not. One that feeds the total is counted there as well: of several sets of keys
// that see the same items only one may.
func (c *Counter) Add(key Key, feedsTotal bool) *Group {
	id := key.AppendID(nil)
	if len(id) == 0 {
		return c.total
	}
	if g := c.Find(id); g != nil {
		return g
	}
	c.added++
	g := &Group{Key: key, id: string(id), counter: c, feedsTotal: feedsTotal && c.cfg.Total, seq: c.added}
	c.insert(g)
	return g
}

// ID is the encoding of the key, unambiguous within its counter.
func (g *Group) ID() string { return g.id }

// Seq orders groups by when they were added.
func (g *Group) Seq() uint64 { return g.seq }

func (c *Counter) insert(g *Group) {
	if len(c.groups) >= c.cfg.MaxKeys {
		c.evict(c.recent.prev)
	}
	c.groups[g.id] = g
	c.link(g)
}

func (c *Counter) link(g *Group) {
	g.prev, g.next = &c.recent, c.recent.next
	g.prev.next, g.next.prev = g, g
}

func (g *Group) unlink() { g.prev.next, g.next.prev = g.next, g.prev }

// evict gives a group up. What it holds of open ticks still counts in the total.
func (c *Counter) evict(g *Group) {
	c.feedTotal(g, maxTick)
	c.drop(g)
	g.slots, g.evicted = nil, true
	c.evicted++
	c.forgotten = max(c.forgotten, c.closed)
}

func (c *Counter) drop(g *Group) {
	g.unlink()
	delete(c.groups, g.id)
}

const maxTick = 1 << 60

// Observe counts one identity of the kind with that index. It reports whether the state changed, that is, whether the
// observation has to be replayed after a crash.
func (g *Group) Observe(identity int, tick int64, hash uint64) (arrival sketch.Arrival, changed bool) {
	if d := g.open(identity, tick); d != nil {
		return sketch.OnTime, d.Observe(hash)
	}
	return g.observeLate(identity, tick, hash)
}

// ObserveAll counts identities of one kind and tick, one after the other. Those that changed the state are appended to
// changed. It is faster than as many calls of Observe: a hash's place in a table is seldom at hand, but several can be on
// their way.
func (g *Group) ObserveAll(identity int, tick int64, hashes, changed []uint64) (sketch.Arrival, []uint64) {
	if d := g.open(identity, tick); d != nil {
		return sketch.OnTime, d.ObserveAll(hashes, changed)
	}
	arrival := sketch.Lost // the tick alone decides, so all fare alike
	for _, hash := range hashes {
		var counted bool
		if arrival, counted = g.observeLate(identity, tick, hash); counted {
			changed = append(changed, hash)
		}
	}
	return arrival, changed
}

// open returns what counts a tick, nil if it is closed.
func (g *Group) open(identity int, tick int64) *sketch.Delta {
	if identity < len(g.slots) {
		if s := &g.slots[identity]; s.delta != nil && s.tick == tick {
			return s.delta
		}
	}
	s := g.slot(identity)
	d := s.series.At(tick)
	if d != nil {
		s.tick, s.delta = tick, d
	}
	return d
}

func (g *Group) observeLate(identity int, tick int64, hash uint64) (arrival sketch.Arrival, changed bool) {
	arrival = g.slot(identity).series.Observe(tick, hash)
	if arrival == sketch.Late {
		g.counter.quiet = false
	}
	if g.feedsTotal {
		g.counter.total.slot(identity).series.Observe(tick, hash)
	}
	return arrival, arrival != sketch.Lost
}

func (g *Group) slot(identity int) *slot {
	if g.evicted { // by a key that came later in the same batch
		g.evicted = false
		g.counter.insert(g)
	}
	for identity >= len(g.slots) {
		g.slots = append(g.slots, slot{})
	}
	s := &g.slots[identity]
	if s.series == nil {
		s.series = sketch.NewSeries(g.counter.cfg.Plan, g.counter.closed)
		s.series.ForgetPast(g.counter.forgotten, nil)
	}
	return s
}

// ErrIdentities says that there are too many kinds of identity.
var ErrIdentities = errors.New("too many kinds of identity")

// IdentityIndex returns the index of a kind of identity, giving a new one its own.
func (c *Counter) IdentityIndex(name string) (int, error) {
	for i, have := range c.identities {
		if have == name {
			return i, nil
		}
	}
	if len(c.identities) >= maxIdentities {
		return 0, fmt.Errorf("%w: %d, and %q", ErrIdentities, len(c.identities), name)
	}
	c.identities = append(c.identities, name)
	return len(c.identities) - 1, nil
}

// Merge counts what another node sent of the width ticks from start.
func (g *Group) Merge(identity int, start, width int64, s *sketch.Sketch) (sketch.Arrival, error) {
	arrival, err := g.slot(identity).series.MergeBucket(start, width, s)
	if err != nil {
		return arrival, fmt.Errorf("merging a sketch: %w", err)
	}
	if arrival == sketch.Late {
		g.counter.quiet = false
	}
	return arrival, nil
}
