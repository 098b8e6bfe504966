// Package backtest runs the seasonal model over a recorded series, point by point as it would have run live, and measures
// how good it was: what it called unusual, how often its bands held, how far its forecasts were off.
package backtest

import (
	"math"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/seasonal"
)

// Row is one point and what the model made of it before it learnt from it.
type Row struct {
	At      eventtime.Instant
	Value   float64
	Verdict seasonal.Verdict
}

// Lead sums up the forecasts made one distance ahead, from the third day of the series on.
type Lead struct {
	// Ahead is the distance from the forecast to what it foretold.
	Ahead time.Duration
	// Forecasts counts those whose outcome the series holds.
	Forecasts int
	// Covered counts the outcomes within the 90 % band.
	Covered int

	missed, naive float64 // sums of absolute errors, where there was a value a day before: ours, and of that value
}

// Coverage is the share of outcomes within the 90 % band; NaN without any.
func (l *Lead) Coverage() float64 { return float64(l.Covered) / float64(l.Forecasts) }

// Relative is the mean absolute error of the median over that of "the same as a day before" (the daily seasonal naive),
// over the outcomes that have such a day. NaN without any; below 1 is better.
func (l *Lead) Relative() float64 { return l.missed / l.naive }

// Summary is the outcome of a run.
type Summary struct {
	// Points counts the points by their outcome.
	Points map[seasonal.Outcome]int
	// First and Last are the times of the first and last point that was learnt.
	First, Last eventtime.Instant
	// Alarms counts the points that opened an episode, Unusual those within one.
	Alarms, Unusual int
	// Leads are the forecasts by distance.
	Leads []Lead
}

// AlarmsPerWeek is the rate of alarms; NaN for a series without duration.
func (s *Summary) AlarmsPerWeek() float64 {
	const week = 7 * 24 * time.Hour
	if s.Last <= s.First {
		return math.NaN()
	}
	return float64(s.Alarms) * float64(week) / float64(s.Last.Sub(s.First))
}

const (
	day = 24 * time.Hour
	// warm is how long a series is learnt before forecasts of it are measured: a day of pattern, and one more to know its
	// errors.
	warm = 2 * day
	// pace is how often forecasts are made: often enough for a figure, seldom enough to cost nothing.
	pace = time.Hour
	// tolerance is how far a point may lie from the time foretold to count as its outcome: series have their own grid.
	tolerance = 30 * time.Minute
)

// aheads are the distances measured.
var aheads = []time.Duration{time.Hour, 3 * time.Hour, 6 * time.Hour, day}

// Run is a run under way.
type Run struct {
	series  *seasonal.Series
	summary Summary
	pending [][]forecast // by lead, oldest first
	next    eventtime.Instant
	past    []Row // the last day and a bit, oldest first
}

type forecast struct {
	due  eventtime.Instant
	band seasonal.Band
}

// New begins a run of an untaught model.
func New(o *seasonal.Options) *Run {
	r := &Run{series: seasonal.New(o), pending: make([][]forecast, len(aheads))}
	r.summary.Points = map[seasonal.Outcome]int{}
	for _, ahead := range aheads {
		r.summary.Leads = append(r.summary.Leads, Lead{Ahead: ahead})
	}
	return r
}

// Observe takes the next point of the recording.
func (r *Run) Observe(at eventtime.Instant, value float64) Row {
	row := Row{At: at, Value: value, Verdict: r.series.Observe(at, value)}
	r.summary.Points[row.Verdict.Outcome]++
	if row.Verdict.Outcome != seasonal.Learnt {
		return row
	}
	if r.summary.First == 0 {
		r.summary.First = at
	}
	r.summary.Last = at
	if row.Verdict.Alarm {
		r.summary.Alarms++
	}
	if row.Verdict.Active {
		r.summary.Unusual++
	}
	r.settle(row)
	r.remember(row)
	if at >= r.next && at.Sub(r.summary.First) >= warm {
		r.next = at.Truncate(pace).Add(pace)
		r.foretell(at)
	}
	return row
}

// Series returns the model as the points so far have taught it.
func (r *Run) Series() *seasonal.Series { return r.series }

// Summary returns the figures so far.
func (r *Run) Summary() Summary { return r.summary }

// settle holds the forecasts that have come due against the point; those that no point came close to are dropped.
func (r *Run) settle(row Row) {
	for i := range r.pending {
		due := r.pending[i]
		for len(due) > 0 && due[0].due <= row.At {
			if row.At.Sub(due[0].due) <= tolerance {
				r.summary.Leads[i].count(row.Value, due[0].band, r.dayBefore(row.At))
			}
			due = due[1:]
		}
		r.pending[i] = due
	}
}

func (l *Lead) count(value float64, band seasonal.Band, naive float64) {
	l.Forecasts++
	if band.Low <= value && value <= band.High {
		l.Covered++
	}
	if !math.IsNaN(naive) {
		l.missed += math.Abs(value - band.Median)
		l.naive += math.Abs(value - naive)
	}
}

func (r *Run) foretell(at eventtime.Instant) {
	for i, ahead := range aheads {
		if band := r.series.Forecast(ahead); band.Known() {
			r.pending[i] = append(r.pending[i], forecast{at.Add(ahead), band})
		}
	}
}

func (r *Run) remember(row Row) {
	horizon := row.At.Add(-day - tolerance)
	for len(r.past) > 0 && r.past[0].At < horizon {
		r.past = r.past[1:]
	}
	r.past = append(r.past, row)
}

// dayBefore returns the value closest to a day before t, NaN where there is none near.
func (r *Run) dayBefore(t eventtime.Instant) float64 {
	target, best, value := t.Add(-day), tolerance, math.NaN()
	for _, row := range r.past {
		if off := row.At.Sub(target).Abs(); off <= best {
			best, value = off, row.Value
		}
		if row.At > target.Add(tolerance) {
			break
		}
	}
	return value
}
