package session

import (
	"slices"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/identity"
)

// Held is an item that waits for its identity.
type Held struct {
	item     Item
	payload  any
	deadline eventtime.Instant // of the head
	released bool
	next     *Held // of the same trace
}

// holds queues what is held by deadline; as the wait is the same for all, that is the order of arrival.
type holds struct {
	queue []*Held
	front int
	count int
}

func (q *holds) push(h *Held) {
	if len(q.queue) > 1024+2*q.count {
		q.queue = slices.DeleteFunc(q.queue, func(h *Held) bool { return h == nil || h.released })
		q.front = 0
	}
	q.queue = append(q.queue, h)
	q.count++
}

// first returns the oldest that is still held, nil if none is.
func (q *holds) first() *Held {
	for q.front < len(q.queue) {
		if h := q.queue[q.front]; !h.released {
			return h
		}
		q.queue[q.front] = nil
		q.front++
	}
	q.queue, q.front = q.queue[:0], 0
	return nil
}

// Resolve writes into an empty id who is behind an item that was learnt, and reports whether waiting may tell more.
func (t *Table) Resolve(it *Item, id *Identity) (wait bool) {
	*id = t.identify(it)
	if t.cfg.Wait <= 0 {
		if id.Session == "" && it.trace != nil && it.trace.session == nil && len(it.trace.tokens) > 0 {
			t.promote(it.trace)
			t.releaseBound()
			*id = t.identify(it)
		}
		return false
	}
	if it.trace == nil {
		return id.Session == "" && it.Evidence.Presented.Value != ""
	}
	return id.Session == "" || id.User == "" && !it.trace.settled
}

// identify puts together what is known about an item by now.
func (t *Table) identify(it *Item) (id Identity) {
	e, tr := it.Evidence, it.trace
	id = Identity{User: e.User, Client: e.Client, Source: e.SessionSource}
	s := it.session.current()
	if s == nil && tr != nil {
		s = tr.session.current()
	}
	if s != nil {
		id.Session = s.id
		if id.Source == identity.SourceNone {
			id.Source = identity.SourceTrace
		}
	}
	if tr != nil {
		if other := tr.session.current(); id.User == "" && (s == nil || other == nil || s.id == other.id) {
			id.User = tr.user // unless the item names another session than its trace's
		}
		if tr.client != "" {
			id.Client = tr.client
		}
	}
	if id.User == "" && s != nil {
		at := it.at
		if tr != nil {
			at = tr.start
		}
		id.User = s.userAt(at)
	}
	return id
}

// Hold keeps a payload until its item's identity is known or the wait is over, and returns what names it.
func (t *Table) Hold(it *Item, payload any) *Held {
	if t.holds.count >= t.cfg.MaxHeld {
		if oldest := t.holds.first(); oldest != nil {
			t.stats.EvictedHolds++
			t.release(oldest)
		}
	}
	h := &Held{item: *it, payload: payload, deadline: t.clock.Head().Add(t.cfg.Wait)}
	h.item.Evidence = own(it.Evidence)
	if tr := it.trace; tr != nil {
		h.next, tr.held = tr.held, h
	} else {
		t.waiter(t.hash.token(it.Evidence.Presented.Name, normalise(it.Evidence.Presented))).addHeld(h)
	}
	t.holds.push(h)
	return h
}

// own copies of evidence what a release needs.
func own(e *identity.Evidence) *identity.Evidence {
	if e == &nothing {
		return e
	}
	return &identity.Evidence{User: e.User, Client: e.Client, SessionSource: e.SessionSource}
}

// nothing is the evidence of items that carry none.
var nothing identity.Evidence

// Like reports whether an item says nothing itself and is of the same trace as one before that did not either: their
// identities are the same.
func (it *Item) Like(before *Item) bool {
	return it.trace != nil && it.trace == before.trace && it.Evidence == &nothing && before.Evidence == &nothing
}

// resolved reports whether waiting tells nothing more about a trace.
func (t *Table) resolved(tr *trace) bool {
	s := tr.session.current()
	return s != nil && (tr.settled || tr.user != "" || s.userAt(tr.start) != "")
}

func (t *Table) releaseTrace(tr *trace) {
	h := tr.held
	tr.held = nil
	for ; h != nil; h = h.next {
		t.release(h)
	}
}

func (t *Table) release(h *Held) {
	if h.released {
		return
	}
	h.released = true
	t.holds.count--
	id := t.identify(&h.item)
	t.released = append(t.released, Release{Payload: h.payload, Identity: id, Known: id.Session != ""})
	h.payload = nil
}

// Cancel takes a held payload back: its batch was refused and will come again. It reports whether it was still held.
func (t *Table) Cancel(h *Held) bool {
	if h.released {
		return false
	}
	h.released = true
	h.payload = nil
	t.holds.count--
	return true
}

// expireHolds ends the waits that are over; a trace that still belongs to nobody may be promoted.
func (t *Table) expireHolds() {
	for h := t.holds.first(); h != nil && h.deadline <= t.clock.Head(); h = t.holds.first() {
		tr := h.item.trace
		if tr == nil {
			t.release(h)
			continue
		}
		if tr.session == nil {
			t.promote(tr)
			t.releaseBound()
		}
		if tr.session != nil {
			tr.settled = true
			t.releaseTrace(tr)
		}
		t.release(h)
	}
}

// Held is how many payloads are held.
func (t *Table) Held() int { return t.holds.count }

// CancelHeld takes the held payloads that match back.
func (t *Table) CancelHeld(match func(payload any) bool) {
	for _, h := range t.holds.queue[t.holds.front:] {
		if h != nil && !h.released && match(h.payload) {
			t.Cancel(h)
		}
	}
}

// ReleaseHeld ends the waits of the payloads that match, with what is known by now.
func (t *Table) ReleaseHeld(match func(payload any) bool) {
	for _, h := range t.holds.queue[t.holds.front:] {
		if h != nil && !h.released && match(h.payload) {
			t.release(h)
		}
	}
}
