package session

import (
	"slices"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
)

const (
	// tokenMemory is how long a token that belongs to no session is remembered.
	tokenMemory = 30 * time.Minute
	// minWaiting is the length from which a list of what waits is cleared before it grows.
	minWaiting = 64
)

// waiter collects what waits for a token to be tied to a session.
type waiter struct {
	since  eventtime.Instant // when the token was first presented
	traces backlog[*trace]
	held   backlog[*Held]
}

func (w *waiter) addTrace(tr *trace) {
	tr.listed = true
	w.traces.add(tr, func(tr *trace) bool { return tr.forgotten || tr.session != nil })
}

func (w *waiter) addHeld(h *Held) { w.held.add(h, func(h *Held) bool { return h.released }) }

// backlog is a list that may grow for as long as a token stays nobody's: whenever it has doubled, what is over is dropped.
type backlog[V any] struct {
	all     []V
	clearAt int
}

func (b *backlog[V]) add(v V, over func(V) bool) {
	if len(b.all) >= max(minWaiting, b.clearAt) {
		b.all = slices.DeleteFunc(b.all, over)
		b.clearAt = 2 * len(b.all)
	}
	b.all = append(b.all, v)
}

// wake gives a token's session to all that waited for it.
func (t *Table) wake(h tokenHash, s *Session) {
	w := t.waiting[h]
	if w == nil {
		return
	}
	delete(t.waiting, h)
	for _, tr := range w.traces.all {
		if tr.session == nil {
			t.bindTrace(tr, s)
		}
	}
	for _, held := range w.held.all {
		held.item.session = s
		t.woken = append(t.woken, held)
	}
}

// releaseBound releases what has found its session, once everything that follows from the item at hand is known: one
// trace may bring the session, the next of the same session its user.
func (t *Table) releaseBound() {
	for _, tr := range t.bound {
		if t.resolved(tr) {
			t.releaseTrace(tr)
		}
	}
	for _, held := range t.woken {
		t.release(held)
	}
	clear(t.bound)
	clear(t.woken)
	t.bound, t.woken = t.bound[:0], t.woken[:0]
}

// waiter returns where to wait for a token.
func (t *Table) waiter(h tokenHash) *waiter {
	w := t.waiting[h]
	if w == nil {
		if len(t.waiting) >= t.cfg.MaxTokens {
			t.evictToken()
		}
		w = &waiter{since: t.clock.Head()}
		t.waiting[h] = w
		t.tokenEnds.add(h, w.since.Add(tokenMemory))
	}
	return w
}

// evictToken forgets some waiting token; map order is as good as any among tokens nobody could place.
func (t *Table) evictToken() {
	for h := range t.waiting {
		delete(t.waiting, h)
		t.stats.EvictedTokens++
		return
	}
}
