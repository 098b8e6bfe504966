package seasonal

import "math"

// Outcome says what became of an observation.
type Outcome uint8

const (
	// Learnt is a point that the model took in.
	Learnt Outcome = iota
	// Duplicate has the time of the latest point; it is ignored.
	Duplicate
	// Late is older than the latest point; it is ignored.
	Late
	// Invalid is NaN, infinite, or without a usable time; it is ignored.
	Invalid
)

// String names the outcome as telemetry does.
func (o Outcome) String() string {
	switch o {
	case Learnt:
		return "learnt"
	case Duplicate:
		return "duplicate"
	case Late:
		return "late"
	default:
		return "invalid"
	}
}

// Verdict is what the model makes of one observation.
type Verdict struct {
	// Outcome says whether the point was taken in; the other fields are zero if not.
	Outcome Outcome
	// Score is how surprising the point is in the series' own past, 0 to 1.
	Score float64
	// Alarm marks the one point at which an episode is reported.
	Alarm bool
	// Active is true while an episode lasts.
	Active bool
	// Usual is what was expected of this point before it was seen.
	Usual Band
}

// Band is a median with the 5 % and 95 % quantiles around it; all NaN while unknown.
type Band struct {
	Low, Median, High float64
}

// Known tells whether the band says anything.
func (b Band) Known() bool { return !math.IsNaN(b.Median) }

func unknown() Band { return Band{Low: math.NaN(), Median: math.NaN(), High: math.NaN()} }

// Comparison sets a value beside what the series did before; NaN is unknown.
type Comparison struct {
	// Value is the value at the time asked for.
	Value float64
	// Yesterday is the value at the same local time of the day before.
	Yesterday float64
	// LastWeek is the value at the same local time of the same weekday a week before.
	LastWeek float64
	// Usual is the band for that time.
	Usual Band
	// Deviation is Value less the usual median, in the units of the series.
	Deviation float64
	// Sigmas is Deviation over half the distance that holds 68 % of the values of a normal series with this band.
	Sigmas float64
	// Percent is Deviation in percent of the usual median.
	Percent float64
}
