package incident

import (
	"math"
	"slices"
)

// durations learns how long incidents last, in seconds. Where they all last about as long it says so sharply; where they
// do not, it hardly says anything.
type durations struct {
	ring   [64]float64 // natural logarithms
	n      int
	centre float64
	spread float64
}

const (
	usualDuration  = 10 * 60 // seconds: believed before the first
	durationSpread = 1.2     // natural logarithm: the same
	durationTrust  = 0.95    // how far the learnt distribution is believed
	leastLearnt    = 5       // incidents seen before anything is
)

func newDurations() *durations {
	return &durations{centre: math.Log(usualDuration), spread: durationSpread}
}

// learn takes in an incident that lasted so many seconds.
func (d *durations) learn(seconds float64) {
	d.ring[d.n%len(d.ring)] = math.Log(max(seconds, 1))
	d.n++
	if d.n < leastLearnt {
		return
	}
	all := slices.Clone(d.ring[:min(d.n, len(d.ring))])
	slices.Sort(all)
	d.centre = all[len(all)/2]
	for i := range all {
		all[i] = math.Abs(all[i] - d.centre)
	}
	slices.Sort(all)
	d.spread = max(1.4826*all[len(all)/2], 0.03) + 0.5/float64(len(all))
}

// typical is the usual duration in seconds.
func (d *durations) typical() float64 { return math.Exp(d.centre) }

// logDensity is the logarithm of the probability per second that an incident lasts so long.
func (d *durations) logDensity(seconds float64) float64 {
	x := math.Log(seconds)
	p := (1-durationTrust)*normal(x, math.Log(usualDuration), durationSpread) + durationTrust*normal(x, d.centre, d.spread)
	return math.Log(p+1e-12) - x
}

func normal(x, mean, sd float64) float64 {
	z := (x - mean) / sd
	return math.Exp(-z*z/2) / (sd * math.Sqrt(2*math.Pi))
}
