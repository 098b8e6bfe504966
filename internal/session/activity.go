package session

import (
	"github.com/braidotel/braid/internal/eventtime"
)

// activity is what one item, or a trace whose session is not known yet, shows of its session.
type activity struct {
	first, last         eventtime.Instant // zero first: nothing
	entryAt, exitAt     eventtime.Instant
	entryPage, exitPage page
	place               Place   // the first
	places              []Place // the others
	logout              eventtime.Instant
	request, failed     bool
}

// add takes an item in.
func (a *activity) add(it *Item, shown page) {
	if a.first == 0 || it.Start < a.first {
		a.first = it.Start
	}
	a.last = max(a.last, it.at)
	if a.place == 0 {
		a.place = it.Place
	} else if a.place != it.Place {
		a.places, _ = addPlace(a.places, it.Place)
	}
	if shown != 0 {
		if a.entryAt == 0 || it.Start < a.entryAt {
			a.entryAt, a.entryPage = it.Start, shown
		}
		if it.Start >= a.exitAt {
			a.exitAt, a.exitPage = it.Start, shown
		}
	}
	if it.Act&ActLogout != 0 && it.Act&ActError == 0 {
		a.logout = max(a.logout, it.at)
	}
	if it.Kind == KindServer || it.Act&ActRequest != 0 {
		a.request = true
		a.failed = a.failed || it.Act&ActError != 0
	}
}

// covers reports whether an item within a request adds nothing to what the session knows: most spans happen inside
// another one, at a place that has been seen.
func (s *Session) covers(it *Item, shown page) bool {
	return it.Kind != KindServer && it.Act == 0 && shown == 0 && s.start <= it.Start && it.at <= s.last &&
		s.places.has(it.Place)
}

// credit adds an activity to a session that is open. What ended longer before the session than a visit may be idle belongs
// to a visit that is forgotten or was never seen.
func (t *Table) credit(s *Session, a *activity, first, firstFailed bool) {
	if a.last.Add(t.cfg.Idle) < s.start {
		return
	}
	if s.start == 0 || a.first < s.start {
		s.start = a.first
	}
	s.last = max(s.last, a.last)
	if a.entryPage != 0 && (s.entryAt == 0 || a.entryAt < s.entryAt) {
		s.entryAt, s.entryPage = a.entryAt, a.entryPage
	}
	if a.exitPage != 0 && a.exitAt >= s.exitAt {
		s.exitAt, s.exitPage = a.exitAt, a.exitPage
	}
	t.visit(s, a.place)
	for _, p := range a.places {
		t.visit(s, p)
	}
	if first {
		s.requests++
	}
	if firstFailed {
		s.errors++
	}
	if a.logout != 0 {
		t.logOut(s, a.logout)
	}
	t.grow(s)
	t.touchSession(s)
}

// visit notes that the session was at a place.
func (t *Table) visit(s *Session, p Place) {
	if s.places.add(p) && s.announced && !s.closed {
		t.active(p, 1)
	}
}

func (t *Table) logOut(s *Session, at eventtime.Instant) {
	if at <= s.logout {
		return
	}
	s.logout = at
	s.learnUser("", at.Add(t.cfg.Linger))
	t.schedule(s, s.bound(t.cfg.Idle, t.cfg.Linger))
}

// grow merges the visits that followed under the same id once this one has grown up to them, and watches its length.
func (t *Table) grow(s *Session) {
	for s.succession != nil && s.succession.next != nil {
		next := s.succession.next
		if next.start > s.bound(t.cfg.Idle, t.cfg.Linger) {
			break
		}
		t.merge(s, next)
	}
	if !s.long && s.announced && t.cfg.LongAfter > 0 && s.last.Sub(s.start) >= t.cfg.LongAfter {
		s.long = true
		t.emit(Event{Kind: EventLong, At: s.last, Session: t.summary(s)})
	}
}

func (t *Table) merge(s, next *Session) {
	s.succession.next = next.ties().next
	next.succession.next = nil
	next.succession.merged = s
	if next.succession.lineage != nil {
		s.relate(next)
	}
	s.start = min(s.start, next.start)
	s.last = max(s.last, next.last)
	if s.client == "" {
		s.client = next.client
	}
	if next.entryPage != 0 && (s.entryAt == 0 || next.entryAt < s.entryAt) {
		s.entryAt, s.entryPage = next.entryAt, next.entryPage
	}
	if next.exitAt >= s.exitAt && next.exitPage != 0 {
		s.exitAt, s.exitPage = next.exitAt, next.exitPage
	}
	for p := range next.places.all() {
		t.visit(s, p)
	}
	s.requests += next.requests
	s.errors += next.errors
	for _, u := range next.users() {
		s.learnUser(u.id, u.since)
	}
	if next.logout != 0 {
		t.logOut(s, next.logout)
	}
	if at := next.replacedAt(); at != 0 && s.replacedAt() == 0 {
		t.replace(s, at)
	}
	t.inheritTokens(s, next)
	t.lru.remove(next)
	delete(t.serials, next.serial)
	t.markSession(next)
	t.unlistUser(next)
	t.relistUser(s)
}
