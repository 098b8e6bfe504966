package session

import (
	"time"

	"github.com/braidotel/braid/internal/eventtime"
)

// check is a look at a log-in once everything that can be expected about it has come: an attempt within a trace, or a
// session that has just got a user.
type check struct {
	trace   *trace
	session *Session
}

// learnUser notes that a session's user was known at an instant.
func (t *Table) learnUser(s *Session, user string, at eventtime.Instant) {
	if s.closed || !s.learnUser(user, at) {
		return
	}
	t.markSession(s)
	t.relistUser(s)
	t.checks.add(check{session: s}, t.clock.Head().Add(t.patience()))
}

// patience is how long what belongs together may take to come together.
func (t *Table) patience() time.Duration { return max(t.cfg.Wait, t.cfg.Lateness) }

// maxListed bounds the sessions of one user that are compared with each other.
const maxListed = 64

// listUser enters a session among its user's; where they are too many the oldest entry gives way.
func (t *Table) listUser(s *Session) {
	user, _ := s.user()
	if user == "" || s.listed {
		return
	}
	h := t.hash.user(user)
	s.sameUser, s.listed = t.users[h], true
	t.users[h] = s
	last := s
	for n := 2; last.sameUser != nil; n++ {
		if n > maxListed {
			last.sameUser.listed = false
			last.sameUser = nil
			return
		}
		last = last.sameUser
	}
}

// relistUser enters a session whose user may have changed.
func (t *Table) relistUser(s *Session) {
	t.unlistUser(s)
	t.listUser(s)
}

func (t *Table) unlistUser(s *Session) {
	if !s.listed {
		return
	}
	s.listed = false
	for _, u := range s.users() {
		h := t.hash.user(u.id)
		for at, link := t.users[h], (*Session)(nil); at != nil; link, at = at, at.sameUser {
			if at != s {
				continue
			}
			switch {
			case link != nil:
				link.sameUser = s.sameUser
			case s.sameUser != nil:
				t.users[h] = s.sameUser
			default:
				delete(t.users, h)
			}
			s.sameUser = nil
			return
		}
	}
}

// learnLogin notes the attempt to log in that a trace makes; all its spans tell of the same one.
func (t *Table) learnLogin(tr *trace, it *Item) {
	first := tr.login == 0
	if told := tr.login | it.Act&(ActLogin|ActRefused); told != tr.login {
		tr.login = told
		t.markTrace(tr)
	}
	if first && t.counted.add(t.hash.item(tr.id, SpanID{}, countLogin)) {
		t.checks.add(check{trace: tr}, t.clock.Head().Add(t.patience()))
	}
}

func (t *Table) check(c check) {
	if tr := c.trace; tr != nil {
		tr.login |= actChecked
		t.markTrace(tr)
		if tr.client != "" {
			t.attempt(tr.client, tr.start, tr.login&ActRefused != 0, tr.user)
		}
		return
	}
	if s := c.session.current(); s.listed {
		t.checkDuplicates(s)
	}
}

// attempt counts an attempt to log in against its client.
func (t *Table) attempt(client string, at eventtime.Instant, refused bool, user string) {
	c, n := t.floods.attempt(client, at, refused, t.hash.user(user))
	if c != nil {
		t.markClient(c)
	}
	if n > 0 {
		t.emit(Event{Kind: EventLoginFlood, At: at, Client: client, Attempts: n})
	}
}

// checkDuplicates tells of every other session of the same user whose time from log-in to end overlaps this one's,
// unless one followed the other under the same token.
func (t *Table) checkDuplicates(s *Session) {
	user, login := s.user()
	for other := t.users[t.hash.user(user)]; other != nil; other = other.sameUser {
		otherUser, otherLogin := other.user()
		if other == s || other.id == s.id || otherUser != user || s.related(other) || other.merging() ||
			otherLogin.Add(t.patience()) > t.clock.Head() { // its own look is still to come, when more is known of it
			continue
		}
		first, second, from := other, s, login
		if otherLogin > login {
			first, second, from = s, other, otherLogin
		}
		if from >= first.end(t.cfg.Idle) || !t.counted.add(t.hash.pair(first, second)) {
			continue
		}
		t.emit(Event{Kind: EventDuplicateLogin, At: from, Session: t.summary(second), Other: first.id})
	}
}

// merging reports whether the session has become part of another.
func (s *Session) merging() bool { return s.succession != nil && s.succession.merged != nil }

func (h hasher) pair(first, second *Session) tokenHash {
	return h.of("p", first.id, second.id)
}
