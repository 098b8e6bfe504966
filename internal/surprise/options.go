package surprise

import "time"

// Direction says which deviations count.
type Direction uint8

const (
	// Both counts deviations to either side.
	Both Direction = iota
	// Above counts values above what was expected.
	Above
	// Below counts values below what was expected.
	Below
)

// DefaultThreshold is the score at which an alarm is raised unless Options say otherwise: a surprise of 8.75 nats, one
// point in some 6,000.
const DefaultThreshold = .5

// Options is what all series of one rule share. It is read-only once a Scorer uses it; the zero value is the default.
type Options struct {
	// Threshold is the score at which an alarm is raised, above 0 and up to 1; zero is DefaultThreshold.
	Threshold float64
	// Direction says which deviations are scored.
	Direction Direction
	// MinDev is the smallest deviation from what was expected that is scored, in the units of the series.
	MinDev float64
	// Step is the usual distance of two points; zero lets every series learn its own.
	Step time.Duration
	// Rest is the time in which what an alarm asks of the next one falls to 1/e; zero is 300 steps.
	Rest time.Duration
}

func (o *Options) threshold() float64 {
	if o.Threshold > 0 {
		return o.Threshold
	}
	return DefaultThreshold
}

// counts says whether a deviation of this sign and size is to be scored.
func (o *Options) counts(dev float64) bool {
	switch o.Direction {
	case Above:
		return dev >= o.MinDev && dev > 0
	case Below:
		return -dev >= o.MinDev && dev < 0
	default:
		return dev >= o.MinDev || -dev >= o.MinDev
	}
}

// Expectation is what a seasonal pattern says of a moment, in the units of the series.
type Expectation struct {
	// Median is the usual value at this moment.
	Median float64
	// Known is false while there is no pattern yet; the Scorer then asks its own profile of the day.
	Known bool
}

// Verdict is what a Scorer makes of one point.
type Verdict struct {
	// Score is how rare the point is in the past of its series, from 0 to 1 and comparable across series. While the
	// Scorer rests after an alarm, only something more surprising keeps its score.
	Score float64
	// Alarm is true at the point that reaches the threshold.
	Alarm bool
	// Active is true from an alarm until the series has calmed down, a day at most.
	Active bool
	// Damp is the weight from 0 to 1 with which a pattern should learn the point.
	Damp float64
}
