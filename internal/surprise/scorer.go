package surprise

import (
	"math"

	"github.com/braidotel/braid/internal/eventtime"
)

const (
	half       = 8.75  // nats at which the score is one half: one point in 6,000
	shortPast  = 4000  // points before which a past is short
	shortTrust = .5    // how far a record in a short past is taken for one in a long past
	usualPace  = 288   // points a day that need no allowance
	paceTrust  = .1    // how far the weight of an incident follows the pace
	largest    = 1e150 // larger values are not numbers that can be calculated with
	warmPoints = 100   // points, and at least a day, before anything is scored
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
	Episode episode
}

// New returns a Scorer that has seen nothing.
func New(o *Options) *Scorer { return &Scorer{o: o} }

// Observe judges one point by what came before, and learns from it. Points that are not finite numbers or not newer than
// the last are passed over with an empty verdict; should the newer times have been the wrong ones, the clock follows
// after 16 such points. It neither fails nor allocates.
func (s *Scorer) Observe(at eventtime.Instant, v float64, e Expectation) Verdict {
	if !(math.Abs(v) < largest) || at <= 0 {
		return Verdict{Active: s.s.Episode.active()}
	}
	before := s.s.Clock.Last
	if !s.s.Clock.tick(at, s.o.Step) {
		return Verdict{Active: s.s.Episode.active()}
	}
	perDay := s.s.Clock.perDay()
	if !e.Known || !(math.Abs(e.Median) < largest) {
		e.Median, e.Known = s.s.Profile.expect(at)
	}
	steps := max(float64(int64(at)-before)/max(s.s.Clock.Step, 1), 1)
	if steps > longGap {
		s.s.Views.start(v)
	}
	level := s.s.Views.Level
	nats := s.s.Views.see(s.o, at, v, perDay, e)
	s.s.Profile.learn(at, v, perDay/hoursOfDay)
	points := float64(s.s.Views.Points)
	if points < max(warmPoints, perDay) {
		return Verdict{Damp: 1}
	}
	if nats > 0 {
		nats += allowance(points, perDay)
	}
	return s.verdict(at, v, level, nats, steps)
}

// allowance is what pasts of different length and pace have ahead of each other, in nats. A record in a short past cannot
// be as rare as one in a long past, and with a finer step one incident covers more points and weighs more in the past.
func allowance(points, perDay float64) float64 {
	return shortTrust*math.Log(shortPast/min(points, shortPast)) + paceTrust*math.Log(max(perDay, hoursOfDay)/usualPace)
}

// verdict turns the surprise of v, before which the level was level, into what is said of it.
func (s *Scorer) verdict(at eventtime.Instant, v, level, nats, steps float64) Verdict {
	over := restPoints
	if s.o.Rest > 0 {
		over = max(float64(s.o.Rest)/max(s.s.Clock.Step, 1), 1)
	}
	nats = max(nats, 0)
	score := scoreOf(s.s.Rest.mute(nats, s.s.Episode.excuse(v), steps, over))
	alarm := score >= s.o.threshold()
	s.s.Episode.follow(at, v, level, nats, alarm)
	return Verdict{Score: score, Alarm: alarm, Active: s.s.Episode.active(), Damp: s.s.Episode.damp(at, nats)}
}

// scoreOf maps nats to [0, 1).
func scoreOf(nats float64) float64 { return nats / (nats + half) }
