package session

import (
	"time"

	"github.com/braidotel/braid/internal/eventtime"
)

// Advance lets time pass: a live clock follows the wall clock, waits and sessions end.
func (t *Table) Advance(now time.Time) {
	t.clock.Follow(now)
	t.settle()
}

// Finish lets all time pass that anything still waits for. A replay ends with it.
func (t *Table) Finish(now time.Time) {
	t.clock.AdvanceTo(t.clock.Head().Add(2*t.cfg.Wait+t.cfg.Lateness+time.Minute), now)
	t.settleAll()
	for t.open[0] > 0 && len(t.wheel.times) > 0 {
		next := t.clock.Head().Add(t.cfg.Idle + t.cfg.Lateness + time.Minute)
		t.clock.AdvanceTo(max(next, t.wheel.times[0].Add(t.cfg.Lateness)), now)
		t.settleAll()
	}
}

// settle does what has become due, or as much of it as one Advance may.
func (t *Table) settle() {
	t.expireHolds()
	head, watermark := t.clock.Head(), t.clock.Watermark()
	n := drain(t.checks, head, maxDue, t.check)
	n = drain(t.wheel, watermark, n, func(s *Session) { t.due(s, watermark) })
	n = drain(t.tokenEnds, head, n, func(h tokenHash) {
		if w := t.waiting[h]; w != nil && w.since.Add(tokenMemory) <= head {
			delete(t.waiting, h)
		}
	})
	for tr := t.traceLRU.oldest; n > 0 && t.over(tr, head); tr = t.traceLRU.oldest {
		t.forgetTrace(tr)
		n--
	}
	t.retired.expire(head.Add(-t.memory()), n)
	t.retire()
}

// maxDue bounds what one Advance does, so that none takes long however much has become due at once.
const maxDue = 1 << 11

// drain hands f what is due, at most n values, and returns how many more there might have been.
func drain[V any](w *wheel[V], now eventtime.Instant, n int, f func(V)) int {
	for due := w.pop(now, n); due != nil; due = w.pop(now, n) {
		n -= len(due)
		for _, v := range due {
			f(v)
		}
	}
	return n
}

// over reports whether nothing more is expected of a trace.
func (t *Table) over(tr *trace, head eventtime.Instant) bool {
	return tr != nil && tr.touched.Add(t.memory()) < head
}

// unsettled reports whether the last settle left anything that is due.
func (t *Table) unsettled() bool {
	head := t.clock.Head()
	return t.checks.due(head) || t.wheel.due(t.clock.Watermark()) || t.tokenEnds.due(head) ||
		t.over(t.traceLRU.oldest, head)
}

// settleAll does all that has become due.
func (t *Table) settleAll() {
	t.settle()
	for t.unsettled() {
		t.settle()
	}
}

// due looks at a session whose timer has come up.
func (t *Table) due(s *Session, watermark eventtime.Instant) {
	if s.timer > watermark {
		return // an older timer; another has been set since
	}
	s.timer = 0
	switch {
	case !t.lru.has(s), s.succession != nil && s.succession.merged != nil:
		// forgotten or merged: nothing left to end
	case s.closed:
		t.forget(s)
	case !s.announced:
		t.schedule(s, watermark.Add(t.cfg.Idle)) // its predecessor is due first
	case s.bound(t.cfg.Idle, t.cfg.Linger) >= watermark:
		t.schedule(s, s.bound(t.cfg.Idle, t.cfg.Linger))
	default:
		t.close(s, s.reason())
	}
}

func (t *Table) forgetTrace(tr *trace) {
	t.releaseTrace(tr)
	delete(t.traces, tr.id)
	tr.forgotten = true
	t.latest = nil
	t.traceLRU.remove(tr)
	t.markTrace(tr)
}
