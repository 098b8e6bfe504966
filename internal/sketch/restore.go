package sketch

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Restore merges what AppendBinary of a series of the same tick length wrote.
// A bucket of a tier the plan no longer has goes into a wider one, a window of
// another span keeps what fits, a matrix of another precision is left out. After an error the series
// may hold a part of it, never anything that was not stored.
func (s *Series) Restore(b []byte) error {
	r := &reader{b: b}
	version := r.byte()
	if version != storedVersion && version != storedOpenOnly {
		return fmt.Errorf("%w: version", ErrStored)
	}
	closed := r.tick()
	if version != storedOpenOnly {
		s.forgotten = max(s.forgotten, r.tick())
	}
	if r.err == nil && closed > s.closed {
		s.closed = closed
		s.window.Advance(closed)
	}
	r.window(s.window)
	for range r.count(4) {
		tick := r.tick()
		var d, wide Delta
		r.delta(&d)
		r.delta(&wide)
		if r.err == nil {
			s.restoreTick(tick, &d, &wide)
		}
	}
	for r.err == nil && len(r.b) > 0 {
		if err := s.readBucket(r, version); err != nil {
			return err
		}
	}
	return r.err
}

func (s *Series) readBucket(r *reader, version byte) error {
	width, start, flags := int64(r.uvarint()), r.tick(), byte(0)
	if version != storedOpenOnly {
		flags = r.byte()
	}
	b := pastBucket{
		openBucket: openBucket{start, r.sketch()}, part: flags&flagPart != 0, dirty: flags&flagDirty != 0, final: flags&flagFinal != 0,
	}
	if flags&flagPast != 0 {
		b.revision = uint32(min(r.uvarint(), math.MaxUint32))
	}
	switch {
	case r.err != nil:
		return nil
	case flags&^storedFlagsMask != 0:
		r.fail("bucket")
		return nil
	case flags&flagPast != 0:
		return s.restorePast(width, b)
	}
	return s.restoreBucket(width, start, b.sketch)
}

// restorePast merges a closed bucket into that of the same tier, if the plan
// still has it.
func (s *Series) restorePast(width int64, b pastBucket) error {
	if width < 1 || floorDiv(b.start, width)*width != b.start {
		return fmt.Errorf("%w: closed bucket of %d ticks from %d", ErrStored, width, b.start)
	}
	for i, t := range s.plan.Tiers {
		if t.Ticks != width || !t.Emit || s.last(i, b.start) > s.closed || !s.within(i, b.start) {
			continue
		}
		have := s.pastAt(i, b.start)
		empty := have.sketch.events == 0 && !have.dirty
		if err := have.sketch.Merge(b.sketch); err != nil {
			return err
		}
		if empty {
			have.part, have.final = b.part, b.final
		}
		have.revision = max(have.revision, b.revision)
		have.dirty = have.dirty || b.dirty
		have.part, have.final = have.part && b.part, have.final && b.final
		return nil
	}
	return nil
}

func (s *Series) restoreTick(tick int64, d, wide *Delta) {
	if tick <= s.closed {
		return
	}
	t := s.tickAt(tick)
	t.delta.Merge(d)
	if wide.Empty() {
		return
	}
	if t.wide == nil {
		t.wide = new(Delta)
	}
	t.wide.Merge(wide)
}

// restoreBucket merges into the tier the bucket came from, or else into the
// narrowest one that takes it.
func (s *Series) restoreBucket(width, start int64, sk *Sketch) error {
	if width < 1 || floorDiv(start, width)*width != start {
		return fmt.Errorf("%w: bucket of %d ticks from %d", ErrStored, width, start)
	}
	if b := s.lateBucket(start, width); b != nil {
		return b.Merge(sk)
	}
	return nil
}

// window reads what appendBinary of a Window wrote into w.
func (r *reader) window(w *Window) {
	newest, maxOnlyUntil := r.tick(), r.tick()
	stored := ring{span: MaxSpan}
	stored.restart(newest)
	tickOf := func(stamp uint8) int64 { return newest - int64(stored.age(stamp)) }
	for range r.count(9) {
		h := binary.LittleEndian.Uint64(r.bytes(8))
		if stamp := r.byte(); stamp != 0 && r.err == nil {
			w.Observe(tickOf(stamp), h)
		}
	}
	p := r.byte()
	if p == 0 || r.err != nil {
		return
	}
	if p != 13 && p != 14 {
		r.fail("precision")
		return
	}
	same := p == w.p
	if same {
		w.Advance(newest)
		w.widen()
		w.shadowOff()
		w.maxOnlyUntil = max(w.maxOnlyUntil, min(maxOnlyUntil, newest+int64(w.ring.span)))
	}
	touch := func(register uint32, rank int, stamp uint8) {
		if tick := tickOf(stamp); same && stamp != 0 && tick > w.ring.newest-int64(w.ring.span) {
			w.matrix.touch(register, rank, stampOf(tick))
		}
	}
	r.cells(p, touch)
}

func (r *reader) cells(p uint8, touch func(register uint32, rank int, stamp uint8)) {
	top := 64 - int(p) // highest rank
	for range r.byte() {
		rank := int(r.byte())
		plane := r.bytes(1 << p)
		if rank > top {
			r.fail("plane")
		}
		if r.err != nil {
			return
		}
		for register, stamp := range plane {
			touch(uint32(register), rank, stamp)
		}
	}
	for range r.count(4) {
		slot := binary.LittleEndian.Uint32(r.bytes(4))
		register, rank := slot>>8&0xffff, int(slot>>24)
		if register >= 1<<p || rank > top {
			r.fail("cell")
			return
		}
		touch(register, rank, uint8(slot))
	}
}

// reader takes values off b and remembers the first failure.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrStored, what)
	}
	r.b = nil
}

func (r *reader) byte() byte { return r.bytes(1)[0] }

var zeros [1 << 14]byte

// bytes returns the next n bytes, or zeros (of at most 2^14) after a failure.
func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.fail("truncated")
		return zeros[:min(n, uint64(len(zeros)))]
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail("number")
		return 0
	}
	r.b = r.b[n:]
	return v
}

// farthest is the farthest tick: sums of two do not overflow.
const farthest = 1 << 60

// tick reads a tick number.
func (r *reader) tick() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 || v > farthest || v < -farthest {
		r.fail("number")
		return 0
	}
	r.b = r.b[n:]
	return v
}

// count reads a number of elements of at least size bytes each.
func (r *reader) count(size int) int {
	n := r.uvarint()
	if n > uint64(len(r.b)/size) {
		r.fail("count")
		return 0
	}
	return int(n)
}

func (r *reader) hashes(f func(h uint64)) {
	for range r.count(8) {
		f(binary.LittleEndian.Uint64(r.bytes(8)))
	}
}
