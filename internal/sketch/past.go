package sketch

import (
	"bytes"
	"math"
)

// pastBucket is a closed bucket that still takes what comes late.
type pastBucket struct {
	openBucket
	revision uint32 // of the next time it leaves
	part     bool   // it holds only what came late
	dirty    bool   // it holds something that has not left
	final    bool   // it left as final
}

func (b *pastBucket) bucket(tier int) Bucket {
	return Bucket{Tier: tier, Start: b.start, Sketch: b.sketch, Revision: b.revision, Part: b.part, Final: b.final}
}

// Settle says that everything up to tick has come, so far as anybody knows: what
// leaves of it from now on is final. A new series takes everything as settled.
func (s *Series) Settle(tick int64) { s.settled = tick }

func (s *Series) last(tier int, start int64) int64 { return start + s.plan.Tiers[tier].Ticks - 1 }

func (s *Series) isSettled(tier int, start int64) bool { return s.last(tier, start) <= s.settled }

// keep remembers a bucket that just closed, if its tier says so.
func (s *Series) keep(tier int, b openBucket, final bool) {
	if s.plan.Tiers[tier].Keep && s.within(tier, b.start) {
		*s.pastAt(tier, b.start) = pastBucket{openBucket: b, revision: 1, final: final}
	}
}

// within reports whether a closed bucket still takes what comes late.
func (s *Series) within(tier int, start int64) bool {
	return s.plan.Reach > 0 && s.closed-s.last(tier, start) <= s.plan.Reach
}

// observePast counts one late identity in the closed buckets that cover its tick.
func (s *Series) observePast(tick int64, hash uint64) bool {
	if s.plan.Reach == 0 {
		return false
	}
	var one Sketch
	one.Observe(hash)
	taken, err := s.mergePast(tick, 1, &one)
	return taken && err == nil
}

// mergePast merges what came late into the closed buckets, of the tiers that the
// plan emits, that cover the width ticks from start.
func (s *Series) mergePast(start, width int64, sk *Sketch) (taken bool, err error) {
	for i, t := range s.plan.Tiers {
		from := floorDiv(start, t.Ticks) * t.Ticks
		if !t.Emit || t.Ticks < width || t.Ticks%width != 0 || s.last(i, from) > s.closed || !s.within(i, from) {
			continue
		}
		b := s.pastAt(i, from)
		changed, err := b.sketch.mergeNew(sk)
		if err != nil {
			return taken, err
		}
		b.dirty = b.dirty || changed
		taken = true
	}
	return taken, nil
}

// pastAt returns the closed bucket that starts there. Where closed buckets are
// kept, one that is not there held nothing, unless it was let go; otherwise what
// comes late is a part.
func (s *Series) pastAt(tier int, start int64) *pastBucket {
	buckets := s.past[tier]
	i := len(buckets)
	for i > 0 && buckets[i-1].start >= start {
		i--
	}
	if i < len(buckets) && buckets[i].start == start {
		return &buckets[i]
	}
	buckets = append(buckets, pastBucket{})
	copy(buckets[i+1:], buckets[i:])
	part := !s.plan.Tiers[tier].Keep || s.last(tier, start) <= s.forgotten
	buckets[i] = pastBucket{openBucket: openBucket{start, new(Sketch)}, revision: 1, part: part}
	s.past[tier] = buckets
	return &buckets[i]
}

// mergeNew merges and reports whether that changed anything but the events.
func (s *Sketch) mergeNew(other *Sketch) (changed bool, err error) {
	was, dense := s.set.len(), s.hll != nil
	var before []uint8
	if dense {
		before = s.Registers(nil)
	}
	if err := s.Merge(other); err != nil {
		return false, err
	}
	switch {
	case !dense && s.hll == nil:
		return s.set.len() != was, nil
	case !dense:
		return true, nil
	}
	return !bytes.Equal(before, s.Registers(nil)), nil
}

// handOutPast hands out what changed or became final, every so many ticks, and
// lets go of what is out of reach.
func (s *Series) handOutPast(before int64, emit func(Bucket)) {
	every := max(s.plan.Every, 1)
	due := floorDiv(s.closed+1, every) > floorDiv(before+1, every)
	for tier := range s.past {
		kept := s.past[tier][:0]
		for _, b := range s.past[tier] {
			over := !s.within(tier, b.start)
			settled := over || s.isSettled(tier, b.start)
			if (due || over) && (b.dirty || settled && !b.final && !b.part) {
				b.final, b.dirty = settled, false
				emit(b.bucket(tier))
				b.revision++
			}
			if !over && (b.dirty || s.plan.Tiers[tier].Keep && !b.part) {
				kept = append(kept, b)
			}
		}
		clear(s.past[tier][len(kept):]) // let the others go
		s.past[tier] = kept
	}
}

// pastDue is the next tick at which handOutPast has something to do.
func (s *Series) pastDue() (tick int64, ok bool) {
	tick = math.MaxInt64
	every := max(s.plan.Every, 1)
	for tier, buckets := range s.past {
		for i := range buckets {
			b := &buckets[i]
			if b.dirty || s.isSettled(tier, b.start) && !b.final && !b.part {
				tick = min(tick, (floorDiv(s.closed+1, every)+1)*every-1)
			}
			tick = min(tick, s.last(tier, b.start)+s.plan.Reach+1)
			ok = true
		}
	}
	return max(tick, s.closed+1), ok
}

// PastBytes is the memory that closed buckets hold.
func (s *Series) PastBytes() int {
	n := 0
	for _, buckets := range s.past {
		for i := range buckets {
			n += buckets[i].sketch.Bytes()
		}
	}
	return n
}

// OldestPast is the last tick of the oldest closed bucket that is kept; false if
// none is.
func (s *Series) OldestPast() (tick int64, ok bool) {
	tick = math.MaxInt64
	for tier, buckets := range s.past {
		if len(buckets) > 0 {
			tick, ok = min(tick, s.last(tier, buckets[0].start)), true
		}
	}
	return tick, ok
}

// ForgetPast lets go of the closed buckets that ended by tick, handing out what
// has not left, and returns how many there were. What comes for them later
// leaves as a part.
func (s *Series) ForgetPast(tick int64, emit func(Bucket)) (n int) {
	s.forgotten = max(s.forgotten, tick)
	for tier := range s.past {
		gone := 0
		for _, b := range s.past[tier] {
			if s.last(tier, b.start) > tick {
				break
			}
			if b.dirty {
				b.final = s.isSettled(tier, b.start)
				emit(b.bucket(tier))
			}
			gone++
		}
		kept := copy(s.past[tier], s.past[tier][gone:])
		clear(s.past[tier][kept:])
		s.past[tier] = s.past[tier][:kept]
		n += gone
	}
	return n
}
