package surprise

import (
	"math"

	"github.com/braidotel/braid/internal/eventtime"
)

const (
	half       = 8.6   // nats at which the score is one half
	shortPast  = 4000  // points before which a past is short
	shortTrust = .5    // how far a record in a short past is taken for one in a long past
	largest    = 1e150 // larger values are not numbers that can be calculated with
	warmPoints = 100   // points, and
	calmNats   = 3.5   // surprise below which a point is calm: one in 33 is above it
	calmRun    = 5     // calm points in a row that end an episode
	leastDamp  = .1    // weight of the first point of an episode
)

// Scorer judges the points of one series. It is not safe for concurrent use.
type Scorer struct {
	o *Options
	s state
}

// state is all that a Scorer remembers, of fixed size.
type state struct {
	Clock   clock
	Profile profile
	Views   views
	Rest    rest
	Since   int64 // when the episode began, zero outside
	Calm    uint16
}

// New returns a Scorer that has seen nothing.
func New(o *Options) *Scorer { return &Scorer{o: o} }

// Observe judges one point by what came before, and learns from it. Points that are not finite numbers or not newer than
// the last are passed over with an empty verdict; should the newer times have been the wrong ones, the clock follows
// after 16 such points. It neither fails nor allocates.
func (s *Scorer) Observe(at eventtime.Instant, v float64, e Expectation) Verdict {
	if !(math.Abs(v) < largest) || at <= 0 {
		return Verdict{Active: s.s.Since != 0}
	}
	before := s.s.Clock.Last
	if !s.s.Clock.tick(at, s.o.Step) {
		return Verdict{Active: s.s.Since != 0}
	}
	perDay := s.s.Clock.perDay()
	if !e.Known || !(math.Abs(e.Median) < largest) {
		e.Median, e.Known = s.s.Profile.expect(at)
	}
	nats := s.s.Views.see(s.o, at, v, perDay, e)
	s.s.Profile.learn(at, v, perDay/hoursOfDay)
	points := float64(s.s.Views.Points)
	if points < max(warmPoints, perDay) {
		return Verdict{Damp: 1}
	}
	if nats > 0 {
		nats += shortTrust * math.Log(shortPast/min(points, shortPast))
	}
	return s.verdict(at, nats, before)
}

func (s *Scorer) verdict(at eventtime.Instant, nats float64, before int64) Verdict {
	step := max(s.s.Clock.Step, 1)
	over := restPoints
	if s.o.Rest > 0 {
		over = max(float64(s.o.Rest)/step, 1)
	}
	gap := max(float64(int64(at)-before)/step, 1)
	v := Verdict{Score: scoreOf(s.s.Rest.mute(nats, gap, over))}
	v.Alarm = v.Score >= s.o.threshold()
	s.episode(at, nats, v.Alarm)
	v.Active = s.s.Since != 0
	v.Damp = s.damp(at, nats)
	return v
}

// scoreOf maps nats to [0, 1).
func scoreOf(nats float64) float64 { return nats / (nats + half) }

// episode opens at an alarm and closes after a run of calm points, or after a day.
func (s *Scorer) episode(at eventtime.Instant, nats float64, alarm bool) {
	switch {
	case nats >= calmNats:
		s.s.Calm = 0
	case s.s.Calm < calmRun:
		s.s.Calm++
	}
	switch {
	case s.s.Since == 0 && alarm:
		s.s.Since = int64(at)
	case s.s.Since != 0 && (s.s.Calm >= calmRun || int64(at)-s.s.Since > nanosPerDay):
		s.s.Since = 0
	}
}

// damp falls from 1 at a calm point to leastDamp at half a score, and rises again in the course of an episode: what lasts
// for a day is the new normal.
func (s *Scorer) damp(at eventtime.Instant, nats float64) float64 {
	least := leastDamp
	if s.s.Since != 0 {
		least += (1 - leastDamp) * float64(int64(at)-s.s.Since) / float64(nanosPerDay)
	}
	return min(max(1-(1-leastDamp)*(nats-calmNats)/(half-calmNats), least), 1)
}
