package seasonal

import (
	"math"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/surprise"
)

const (
	second     = int64(1e9)
	largest    = 1e30 // larger values are no quantities
	staleLimit = 16   // points in a row that are not newer, after which they are believed
)

// Series is the model of one series. It is not safe for concurrent use.
type Series struct {
	o        *Options
	calendar calendar
	scorer   surprise.Scorer
	s        state
}

// New returns a model that has seen nothing.
func New(o *Options) *Series {
	s := &Series{o: o, calendar: newCalendar(o.Location), scorer: *surprise.New(o.surprise())}
	s.s.Profile.init()
	for i := range s.s.Horizons {
		s.s.Horizons[i].init(leads[i])
	}
	for i := range s.s.Recent {
		s.s.Recent[i] = unknown16
	}
	s.s.Hour.ID = math.MinInt64
	s.s.Bin = math.MinInt64
	return s
}

// Observe judges one point by what came before and learns from it. It neither fails nor allocates: points that are not
// newer than the last, or are no finite numbers, are passed over. Should the newer times have been the wrong ones, the
// model follows after 16 such points.
func (s *Series) Observe(at eventtime.Instant, v float64) Verdict {
	if !(math.Abs(v) < largest) || at <= 0 {
		return Verdict{Outcome: Invalid}
	}
	if s.s.Points > 0 && int64(at) <= s.s.Last {
		s.s.Stale++
		if s.s.Stale < staleLimit {
			if int64(at) == s.s.Last {
				return Verdict{Outcome: Duplicate}
			}
			return Verdict{Outcome: Late}
		}
		s.turnBack(at)
	}
	s.s.Stale = 0
	sec := int64(at) / second
	gap := s.advance(at, sec, v)
	usual := s.s.Open.band()
	verdict := s.scorer.Observe(at, v, surprise.Expectation{Median: usual.Median, Known: usual.Known()})
	s.absorb(sec, v, gap, verdict.Damp)
	return Verdict{
		Outcome: Learnt,
		Score:   verdict.Score, Alarm: verdict.Alarm, Active: verdict.Active,
		Usual: s.o.clampBand(usual),
	}
}

// turnBack accepts that the clock of the series has gone back.
func (s *Series) turnBack(at eventtime.Instant) {
	age := s.s.Last/second - s.s.First
	sec := int64(at) / second
	s.s.First, s.s.Resumed, s.s.Last = sec-age, sec, int64(at)-1
	s.s.Bin, s.s.Hour = math.MinInt64, hour{ID: math.MinInt64}
	for i := range s.s.Horizons {
		s.s.Horizons[i].Blend.Solved = 0
	}
	for i := range s.s.Recent {
		s.s.Recent[i] = unknown16
	}
}
