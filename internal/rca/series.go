package rca

import (
	"math"
	"slices"
)

const (
	ringBins    = 64           // steps of the recent past that a series keeps
	forgetSteps = 4 * 3600 / 5 // steps in which half of what is older is forgotten
)

// signalKind is what a series measures. Those of one execution of an operation are counted by traces: see takeApart.
type signalKind uint8

const (
	sigRate       signalKind = iota // traces that hold an operation
	sigLogged                       // the same, while logs were flowing
	sigCalls                        // traces that hold a call from one service to another
	sigErrors                       // failed executions
	sigUnanswered                   // calls that no span of the called service answers
	sigSpans                        // child spans of a name
	sigLogs                         // log records of a template
	sigLatency                      // duration of an operation
	sigSelf                         // duration of a service's own work
	sigGap                          // client duration less server duration
	sigStatement                    // duration of a database call
	sigPod                          // own work in one pod, relative to the usual of the operation
	sigForeign                      // duration of a call of somebody without traces
	sigKinds
)

// key names a series.
type key struct {
	signal    signalKind
	service   string
	operation string
	item      string // child span, statement, called service or pod
	template  uint64
}

// bin sums what was seen of a series in one step: how many traces, their values, and the squares of these.
type bin struct {
	step    int32
	n, s, q float32
}

// sample sums bins; steps counts them.
type sample struct{ n, s, q, steps float64 }

func (x *sample) add(b *bin) {
	x.n += float64(b.n)
	x.s += float64(b.s)
	x.q += float64(b.q)
	x.steps++
}

func (x *sample) scale(f float64) {
	x.n *= f
	x.s *= f
	x.q *= f
	x.steps *= f
}

// series is what is known of one signal of one entity.
type series struct {
	key  key
	base *series // of what is counted per execution: the executions
	text string  // log template
	ring [ringBins]bin
	old  sample // quiet steps that left the ring, slowly forgotten
	aged int32  // step up to which old was forgotten
	last int32  // step of the newest bin
}

func (s *series) is(k key) bool { return s.key == k }

// add takes in what one trace says.
func (s *series) add(step int32, v float64, q *quiet) {
	b := &s.ring[uint32(step)%ringBins]
	if b.step > step {
		return // older than what is kept
	}
	if b.step < step {
		if b.n > 0 && q.at(b.step) {
			s.age(step)
			s.old.add(b)
		}
		*b = bin{step: step}
		s.last = max(s.last, step)
	}
	b.n++
	b.s += float32(v)
	b.q += float32(v * v)
}

// age forgets. It depends on time alone, so that shares of two series keep.
func (s *series) age(step int32) {
	if s.aged != 0 && step > s.aged {
		s.old.scale(math.Exp2(-float64(step-s.aged) / forgetSteps))
	}
	s.aged = max(s.aged, step)
}

// split sums the quiet before a step, and all from it on up to another.
func (s *series) split(from, to int32, q *quiet) (before, after sample) {
	before = s.old
	if s.aged != 0 && from > s.aged {
		before.scale(math.Exp2(-float64(from-s.aged) / forgetSteps))
	}
	for i := range s.ring {
		switch b := &s.ring[i]; {
		case b.n == 0 || b.step >= to:
		case b.step >= from:
			after.add(b)
		case q.at(b.step):
			before.add(b)
		}
	}
	return before, after
}

// quiet remembers which steps were disturbed: nothing is learnt of these.
type quiet struct {
	disturbed []stretch // in order of time
}

// stretch is a run of steps, the last one excluded.
type stretch struct{ from, to int32 }

const maxStretches = 64

func (q *quiet) at(step int32) bool {
	for i := len(q.disturbed) - 1; i >= 0; i-- {
		if d := q.disturbed[i]; step >= d.from {
			if step < d.to {
				return false
			}
			if i > 0 && q.disturbed[i-1].to > step {
				continue // overlapping stretches
			}
			return true
		}
	}
	return true
}

// disturb marks a stretch, as the one begun last if that has the same begin.
func (q *quiet) disturb(from, to int32) {
	if n := len(q.disturbed); n > 0 && q.disturbed[n-1].from == from {
		q.disturbed[n-1].to = max(q.disturbed[n-1].to, to)
		return
	}
	if len(q.disturbed) == maxStretches {
		q.disturbed = append(q.disturbed[:0], q.disturbed[1:]...)
	}
	q.disturbed = append(q.disturbed, stretch{from, to})
}

// forget takes back that a stretch was disturbed.
func (q *quiet) forget(from int32) {
	q.disturbed = slices.DeleteFunc(q.disturbed, func(d stretch) bool { return d.from == from })
}
