package counter

import (
	"encoding/binary"
	"fmt"

	"github.com/braidotel/braid/internal/sketch"
)

// SeriesID names a series in storage: kind of identity and key.
func (g *Group) SeriesID(identity int) []byte {
	name := g.counter.identities[identity]
	b := append(binary.AppendUvarint(nil, uint64(len(name))), name...)
	return append(b, g.id...)
}

// Lookup returns the group and the index of identity that a SeriesID names, new or not.
func (c *Counter) Lookup(id []byte, feedsTotal func(Key) bool) (*Group, int, error) {
	n, used := binary.Uvarint(id)
	if used <= 0 || n > uint64(len(id)-used) {
		return nil, 0, errKey
	}
	name, rest := string(id[used:used+int(n)]), id[used+int(n):]
	identity, err := c.IdentityIndex(name)
	if err != nil {
		return nil, 0, err
	}
	if g := c.Find(rest); g != nil {
		return g, identity, nil
	}
	key, err := ParseKey(string(rest))
	if err != nil {
		return nil, 0, err
	}
	return c.Add(key, feedsTotal(key)), identity, nil
}

// Store calls f with the encoding of each of the group's series. They lie in room, which it returns for the next group; f
// keeps nothing of it.
func (g *Group) Store(room []byte, f func(identity int, value []byte)) ([]byte, error) {
	for i := range g.slots {
		s := g.slots[i].series
		if s == nil {
			continue
		}
		var err error
		if room, err = s.AppendBinary(room[:0]); err != nil {
			return nil, fmt.Errorf("storing a series: %w", err)
		}
		f(i, room)
	}
	return room, nil
}

// Restore merges a stored series into the group's.
func (g *Group) Restore(identity int, value []byte) error {
	series := g.slot(identity).series
	if err := series.Restore(value); err != nil {
		return fmt.Errorf("restoring a series: %w", err)
	}
	// A counter behind its series would wait for their windows to empty, tick by tick.
	g.counter.closed = max(g.counter.closed, series.Closed())
	g.counter.quiet = false
	return nil
}

// Discard is an Output for replaying what has already left.
type Discard struct{}

// Bucket does nothing.
func (Discard) Bucket(*Group, string, sketch.Bucket) {}

// Gauge does nothing.
func (Discard) Gauge(*Group, string, int64, sketch.Count) {}
