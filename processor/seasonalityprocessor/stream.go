package seasonalityprocessor

import (
	"container/list"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/processor/seasonalityprocessor/internal/distribution"
)

// outcome is what became of a data point.
type outcome uint8

const (
	learnt outcome = iota
	first
	reset
	duplicate
	late
	notFinite
	empty
	malformed
	tenantLimit
	allOutcomes
)

var outcomeNames = [allOutcomes]string{
	"learnt", "first", "reset", "duplicate", "late", "not_finite", "empty", "malformed", "tenant_limit",
}

// stream is data points as one sender sends them: in order of time, each counter for itself. Several streams may make a
// series.
type stream struct {
	key     uint64
	element *list.Element
	group   *group // nil if no rule takes it
	isError bool

	last  eventtime.Instant // time of the latest point
	start eventtime.Instant // start time of the latest point
	value float64           // of a cumulative counter
	// What a cumulative histogram had counted.
	explicit    *distribution.Explicit
	exponential *distribution.Exponential

	// In the interval at hand:
	bucket int64
	gain   float64
	over   time.Duration
	share  float64 // of the group's total
}

// order says whether a point of that time follows the latest.
func (s *stream) order(at eventtime.Instant) outcome {
	switch {
	case at == s.last:
		return duplicate
	case at < s.last:
		return late
	}
	return learnt
}

// restarted reports whether a point's start time says that its counter began anew since the latest.
func (s *stream) restarted(start eventtime.Instant) bool {
	return s.last > 0 && s.start > 0 && start > s.start
}

// cumulative moves a counter on to v and returns what it gained over which time. A counter that began anew gained all it
// shows since it began, or since the latest point if it does not say when that was.
func (s *stream) cumulative(v float64, start, at eventtime.Instant, anew bool) (gain float64, over time.Duration, o outcome) {
	before, since := s.value, s.last
	anew = anew || v < before
	s.value, s.start, s.last = v, start, at
	switch {
	case since == 0:
		return 0, 0, first
	case !anew:
		return v - before, at.Sub(since), learnt
	case start > since && start < at:
		since = start
	}
	return v, at.Sub(since), reset
}

// delta is the gain that a point reports itself, since its start time or else the latest point.
func (s *stream) delta(v float64, start, at eventtime.Instant) (gain float64, over time.Duration, o outcome) {
	since := s.last
	s.start, s.last = start, at
	if start > 0 && start < at {
		since = start
	}
	if since == 0 {
		return 0, 0, first
	}
	return v, at.Sub(since), learnt
}

// enter begins an interval, if it is another than that of the latest point.
func (s *stream) enter(bucket int64) {
	if s.bucket != bucket {
		s.bucket, s.gain, s.over, s.share = bucket, 0, 0, 0
	}
}
