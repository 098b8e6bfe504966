package sketch

import "math"

// ExactLimit is how many distinct identities a Delta and a Sketch count exactly.
const ExactLimit = 8192

// Delta is what one tick adds to one key: exact up to ExactLimit identities,
// bit planes above. The zero value is empty and ready.
type Delta struct {
	set    hashSet
	planes *planes
	events uint64
	// maxOnly is true when some cells came from HyperLogLog registers, which
	// tell the highest rank only: such a delta under-fills a window's matrix.
	maxOnly bool
}

// Observe adds one observation and reports whether it changed the delta, that
// is, whether replaying it later would matter.
func (d *Delta) Observe(hash uint64) bool {
	d.events++
	return d.add(hash)
}

// ObserveAll adds observations and appends to fresh those that changed the delta.
func (d *Delta) ObserveAll(hashes, fresh []uint64) []uint64 {
	d.events += uint64(len(hashes))
	for _, h := range hashes {
		if d.add(h) {
			fresh = append(fresh, h)
		}
	}
	return fresh
}

func (d *Delta) add(hash uint64) bool {
	if d.planes != nil {
		return d.planes.add(hash)
	}
	if !d.set.add(hash) {
		return false
	}
	if d.set.len() > ExactLimit {
		d.widen()
	}
	return true
}

// widen moves from the exact set to bit planes.
func (d *Delta) widen() {
	d.planes = new(planes)
	d.set.each(func(h uint64) { d.planes.add(h) })
	d.set = hashSet{}
}

// Merge adds everything other holds; other is unchanged.
func (d *Delta) Merge(other *Delta) {
	d.events = addEvents(d.events, other.events)
	d.maxOnly = d.maxOnly || other.maxOnly
	if other.planes == nil {
		d.addSet(&other.set)
		return
	}
	if d.planes == nil {
		d.widen()
	}
	d.planes.merge(other.planes)
}

func (d *Delta) addSet(set *hashSet) {
	switch {
	case d.planes != nil:
	case d.set.len() == 0 && len(d.set.slots) <= len(set.slots):
		d.set.copyOf(set)
		return
	default:
		d.set.reserve(set.len())
	}
	set.each(func(h uint64) { d.add(h) })
}

// MergeSketch adds what another node sent of the same tick.
func (d *Delta) MergeSketch(s *Sketch) {
	d.events = addEvents(d.events, s.events)
	if s.hll == nil {
		d.addSet(&s.set)
		return
	}
	if d.planes == nil {
		d.widen()
	}
	d.maxOnly = true
	for register, value := range s.Registers(nil) {
		if value > 0 {
			d.planes.set(uint32(register), int(value)-1)
		}
	}
}

// Empty reports whether nothing was observed.
func (d *Delta) Empty() bool { return d.planes == nil && d.set.len() == 0 }

// Events is how many observations went in, repeated ones included.
func (d *Delta) Events() uint64 { return d.events }

// Reset empties the delta. The next tick takes the set's room over, for it will
// be about as crowded; a rare crowd's is given back by the first tick that used
// little of it.
func (d *Delta) Reset() {
	const keep, share = 1024, 8 // slots that are always kept, and how few may have been used of more
	if len(d.set.slots) > keep && d.set.len() < len(d.set.slots)/share {
		d.set = hashSet{}
	}
	d.set.clear()
	d.planes, d.events, d.maxOnly = nil, 0, false
}

// Bytes is the memory the delta holds beside its own struct.
func (d *Delta) Bytes() int {
	n := d.set.bytes()
	if d.planes != nil {
		n += d.planes.bytes()
	}
	return n
}

// addEvents saturates: an upper bound must not wrap to a small one.
func addEvents(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}
