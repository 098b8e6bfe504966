package sketch

import "math"

// Series counts one key: open ticks, which close into the sliding window and
// into the lowest tier, whose buckets close into the next one, and so on up.
type Series struct {
	plan   *Plan
	window *Window
	closed int64 // every tick up to this one is closed
	ticks  []openTick
	open   [][]openBucket // by tier, oldest first
	past   [][]pastBucket // by tier, oldest first
	spare  *Delta

	settled   int64 // everything up to this tick has come
	forgotten int64 // closed buckets up to this tick may have been let go
}

type openTick struct {
	tick  int64
	delta *Delta
	// wide is what other nodes sent of buckets that end with this tick but
	// began before it: it enters the window here, and no narrower tier.
	wide *Delta
}

type openBucket struct {
	start  int64
	sketch *Sketch
}

// NewSeries returns an empty series all of whose ticks up to closed are closed.
// The plan must be valid and is shared.
func NewSeries(plan *Plan, closed int64) *Series {
	w, err := NewWindow(plan.Span, plan.Precision)
	if err != nil {
		panic(err) // the plan was not validated
	}
	w.Advance(closed)
	return &Series{
		plan: plan, window: w, closed: closed, settled: math.MaxInt64, forgotten: math.MinInt64,
		open: make([][]openBucket, len(plan.Tiers)), past: make([][]pastBucket, len(plan.Tiers)),
	}
}

// At returns the open tick's delta to observe in, or nil when the tick is closed.
// It is good until the next Close.
func (s *Series) At(tick int64) *Delta {
	if tick <= s.closed {
		return nil
	}
	return s.tickAt(tick).delta
}

func (s *Series) tickAt(tick int64) *openTick {
	i := len(s.ticks)
	for i > 0 && s.ticks[i-1].tick >= tick {
		i--
	}
	if i < len(s.ticks) && s.ticks[i].tick == tick {
		return &s.ticks[i]
	}
	d := s.spare
	if s.spare = nil; d == nil {
		d = new(Delta)
	}
	s.ticks = append(s.ticks, openTick{})
	copy(s.ticks[i+1:], s.ticks[i:])
	s.ticks[i] = openTick{tick: tick, delta: d}
	return &s.ticks[i]
}

// Observe counts one identity.
func (s *Series) Observe(tick int64, hash uint64) Arrival {
	if d := s.At(tick); d != nil {
		d.Observe(hash)
		return OnTime
	}
	arrival := Lost
	if s.window.Observe(tick, hash) {
		arrival = Late
	}
	if b := s.lateBucket(tick, 1); b != nil {
		b.Observe(hash)
		arrival = Late
	}
	if s.observePast(tick, hash) {
		arrival = Late
	}
	return arrival
}

// MergeBucket counts what another node sent of the width ticks from start. It
// may come in any order and any number of times. The error says that the bucket
// is cut otherwise than this plan.
func (s *Series) MergeBucket(start, width int64, sk *Sketch) (Arrival, error) {
	if width < 1 || floorDiv(start, width)*width != start {
		return Lost, errMisaligned
	}
	last := start + width - 1
	switch {
	case last <= s.closed:
		return s.mergeLate(start, width, sk)
	case width == 1:
		s.tickAt(last).delta.MergeSketch(sk)
		return OnTime, nil
	}
	arrival := Lost
	if width <= int64(s.plan.Span) {
		t := s.tickAt(last)
		if t.wide == nil {
			t.wide = new(Delta)
		}
		t.wide.MergeSketch(sk)
		arrival = OnTime
	}
	for i, t := range s.plan.Tiers {
		if t.Ticks >= width && t.Ticks%width == 0 {
			return OnTime, s.bucketAt(i, start).Merge(sk)
		}
	}
	if arrival == Lost {
		return Lost, errMisaligned
	}
	return arrival, nil
}

func (s *Series) mergeLate(start, width int64, sk *Sketch) (Arrival, error) {
	arrival := Lost
	if width <= int64(s.plan.Span) {
		var d Delta
		d.MergeSketch(sk)
		if s.window.Apply(start+width-1, &d) {
			arrival = Late
		}
	}
	if b := s.lateBucket(start, width); b != nil {
		arrival = Late
		if err := b.Merge(sk); err != nil {
			return arrival, err
		}
	}
	taken, err := s.mergePast(start, width, sk)
	if taken {
		arrival = Late
	}
	return arrival, err
}

// lateBucket returns the narrowest bucket of at least width ticks that covers
// tick and has not closed, or nil.
func (s *Series) lateBucket(tick, width int64) *Sketch {
	for i, t := range s.plan.Tiers {
		start := floorDiv(tick, t.Ticks) * t.Ticks
		if t.Ticks >= width && t.Ticks%width == 0 && start+t.Ticks-1 > s.closed {
			return s.bucketAt(i, start)
		}
	}
	return nil
}

// bucketAt returns the tier's open bucket that covers tick.
func (s *Series) bucketAt(tier int, tick int64) *Sketch {
	width := s.plan.Tiers[tier].Ticks
	start := floorDiv(tick, width) * width
	buckets := s.open[tier]
	i := len(buckets)
	for i > 0 && buckets[i-1].start >= start {
		i--
	}
	if i < len(buckets) && buckets[i].start == start {
		return buckets[i].sketch
	}
	buckets = append(buckets, openBucket{})
	copy(buckets[i+1:], buckets[i:])
	buckets[i] = openBucket{start: start, sketch: new(Sketch)}
	s.open[tier] = buckets
	return buckets[i].sketch
}

// EachOpen calls f for the ticks up to through that are open and hold something.
func (s *Series) EachOpen(through int64, f func(tick int64, d *Delta)) {
	for _, t := range s.ticks {
		if t.tick <= through && !t.delta.Empty() {
			f(t.tick, t.delta)
		}
	}
}

// Close closes every tick up to through, and with them the buckets that end
// there; emit receives those of the tiers that the plan emits, narrow before
// wide.
func (s *Series) Close(through int64, emit func(Bucket)) error {
	if through <= s.closed {
		return nil
	}
	n := 0
	for n < len(s.ticks) && s.ticks[n].tick <= through {
		if err := s.closeTick(&s.ticks[n], emit); err != nil {
			return err
		}
		n++
	}
	s.ticks = append(s.ticks[:0], s.ticks[n:]...)
	s.window.Advance(through)
	before := s.closed
	s.closed = through
	for i := range s.plan.Tiers {
		if err := s.closeTier(i, emit); err != nil {
			return err
		}
	}
	s.handOutPast(before, emit)
	return nil
}

func (s *Series) closeTick(t *openTick, emit func(Bucket)) error {
	s.window.Apply(t.tick, t.delta)
	if t.wide != nil {
		s.window.Apply(t.tick, t.wide)
	}
	if len(s.plan.Tiers) > 0 && !t.delta.Empty() {
		if err := s.rollUp(t, emit); err != nil {
			return err
		}
	}
	t.delta.Reset()
	s.spare = t.delta
	return nil
}

// rollUp takes a tick into the lowest tier. When that is a tick wide itself, it
// needs no bucket of its own.
func (s *Series) rollUp(t *openTick, emit func(Bucket)) error {
	tier := 0
	if s.plan.Tiers[0].Ticks == 1 {
		if s.plan.Tiers[0].Emit {
			sk := new(Sketch)
			if err := sk.MergeDelta(t.delta); err != nil {
				return err
			}
			final := s.isSettled(0, t.tick)
			emit(Bucket{Tier: 0, Start: t.tick, Sketch: sk, Final: final})
			s.keep(0, openBucket{t.tick, sk}, final)
		}
		tier = 1
	}
	if tier == len(s.plan.Tiers) {
		return nil
	}
	return s.bucketAt(tier, t.tick).MergeDelta(t.delta)
}

func (s *Series) closeTier(tier int, emit func(Bucket)) error {
	n := 0
	for _, b := range s.open[tier] {
		if b.start+s.plan.Tiers[tier].Ticks-1 > s.closed {
			break
		}
		if s.plan.Tiers[tier].Emit {
			final := s.isSettled(tier, b.start)
			emit(Bucket{Tier: tier, Start: b.start, Sketch: b.sketch, Final: final})
			s.keep(tier, b, final)
		}
		if tier+1 < len(s.open) {
			if err := s.bucketAt(tier+1, b.start).Merge(b.sketch); err != nil {
				return err
			}
		}
		n++
	}
	kept := copy(s.open[tier], s.open[tier][n:])
	clear(s.open[tier][kept:]) // let the closed ones go
	s.open[tier] = s.open[tier][:kept]
	return nil
}

// Closed is the last closed tick.
func (s *Series) Closed() int64 { return s.closed }

// Estimate counts the sliding window that ends with the last closed tick.
func (s *Series) Estimate() Count { return s.window.Estimate() }

// Quiet reports whether the window is empty.
func (s *Series) Quiet() bool { return s.window.Estimate().Value == 0 }

// NextDue returns the next tick with which something closes. It reports false
// when nothing is open.
func (s *Series) NextDue() (tick int64, ok bool) {
	if len(s.ticks) > 0 {
		tick, ok = s.ticks[0].tick, true
	}
	for i, buckets := range s.open {
		if len(buckets) == 0 {
			continue
		}
		if last := buckets[0].start + s.plan.Tiers[i].Ticks - 1; !ok || last < tick {
			tick, ok = last, true
		}
	}
	if due, waits := s.pastDue(); waits && (!ok || due < tick) {
		tick, ok = due, true
	}
	return tick, ok
}

// Idle reports whether the series holds nothing at all and may be dropped.
func (s *Series) Idle() bool {
	_, open := s.NextDue()
	return !open && s.Quiet()
}

// Bytes is the memory the series holds beside its own struct.
func (s *Series) Bytes() int {
	n := s.window.Bytes()
	for _, t := range s.ticks {
		n += t.delta.Bytes()
		if t.wide != nil {
			n += t.wide.Bytes()
		}
	}
	for _, buckets := range s.open {
		for _, b := range buckets {
			n += b.sketch.Bytes()
		}
	}
	return n + s.PastBytes()
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
