package session

import (
	"cmp"
	"slices"
	"strings"

	"github.com/braidotel/braid/internal/eventtime"
)

// openVisit returns the visit under a session id that activity at an instant belongs to, beginning one if there is none.
func (t *Table) openVisit(id string, start eventtime.Instant) *Session {
	h := t.hash.session(id)
	s := t.sessions[h].current()
	if s == nil {
		s = t.newSession(id, start)
		t.sessions[h] = s
		t.announce(s)
		return s
	}
	return t.visitOf(s, start)
}

// visitOf returns the visit of s's id that activity at an instant belongs to.
func (t *Table) visitOf(s *Session, start eventtime.Instant) *Session {
	for s = s.current(); start > s.bound(t.cfg.Idle, t.cfg.Linger); s = s.succession.next {
		if !s.closed && s.replacedAt() != 0 && s.logout == 0 {
			s.succession.replacedAt = 0 // it goes on beside its successor: two tabs, not a rotation
			t.schedule(s, s.bound(t.cfg.Idle, t.cfg.Linger))
			if start <= s.bound(t.cfg.Idle, t.cfg.Linger) {
				break
			}
		}
		if s.closed {
			return t.succeedVisit(s, start)
		}
		if s.ties().next == nil {
			// Not announced yet: out of order data may still show that the visit before had not ended.
			t.touchSession(s)
			next := t.newSession(s.id, start)
			next.promoted = s.promoted
			s.succession.next = next
			if s.closed { // it had to make room
				t.promoteNext(s)
				return next
			}
		}
	}
	return s
}

// succeedVisit begins the visit after one that has ended, unless that has happened already.
func (t *Table) succeedVisit(s *Session, start eventtime.Instant) *Session {
	h := t.hash.session(s.id)
	if now := t.sessions[h].current(); now != nil && now != s {
		return t.visitOf(now, start)
	}
	next := t.newSession(s.id, start)
	next.promoted = s.promoted
	next.relate(s)
	t.sessions[h] = next
	t.announce(next)
	return next
}

func (t *Table) newSession(id string, start eventtime.Instant) *Session {
	for t.lru.count >= t.cfg.MaxSessions && t.lru.oldest != nil {
		t.evict(t.lru.oldest)
	}
	t.serial++
	s := &Session{id: strings.Clone(id), serial: t.serial, start: start, last: start}
	if t.dirty.enabled {
		t.serials[s.serial] = s
	}
	t.touchSession(s)
	t.schedule(s, s.bound(t.cfg.Idle, t.cfg.Linger))
	return s
}

// schedule makes due look at s no later than at. A timer that is due before that is left to do it.
func (t *Table) schedule(s *Session, at eventtime.Instant) {
	if s.timer != 0 && s.timer <= at {
		return
	}
	s.timer = at
	t.wheel.add(s, at)
	t.wheel.sweep(t.lru.count, t.lru.has) // of those that gave way to others
}

// touchSession notes that a session has changed. Its place in the order of last touch may wait while the table is so empty
// that nobody has to give way soon.
func (t *Table) touchSession(s *Session) {
	t.markSession(s)
	head := t.clock.Head()
	if t.lru.has(s) && t.lru.count < t.cfg.MaxSessions/2 && head.Sub(s.touched) < touchEvery {
		return
	}
	s.touched = head
	t.lru.touch(s)
}

// announce tells that a session has begun.
func (t *Table) announce(s *Session) {
	s.announced = true
	t.stats.Started++
	t.dirty.totals = true
	t.open[0]++
	for p := range s.places.all() {
		t.active(p, 1)
	}
	t.emit(Event{Kind: EventStart, At: s.start, Session: t.summary(s)})
}

func (t *Table) active(p Place, n int) {
	if missing := int(p) + 1 - len(t.open); missing > 0 {
		t.open = append(t.open, make([]int, missing)...)
	}
	t.open[p] += n
}

// close tells that a session has ended; it is remembered for a while, so that what comes late still finds it.
func (t *Table) close(s *Session, reason EndReason) {
	s.closed = true
	if s.announced {
		t.open[0]--
		for p := range s.places.all() {
			t.active(p, -1)
		}
		t.stats.Ended[reason]++
		t.dirty.totals = true
		t.stats.Durations.Observe(s.last.Sub(s.start))
		t.emit(Event{Kind: EventEnd, At: max(s.end(t.cfg.Idle), s.last), Session: t.summary(s), Reason: reason})
	}
	t.markSession(s)
	s.timer = 0
	t.schedule(s, t.clock.Watermark().Add(t.cfg.Remember))
	t.promoteNext(s)
}

// promoteNext tells of the visit after one that has ended.
func (t *Table) promoteNext(s *Session) {
	next := s.nextVisit()
	if next == nil {
		return
	}
	s.succession.next = nil
	next.relate(s)
	t.markSession(next)
	t.sessions[t.hash.session(s.id)] = next
	t.announce(next)
	t.grow(next)
}

func (s *Session) nextVisit() *Session {
	if s.succession == nil {
		return nil
	}
	return s.succession.next
}

// evict makes room: the session that was touched least recently ends early. The visits under one session id go in their
// order, for each is told when the one before it ends.
func (t *Table) evict(s *Session) {
	if !s.announced {
		if first := t.sessions[t.hash.session(s.id)].current(); first != nil && first.announced {
			s = first
		}
	}
	t.stats.EvictedSessions++
	if !s.closed && s.announced {
		t.close(s, EndEvicted)
	}
	t.forget(s)
}

// forget removes an ended session and everything that leads to it.
func (t *Table) forget(s *Session) {
	h := t.hash.session(s.id)
	if t.sessions[h] == s {
		delete(t.sessions, h)
	}
	s.tokens.since = 0
	for tk := range s.tokens.all() {
		if a, ok := t.aliases[tk]; ok && a.session.current() == s {
			t.forgetToken(tk)
		}
	}
	t.unlistUser(s)
	t.lru.remove(s)
	delete(t.serials, s.serial)
	t.markSession(s)
}

func (t *Table) emit(e Event) { t.events = append(t.events, e) }

// Take hands over the events and the releases since the last call.
func (t *Table) Take() ([]Event, []Release) {
	events, released := t.events, t.released
	t.events, t.released = nil, nil
	return events, released
}

// summary is the session as its events tell it.
func (t *Table) summary(s *Session) Summary {
	user, since := s.user()
	sum := Summary{
		ID: s.id, Previous: s.previous(), User: user, LoginAt: since, Client: s.client,
		Start: s.start, Last: s.last,
		EntryPage: t.pages.values[s.entryPage], ExitPage: t.pages.values[s.exitPage],
		Requests: s.requests, Errors: s.errors,
	}
	for p := range s.places.all() {
		key := t.places.values[p]
		if server := cmp.Or(key.Pod, key.Host); server != "" && !slices.Contains(sum.Servers, server) {
			sum.Servers = append(sum.Servers, server)
		}
		if key.Service != "" && !slices.Contains(sum.Services, key.Service) {
			sum.Services = append(sum.Services, key.Service)
		}
		if sum.Region == "" {
			sum.Region = key.Region
		}
	}
	slices.Sort(sum.Servers)
	slices.Sort(sum.Services)
	return sum
}

// Active calls f with every place that open sessions are at and how many, and once more with zero when the last has left.
func (t *Table) Active(f func(PlaceKey, int)) {
	if missing := len(t.open) - len(t.shown); missing > 0 {
		t.shown = append(t.shown, make([]bool, missing)...)
	}
	for p := 1; p < len(t.open); p++ {
		if t.open[p] > 0 || t.shown[p] {
			f(t.places.values[p], t.open[p])
		}
		t.shown[p] = t.open[p] > 0
	}
}

// Open is how many sessions are open, Traces and Sessions how many entries the tables hold.
func (t *Table) Open() int { return t.open[0] }

// Stats returns the counts since the Table was made.
func (t *Table) Stats() *Stats {
	t.stats.EvictedClients = t.floods.evicted
	t.stats.Unplaced, t.stats.Unpaged = t.places.refused, t.pages.refused
	return &t.stats
}
