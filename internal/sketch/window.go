package sketch

import (
	"fmt"
	"math"
)

// Window counts the distinct identities of one key over the newest span ticks,
// and over any shorter run of ticks up to the newest. It is exact up to
// WindowExactLimit live identities; above, its error is 0.69/sqrt(2^precision):
// 0.54 % at precision 14, 0.77 % at 13.
type Window struct {
	ring ring
	p    uint8
	// exact is set while the window counts exactly; matrix above the limit.
	// When the crowd has gone, both are: the table then fills up beside the
	// matrix and takes over once it has seen a whole span.
	exact       *table
	matrix      *matrix
	shadowSince int64
	// maxOnlyUntil is the tick in which the last cells that came from foreign
	// HyperLogLog registers leave. Until then the low ranks are under-filled
	// and only the register estimator is right.
	maxOnlyUntil int64
}

// noTick is the newest tick of a window that has seen none.
const noTick = math.MinInt64

// NewWindow returns an empty window of span ticks (1..MaxSpan) whose matrix has
// 2^precision registers (precision 13 or 14).
func NewWindow(span int, precision uint8) (*Window, error) {
	if span < 1 || span > MaxSpan {
		return nil, fmt.Errorf("window of %d ticks: want 1 to %d; use a longer tick", span, MaxSpan)
	}
	if precision != 13 && precision != 14 {
		return nil, fmt.Errorf("window precision %d: want 13 or 14", precision)
	}
	w := &Window{ring: ring{span: span, newest: noTick}, p: precision}
	w.exact = newTable(&w.ring)
	return w, nil
}

// Observe records hash in tick. A tick ahead of the newest moves the window on;
// a late one counts where it belongs. It returns false for a tick that has
// already left the window.
func (w *Window) Observe(tick int64, hash uint64) bool {
	stamp := w.ring.cur
	if tick != w.ring.newest {
		var ok bool
		if stamp, ok = w.stampFor(tick); !ok {
			return false
		}
	}
	switch { // nearly always there is one of the two, and there is room
	case w.exact == nil:
		w.matrix.observe(hash, stamp)
	case w.matrix != nil || !w.exact.observe(hash, stamp):
		w.observe(hash, stamp)
	}
	return true
}

// Apply records a whole tick. It returns false for a tick that has already left
// the window.
func (w *Window) Apply(tick int64, d *Delta) bool {
	stamp, ok := w.stampFor(tick)
	if !ok {
		return false
	}
	if d.planes == nil {
		d.set.each(func(h uint64) { w.observe(h, stamp) })
		return true
	}
	w.widen()
	if d.maxOnly {
		w.shadowOff()
		w.maxOnlyUntil = max(w.maxOnlyUntil, tick+int64(w.ring.span))
	}
	d.planes.each(func(register uint32, rank int) {
		if w.p != Precision {
			register, rank = foldCell(register, rank)
		}
		w.matrix.touch(register, rank, stamp)
	})
	// The identities behind the cells are not known, so a table cannot stand
	// in for them.
	w.shadowOff()
	return true
}

// stampFor moves the window on if it has to and returns the tick's stamp.
func (w *Window) stampFor(tick int64) (uint8, bool) {
	w.Advance(tick)
	if tick <= w.ring.newest-int64(w.ring.span) {
		return 0, false
	}
	return stampOf(tick), true
}

func (w *Window) observe(hash uint64, stamp uint8) {
	if w.matrix != nil {
		w.matrix.observe(hash, stamp)
	}
	if w.exact == nil {
		return
	}
	if !w.exact.observe(hash, stamp) {
		w.widen()
		w.shadowOff()
		w.matrix.observe(hash, stamp)
	}
}

// widen moves what the table holds into a matrix, unless there is one.
func (w *Window) widen() {
	if w.matrix != nil {
		return
	}
	w.matrix = newMatrix(&w.ring, w.p)
	w.exact.each(w.matrix.observe)
	w.exact = nil
}

func (w *Window) shadowOff() {
	if w.matrix != nil {
		w.exact = nil
	}
}

// Advance moves the window on so that tick is its newest. Earlier ticks do
// nothing.
func (w *Window) Advance(tick int64) {
	if w.ring.newest == noTick || tick-w.ring.newest >= int64(w.ring.span) {
		w.clear(tick)
		return
	}
	for w.ring.newest < tick {
		w.step()
	}
}

// clear forgets everything: nothing of the old window is left in the new one.
func (w *Window) clear(tick int64) {
	w.ring.restart(tick)
	w.matrix, w.exact = nil, newTable(&w.ring)
	w.maxOnlyUntil = tick
}

func (w *Window) step() {
	leaving := w.ring.step()
	if w.exact != nil {
		w.exact.expire(leaving)
		w.exact.sweep()
	}
	if w.matrix != nil {
		w.matrix.expire(leaving)
		w.matrix.sweep()
		w.narrow()
	}
}

// narrow goes back to exact counting when the crowd has gone. Half the limit is
// the hysteresis: a key that hovers at the limit does not switch to and fro.
func (w *Window) narrow() {
	if w.exact != nil {
		if w.ring.newest-w.shadowSince >= int64(w.ring.span) {
			w.matrix = nil
		}
		return
	}
	const every = 16 // ticks; looking is not free and there is no hurry
	if w.ring.newest%every != 0 || w.ring.newest < w.maxOnlyUntil {
		return
	}
	if cellEstimate(&w.matrix.live, w.p) < WindowExactLimit/2 {
		w.exact = newTable(&w.ring)
		w.shadowSince = w.ring.newest
	}
}

// Estimate counts the whole window.
func (w *Window) Estimate() Count { return w.EstimateLast(w.ring.span) }

// EstimateLast counts the newest k ticks; more than the span is the span.
func (w *Window) EstimateLast(k int) Count {
	k = min(k, w.ring.span)
	switch {
	case w.ring.newest == noTick || k <= 0:
		return Count{Exact: true}
	case w.matrix == nil && k == w.ring.span:
		return Count{Value: float64(w.exact.live), Exact: true}
	case w.matrix == nil:
		return Count{Value: float64(w.exact.seenIn(k)), Exact: true}
	case w.ring.newest < w.maxOnlyUntil:
		return estimated(registerEstimate(w.Registers(k, nil)), registerError, w.p)
	case k == w.ring.span:
		return estimated(cellEstimate(&w.matrix.live, w.p), cellError, w.p)
	default:
		filled := w.matrix.seenIn(k)
		return estimated(cellEstimate(&filled, w.p), cellError, w.p)
	}
}

// Registers returns the HyperLogLog registers (2^precision bytes, each rank+1 or
// 0) of the newest k ticks, reusing dst's room.
func (w *Window) Registers(k int, dst []uint8) []uint8 {
	dst = zeroed(dst, 1<<w.p)
	if w.ring.newest == noTick {
		return dst
	}
	k = min(k, w.ring.span)
	if w.matrix != nil {
		w.matrix.registersInto(dst, k)
		return dst
	}
	w.exact.each(func(h uint64, stamp uint8) {
		if w.ring.age(stamp) < k {
			register, rank := cell(h, w.p)
			dst[register] = max(dst[register], uint8(rank+1))
		}
	})
	return dst
}

// Bytes is the memory the window holds.
func (w *Window) Bytes() int {
	n := 0
	if w.exact != nil {
		n += w.exact.bytes()
	}
	if w.matrix != nil {
		n += w.matrix.bytes()
	}
	return n
}

// zeroed returns n zero bytes in dst's room if it has enough.
func zeroed(dst []uint8, n int) []uint8 {
	if cap(dst) < n {
		return make([]uint8, n)
	}
	dst = dst[:n]
	clear(dst)
	return dst
}
