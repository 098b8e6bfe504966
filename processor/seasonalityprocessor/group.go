package seasonalityprocessor

import (
	"container/list"
	"math"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/processor/seasonalityprocessor/internal/distribution"
)

// group is what is learnt together: the series, one for each measure, of a metric with the same attributes.
type group struct {
	key     uint64
	element *list.Element
	tenant  *tenant
	rule    *rule
	origin  *origin
	plans   []plan
	series  []series // as plans; nil once the group was given up
	node    *node    // through which its points came last; nil after a restart

	bucket int64 // the interval that is open, or closedBucket
	closed int64 // the latest that is not
	gathered

	slot     int32 // of the storage, or noSlot
	dirty    bool
	storedAt time.Time // wall time
}

// series is one model and where it stands.
type series struct {
	model  model
	valued eventtime.Instant // time of the latest value
	told   eventtime.Instant // when last said that it is active
	active bool
}

// gathered is what came of the points of an interval.
type gathered struct {
	points      int
	sum         float64 // of gauges
	total       float64 // of the streams' rates, or levels
	gains       float64 // of counters
	errors      float64 // thereof
	explicit    *distribution.Explicit
	exponential *distribution.Exponential
	means       []mean // of a summary's quantiles, as plans
}

type mean struct {
	sum float64
	n   int
}

// closedBucket says that no interval is open.
const closedBucket = math.MinInt64

// open makes the interval of a point the open one and reports whether it could. One that is behind, by no more than the
// allowed lateness, counts in the interval that is open: its stream is not as quick as others of the group.
func (g *group) open(at eventtime.Instant, lateness time.Duration) bool {
	bucket := int64(at) / int64(g.rule.width)
	if g.bucket != closedBucket && bucket < g.bucket {
		return at >= eventtime.Instant(g.bucket*int64(g.rule.width)).Add(-lateness)
	}
	if bucket <= g.closed {
		return false
	}
	g.bucket = bucket
	return true
}

// due reports whether the open interval ended before the one of that time.
func (g *group) due(at eventtime.Instant) bool {
	return g.bucket != closedBucket && at >= g.end()
}

// end is the end of the open interval.
func (g *group) end() eventtime.Instant {
	return eventtime.Instant((g.bucket + 1) * int64(g.rule.width))
}

// addRate adds a gain to the open interval.
func (g *group) addRate(s *stream, gain float64, over time.Duration) {
	s.enter(g.bucket)
	s.gain += gain
	s.over += over
	share := s.gain / s.over.Seconds()
	g.total += share - s.share
	s.share = share
	g.gains += gain
	if s.isError {
		g.errors += gain
	}
	g.points++
}

// addLevel makes v the stream's level in the open interval.
func (g *group) addLevel(s *stream, v float64) {
	s.enter(g.bucket)
	g.total += v - s.share
	s.share = v
	g.points++
}

// value is what the open interval comes to in a measure; NaN if it says nothing.
func (g *group) value(i int) float64 {
	p := &g.plans[i]
	switch p.kind {
	case kindRate:
		if g.points > 0 {
			return max(g.total, 0) // sums of differences may end below
		}
	case kindErrorRatio:
		if g.gains > 0 {
			return g.errors / g.gains
		}
	case kindQuantile:
		return g.quantile(i)
	case kindValue:
		switch {
		case g.points == 0:
		case g.origin.typ == typeLevel:
			return g.total
		default:
			return g.sum / float64(g.points)
		}
	}
	return math.NaN()
}

func (g *group) quantile(i int) float64 {
	switch {
	case g.explicit != nil:
		return g.explicit.Quantile(g.plans[i].quantile)
	case g.exponential != nil:
		return g.exponential.Quantile(g.plans[i].quantile)
	case len(g.means) > i && g.means[i].n > 0:
		return g.means[i].sum / float64(g.means[i].n)
	}
	return math.NaN()
}

// begin ends the open interval and forgets what was gathered in it.
func (g *group) begin() {
	g.closed, g.bucket = g.bucket, closedBucket
	g.points, g.sum, g.total, g.gains, g.errors = 0, 0, 0, 0, 0
	if g.explicit != nil {
		g.explicit.Reset()
	}
	if g.exponential != nil {
		g.exponential.Reset()
	}
	clear(g.means)
}

// active reports whether any of the series is in an episode.
func (g *group) active() bool {
	for i := range g.series {
		if g.series[i].active {
			return true
		}
	}
	return false
}
