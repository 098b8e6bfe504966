package seasonal

import (
	"math"
	"time"

	"github.com/braidotel/braid/internal/surprise"
)

// Season is the longest pattern a series is allowed to have.
type Season uint8

const (
	// SeasonAuto lets the data decide between none, day and week.
	SeasonAuto Season = iota
	// SeasonDay looks for a daily pattern only.
	SeasonDay
	// SeasonWeek looks for daily and weekly patterns.
	SeasonWeek
	// SeasonNone is a level without a pattern.
	SeasonNone
)

// Direction says which deviations count as surprising.
type Direction uint8

const (
	// Both counts deviations to either side.
	Both Direction = iota
	// Above counts values above what is usual.
	Above
	// Below counts values below what is usual.
	Below
)

// Options is what all series of one rule share. It is read-only once a Series uses it.
type Options struct {
	// Season is the longest pattern to learn.
	Season Season
	// Location is the zone whose clock and calendar the pattern follows, changes to and from summer time included; nil is UTC.
	Location *time.Location
	// Direction says which deviations are scored.
	Direction Direction
	// Floor and Ceiling bound what the series can be; bands and forecasts never leave them. NaN is no bound.
	Floor, Ceiling float64
	// MinDev is the smallest deviation from the median that may be scored, in the units of the series.
	MinDev float64
	// Threshold is the score at which an alarm is raised, 0 to 1; zero is the default.
	Threshold float64
}

// NewOptions returns options without bounds: any season, UTC, both directions.
func NewOptions() *Options { return &Options{Floor: math.NaN(), Ceiling: math.NaN()} }

// clamp keeps v within floor and ceiling.
func (o *Options) clamp(v float64) float64 {
	if v < o.Floor {
		return o.Floor
	}
	if v > o.Ceiling {
		return o.Ceiling
	}
	return v
}

func (o *Options) clampBand(b Band) Band {
	return Band{Low: o.clamp(b.Low), Median: o.clamp(b.Median), High: o.clamp(b.High)}
}

// surprise returns what these options mean to the scorer.
func (o *Options) surprise() *surprise.Options {
	return &surprise.Options{Threshold: o.Threshold, Direction: surprise.Direction(o.Direction), MinDev: o.MinDev}
}
