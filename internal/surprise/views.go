package surprise

import (
	"math"

	"github.com/braidotel/braid/internal/eventtime"
)

const (
	levelGain = .3   // share of a miss by which the short-term level follows
	trendGain = .015 // share of a miss by which its slope follows
	fastOver  = 12.  // points of the fast mean
	slowOver  = 144. // points of the slow one
	stirOver  = 8.   // points over which the stir of a series is taken
	missOver  = 5.   // points over which the misses of the pattern are averaged
	shapeDays = 7.   // days over which the usual size of the slow views is learnt
	firstLook = 20   // points before the slow views begin
	leastStir = .01  // share of the usual stir below which there is none
	stirLook  = 100  // points before the stir is compared with its usual value
	longGap   = 36.  // steps without a point after which the short-term memory is void
	capPerDev = 3.   // nats that a deviation can be worth for every usual deviation it is large
)

// A view is one way of looking at a point. Each has its own past, and the most surprised one decides.
//
//	jump   v - (level + slope), Holt's short-term forecast, measured by the noise of this hour of the day
//	drift  mean of the last 12 points less mean of the last 144
//	stir   ln of the mean step |v - v'| of the last 8 points over its usual value: unrest, or a stuck sensor
//	miss   mean of the last 5 distances from what this time of day usually shows
type views struct {
	Level, Slope float64
	Fast, Slow   float64
	Stir, Usual  float64
	Miss         float64
	Size         float64 // usual size of the values
	Before       float64 // the last value
	Points       uint32

	Noise hourly
	Jump  tail
	Drift sided
	Stirs sided
	Away  sided
}

// sided is a quantity with its centre, its usual deviation, and the pasts of its deviations to either side.
type sided struct {
	Spread   spread
	Up, Down tail
}

// look judges x and learns it. The usual deviation is taken to be at least floor. A lull, a run of deviations downward,
// counts once where runs is set: otherwise a series that falls silent would teach its own silence while it falls.
func (s *sided) look(x, floor, rate float64, runs bool) float64 {
	z := s.Spread.scaled(x, floor)
	known := s.Spread.Seen > 0
	s.Spread.learn(x, rate, true)
	if !known {
		return 0
	}
	t, size := &s.Up, z
	if z < 0 {
		t, size = &s.Down, -z
	}
	enough := t.Seen >= minHistory
	nats := t.surprise(size)
	t.add(size, runs && z < 0)
	if !enough {
		return 0
	}
	side := float64(t.Seen+1) / (float64(s.Up.Seen) + float64(s.Down.Seen) + 1)
	return capped(nats-math.Log(side), size)
}

// capped keeps a surprise from being greater than the size of the deviation bears out: where the past never moved, what is
// rare may still be small.
func capped(nats, size float64) float64 { return min(max(nats, 0), capPerDev*size) }

// start sets the short-term memory to a first value, or to the first after a gap.
func (w *views) start(v float64) {
	w.Level, w.Slope, w.Fast, w.Slow, w.Before = v, 0, v, v, v
}

// see judges v by every view, learns it, and returns the greatest surprise in nats.
func (w *views) see(o *Options, at eventtime.Instant, v, perDay float64, e Expectation) float64 {
	if w.Points == 0 {
		w.start(v)
	}
	if w.Points < math.MaxUint32 {
		w.Points++
	}
	n := float64(w.Points)
	w.Size += max(1/n, 1/(shapeDays*perDay)) * (math.Abs(v) - w.Size)
	floor, rate := grain*w.Size, 1/(shapeDays*perDay)

	nats := w.jump(o, at, v, floor, 1/perDay)
	nats = max(nats, w.drift(o, v, floor, rate))
	nats = max(nats, w.stir(o, v, rate))
	nats = max(nats, w.miss(o, v, floor, rate, perDay, e))
	w.Before = v
	return nats
}

func (w *views) jump(o *Options, at eventtime.Instant, v, floor, rate float64) float64 {
	hour := hourOf(at)
	forecast := w.Level + w.Slope
	dev := v - forecast
	size := math.Abs(w.Noise.scaled(dev, floor, hour))
	w.Noise.learn(dev, rate, hour)
	w.Level = forecast + levelGain*dev
	w.Slope += trendGain * dev
	if w.Points <= minHistory {
		return 0
	}
	nats := w.Jump.surprise(size)
	w.Jump.add(size, true)
	if !o.counts(dev) {
		return 0
	}
	return capped(nats, size)
}

func (w *views) drift(o *Options, v, floor, rate float64) float64 {
	w.Fast += (v - w.Fast) / fastOver
	w.Slow += (v - w.Slow) / slowOver
	dev := w.Fast - w.Slow
	if w.Points <= minHistory { // the two means have not parted yet
		w.Drift.Spread.learn(dev, rate, true)
		return 0
	}
	nats := w.Drift.look(dev, floor, rate, false)
	if !o.counts(dev) {
		return 0
	}
	return nats
}

func (w *views) stir(o *Options, v, rate float64) float64 {
	w.Stir += (math.Abs(v-w.Before) - w.Stir) / stirOver
	if w.Points < firstLook {
		return 0
	}
	if w.Usual == 0 {
		w.Usual = w.Stir
	}
	w.Usual += max(rate, 1/float64(w.Points)) * (min(w.Stir, clip*w.Usual) - w.Usual)
	if w.Points < stirLook || w.Usual <= 0 {
		return 0
	}
	nats := w.Stirs.look(math.Log(min(w.Stir/w.Usual, maxScaled)+leastStir), 0, rate, true)
	if o.Direction != Both || max(w.Stir, w.Usual) < o.MinDev {
		return 0
	}
	return nats
}

func (w *views) miss(o *Options, v, floor, rate, perDay float64, e Expectation) float64 {
	if !e.Known || float64(w.Points) <= perDay {
		return 0
	}
	w.Miss += (v - e.Median - w.Miss) / missOver
	nats := w.Away.look(w.Miss, floor, rate, false)
	if !o.counts(w.Miss) {
		return 0
	}
	return nats
}
