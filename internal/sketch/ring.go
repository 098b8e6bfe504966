package sketch

// ringSize is how many tick numbers a one-byte stamp can tell apart; 0 means
// "never".
const ringSize = 255

// MaxSpan is the longest window in ticks. The rest of the ring is the time in
// which a sweep must clear a stamp before its number comes round again.
const MaxSpan = 240

// ring is the clock of a window: it maps ticks to one-byte stamps and knows
// which stamps are inside the window that ends at its newest tick.
type ring struct {
	newest int64
	span   int // ticks
	cur    uint8
	// gone is 1 for stamps outside the window, and for 0, which is never.
	gone [ringSize + 1]uint8
}

func stampOf(tick int64) uint8 {
	m := tick % ringSize
	if m < 0 {
		m += ringSize
	}
	return uint8(m) + 1
}

// age is how many ticks ago a stamp was given, 0 for the newest tick. Stamps
// older than ringSize-1 ticks do not exist: the sweep has cleared them.
func (r *ring) age(stamp uint8) int {
	d := int(r.cur) - int(stamp)
	if d < 0 {
		d += ringSize
	}
	return d
}

func (r *ring) live(stamp uint8) bool { return r.gone[stamp] == 0 }

// restart puts the window at tick, wherever it was.
func (r *ring) restart(tick int64) {
	r.newest, r.cur = tick, stampOf(tick)
	for i := range r.gone {
		r.gone[i] = 1
	}
	stamp := r.cur
	for range r.span {
		r.gone[stamp] = 0
		stamp = before(stamp)
	}
}

// step moves the window on by one tick and returns the stamp that left it.
func (r *ring) step() (leaving uint8) {
	leaving = stampOf(r.newest + 1 - int64(r.span))
	r.newest++
	r.cur = stampOf(r.newest)
	r.gone[leaving], r.gone[r.cur] = 1, 0
	return leaving
}

// sweepSteps is in how many ticks a sweep must pass over every cell: what has
// left the window must be gone before its stamp is given again.
func (r *ring) sweepSteps() int { return ringSize - 1 - r.span }

// before returns the stamp of the tick before stamp's.
func before(stamp uint8) uint8 {
	if stamp == 1 {
		return ringSize
	}
	return stamp - 1
}
