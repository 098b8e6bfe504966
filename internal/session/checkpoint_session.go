package session

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/braidotel/braid/internal/eventtime"
)

func (t *Table) encodeSession(s *Session) []byte {
	e := encoder{b: make([]byte, 0, 256)}
	e.text(s.id)
	e.text(s.client)
	forgetAt := eventtime.Instant(0)
	if s.closed {
		forgetAt = s.timer
	}
	for _, at := range []eventtime.Instant{s.start, s.last, s.logout, s.entryAt, s.exitAt, forgetAt, s.replacedAt()} {
		e.instant(at)
	}
	e.uint(uint64(s.requests))
	e.uint(uint64(s.errors))
	e.text(t.pages.values[s.entryPage])
	e.text(t.pages.values[s.exitPage])
	e.flags(s.announced, s.promoted, s.closed, s.long, s.outermost)
	e.text(s.previous())
	lineage, next := uint64(0), uint64(0)
	if s.succession != nil {
		if s.succession.lineage != nil {
			lineage = s.lineage().serial
		}
		if s.succession.next != nil {
			next = s.succession.next.serial
		}
	}
	e.uint(lineage)
	e.uint(next)
	e.uint(uint64(len(s.users())))
	for _, u := range s.users() {
		e.instant(u.since)
		e.text(u.id)
	}
	e.uint(uint64(s.places.len()))
	for p := range s.places.all() {
		t.encodePlace(&e, p)
	}
	e.uint(uint64(s.tokens.len()))
	for h := range s.tokens.all() {
		e.hash(h)
		if a := t.aliases[h]; a.session.current() == s {
			e.instant(a.since)
		} else {
			e.instant(0) // it stands for another session by now
		}
	}
	return e.b
}

func (t *Table) restoreSession(segment, serial uint64, b []byte) error {
	d := decoder{b: b}
	s := &Session{serial: serial, segment: segment, id: d.text(), client: d.text()}
	var forgetAt, replacedAt eventtime.Instant
	for _, at := range []*eventtime.Instant{&s.start, &s.last, &s.logout, &s.entryAt, &s.exitAt, &forgetAt, &replacedAt} {
		*at = d.instant()
	}
	s.requests, s.errors = uint32(d.uint()), uint32(d.uint())
	s.entryPage, s.exitPage = t.pages.number(d.text()), t.pages.number(d.text())
	d.flags(&s.announced, &s.promoted, &s.closed, &s.long, &s.outermost)
	previous, lineage, next := d.text(), d.uint(), d.uint()
	var users []userSince
	for range d.count(maxUsersPerSession) {
		users = append(users, userSince{since: d.instant(), id: d.text()})
	}
	for range d.count(maxPlacesPerSession) {
		s.places.add(t.decodePlace(&d))
	}
	type since struct {
		hash tokenHash
		at   eventtime.Instant
	}
	var tokens []since
	for range d.count(maxTokensPerSession) {
		tokens = append(tokens, since{hash: d.hash(), at: d.instant()})
	}
	if d.err != nil || serial == 0 || t.serials[serial] != nil {
		return fmt.Errorf("session %d: %w", serial, errTorn)
	}
	if previous != "" || replacedAt != 0 || lineage != 0 || next != 0 {
		s.succession = &succession{previous: previous, replacedAt: replacedAt}
	}
	if len(users) > 0 {
		s.setUsers(users)
	}
	t.relink = append(t.relink, link{session: s, lineage: lineage, next: next})
	for _, tk := range tokens {
		s.tokens.add(tk.hash)
		a, ok := t.aliases[tk.hash]
		switch {
		case !ok:
			a = alias{session: s, since: tk.at}
		case tk.at >= a.since:
			t.before[tk.hash] = a.session
			a = alias{session: s, since: tk.at}
		default:
			t.before[tk.hash] = s
		}
		t.aliases[tk.hash] = a
	}
	t.serials[serial] = s
	t.serial = max(t.serial, serial)
	t.enlist(s, forgetAt)
	return nil
}

// link is a tie between sessions, by serial number, that is made when all are there.
type link struct {
	session       *Session
	lineage, next uint64
}

// enlist enters a restored session in the tables.
func (t *Table) enlist(s *Session, forgetAt eventtime.Instant) {
	t.lru.touch(s)
	t.listUser(s)
	// The look at its log-in may still be to come, and is not put off by every restart. A patience to spare: timers fire
	// late, and a second look tells nothing twice.
	if _, since := s.user(); s.listed && since >= t.clock.Head().Add(-3*t.patience()) {
		t.checks.add(check{session: s}, since.Add(2*t.patience()))
	}
	if s.announced {
		h := t.hash.session(s.id)
		if have := t.sessions[h]; have == nil || have.start <= s.start {
			t.sessions[h] = s
		}
		if !s.closed {
			t.open[0]++
			for p := range s.places.all() {
				t.active(p, 1)
			}
		}
	}
	if s.closed {
		t.schedule(s, forgetAt)
	} else {
		t.schedule(s, s.bound(t.cfg.Idle, t.cfg.Linger))
	}
}

// Relink ties restored sessions to each other; it is called once, after the last session is restored.
func (t *Table) Relink() {
	// Ties that run in a circle, or to where none can be, are a damaged record's: they are left out.
	linked, lineages := make(map[*Session]bool), make(map[uint64]*lineage)
	for _, l := range t.relink {
		if l.lineage != 0 {
			t.joinLineage(lineages, l.session, l.lineage)
		}
		next := t.serials[l.next]
		if next != nil && !next.announced && !linked[next] && next.id == l.session.id && next.serial > l.session.serial {
			l.session.ties().next = next
			linked[next] = true
		}
	}
	slices.SortFunc(t.relink, func(a, b link) int { return cmp.Compare(a.session.last, b.session.last) })
	for _, l := range t.relink {
		t.lru.touch(l.session)
		if s := l.session; !s.announced && !linked[s] {
			t.adopt(s)
		}
	}
	t.relink = nil
}

// joinLineage makes a session one of the lineage that began with the session of a serial number, by now maybe forgotten.
func (t *Table) joinLineage(lineages map[uint64]*lineage, s *Session, first uint64) {
	for _, serial := range []uint64{s.serial, first} {
		if lineages[serial] == nil {
			lineages[serial] = &lineage{serial: serial}
		}
	}
	s.ties().lineage = lineages[s.serial]
	if own, joined := lineages[s.serial].root(), lineages[first].root(); own != joined {
		own.up = joined
	}
}

// adopt tells of a visit whose predecessor was lost.
func (t *Table) adopt(s *Session) {
	if h := t.hash.session(s.id); t.sessions[h] == nil || t.sessions[h].closed {
		t.sessions[h] = s
		t.announce(s)
		return
	}
	t.forget(s)
}
