// Package view remembers who is logged in, as one or several session stores say, and tells what changes: sessions that
// begin and end, users that log in, and users that are logged in twice.
//
// Sessions are known by a keyed hash of their id; ids themselves are kept only where the caller wants them back. A View is
// not safe for concurrent use.
package view

import (
	"time"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/stored"
)

// Config bounds a View.
type Config struct {
	// MaxSessions is the most sessions of all stores; further ones are counted and not known.
	MaxSessions int
	// MaxPerUser is the most sessions of one user that are compared with each other.
	MaxPerUser int
	// Compare says whether a user's sessions in two stores are duplicate log-ins; nil: never.
	Compare func(a, b Store) bool
	// KeepIDs keeps the ids of sessions for the events.
	KeepIDs bool
}

// Token is the keyed hash of a session's id.
type Token uint64

// Store is a store's number, from zero.
type Store uint16

// Kind is what an event tells.
type Kind uint8

// The events.
const (
	Started Kind = iota + 1
	LoggedIn
	Ended
	Duplicate
)

// Event is something that has happened to a session.
type Event struct {
	Kind    Kind
	At      time.Time
	Session Summary
	// Reason is set on Ended.
	Reason string
	// Other is the earlier session of a Duplicate.
	Other Summary
}

// Summary is a session as events tell it.
type Summary struct {
	Token                      Token
	Store                      Store
	ID                         string // only with Config.KeepIDs
	User                       string
	Created, Accessed, Expires time.Time
}

// Counts are a store's sessions: Active now; the others since the first full view, Refused because there were too many.
type Counts struct {
	Active, LoggedIn int
	Created          uint64
	Ended            map[string]uint64
	Refused          uint64
	// Whole reports that a full view has been had.
	Whole bool
}

// View is what is known of all stores.
type View struct {
	cfg      Config
	sessions map[Token]*session
	users    map[string]*session // list through sameUser, latest first
	stores   []store
	events   []Event
}

type session struct {
	token                      Token
	id, user                   string
	created, accessed, expires int64 // Unix milliseconds, zero: not known
	sameUser                   *session
	round                      uint32 // of its store, when it was seen last
	store                      Store
}

type store struct {
	counts Counts
	round  uint32
	early  map[Token]string // users whose sessions have not been seen yet, within a round
}

// New returns a view of so many stores.
func New(stores int, cfg Config) *View {
	v := &View{cfg: cfg, sessions: make(map[Token]*session), users: make(map[string]*session), stores: make([]store, stores)}
	for i := range v.stores {
		v.stores[i].counts.Ended = make(map[string]uint64)
		v.stores[i].early = make(map[Token]string)
	}
	return v
}

// Begin begins a full view of a store.
func (v *View) Begin(of Store) {
	v.stores[of].round++
	clear(v.stores[of].early)
}

// Finish ends a full view that missed nothing: what it has not seen is gone.
func (v *View) Finish(of Store, now time.Time) {
	st := &v.stores[of]
	for token, s := range v.sessions {
		if s.store == of && s.round != st.round {
			v.end(token, s, absent(s, now), now)
		}
	}
	st.counts.Whole = true
	clear(st.early)
}

// absent says why a session that is not there any more has gone.
func absent(s *session, now time.Time) string {
	if s.expires != 0 && s.expires <= now.UnixMilli() {
		return "idle"
	}
	return "logout"
}

// Observe takes in what a store says of a session.
func (v *View) Observe(of Store, token Token, seen stored.Session, now time.Time) {
	if seen.Over {
		reason := "logout"
		if !seen.Expires.IsZero() && !seen.Expires.After(now) {
			reason = "idle"
		}
		v.Remove(of, token, reason, now)
		return
	}
	st := &v.stores[of]
	s := v.sessions[token]
	if s == nil {
		if len(v.sessions) >= v.cfg.MaxSessions {
			st.counts.Refused++
			return
		}
		if seen.User == "" {
			seen.User = st.early[token]
		}
		v.begin(of, token, seen, now)
		return
	}
	if s.store != of {
		return // two stores hold it: the one that told first has it
	}
	s.round = st.round
	s.accessed, s.expires = millis(seen.Accessed), millis(seen.Expires)
	if seen.User != "" {
		v.login(s, seen.User, latest(seen.Accessed, now))
	}
}

func (v *View) begin(of Store, token Token, seen stored.Session, now time.Time) {
	st := &v.stores[of]
	s := &session{
		token: token, store: of, round: st.round,
		created: millis(seen.Created), accessed: millis(seen.Accessed), expires: millis(seen.Expires),
	}
	if v.cfg.KeepIDs {
		s.id = seen.ID
	}
	v.sessions[token] = s
	st.counts.Active++
	if st.counts.Whole {
		st.counts.Created++
	}
	at := now
	if !seen.Created.IsZero() && seen.Created.Before(now) {
		at = seen.Created
	}
	if seen.User != "" {
		s.user = seen.User
		st.counts.LoggedIn++
	}
	v.events = append(v.events, Event{Kind: Started, At: at, Session: v.summary(s)})
	if s.user != "" {
		v.list(s, at)
	}
}

// Login notes whose a session is, where the store lists that apart from the session.
func (v *View) Login(of Store, token Token, user string, now time.Time) {
	s := v.sessions[token]
	if s != nil && s.store == of {
		v.login(s, user, now)
		return
	}
	if early := v.stores[of].early; len(early) < v.cfg.MaxSessions {
		early[token] = user
	}
}

func (v *View) login(s *session, user string, at time.Time) {
	if s.user == user {
		return
	}
	if s.user == "" {
		v.stores[s.store].counts.LoggedIn++
	}
	v.unlist(s)
	s.user = user
	v.events = append(v.events, Event{Kind: LoggedIn, At: at, Session: v.summary(s)})
	v.list(s, at)
}

// Remove notes that a session is gone; without a reason, its age tells.
func (v *View) Remove(of Store, token Token, reason string, now time.Time) {
	s := v.sessions[token]
	if s == nil || s.store != of {
		return
	}
	if reason == "" {
		reason = absent(s, now)
	}
	v.end(token, s, reason, now)
}

func (v *View) end(token Token, s *session, reason string, now time.Time) {
	v.unlist(s)
	delete(v.sessions, token)
	counts := &v.stores[s.store].counts
	counts.Active--
	if s.user != "" {
		counts.LoggedIn--
	}
	if counts.Whole {
		counts.Ended[reason]++
	}
	at := now
	if reason == "idle" && s.expires != 0 && s.expires < now.UnixMilli() {
		at = time.UnixMilli(s.expires)
	}
	v.events = append(v.events, Event{Kind: Ended, At: at, Session: v.summary(s), Reason: reason})
}

// list enters a session among its user's, and tells of the latest other one: the user is logged in twice. An account that
// many share makes one event a session, not one a pair.
func (v *View) list(s *session, at time.Time) {
	head := v.users[s.user]
	others, told := 0, false
	for other := head; other != nil; other = other.sameUser {
		if others++; others >= v.cfg.MaxPerUser {
			other.sameUser = nil // those before it are no longer compared
		}
		if told || v.cfg.Compare == nil || !v.cfg.Compare(other.store, s.store) {
			continue
		}
		told = true
		first, second := other, s
		if other.created > s.created && s.created != 0 {
			first, second = s, other
		}
		v.events = append(v.events, Event{Kind: Duplicate, At: at, Session: v.summary(second), Other: v.summary(first)})
	}
	s.sameUser = head
	v.users[s.user] = s
}

func (v *View) unlist(s *session) {
	if s.user == "" {
		return
	}
	var before *session
	for at := v.users[s.user]; at != nil; before, at = at, at.sameUser {
		if at != s {
			continue
		}
		switch {
		case before != nil:
			before.sameUser = s.sameUser
		case s.sameUser != nil:
			v.users[s.user] = s.sameUser
		default:
			delete(v.users, s.user)
		}
		break
	}
	s.sameUser = nil
}

func (v *View) summary(s *session) Summary {
	return Summary{
		Token: s.token, Store: s.store, ID: s.id, User: s.user,
		Created: moment(s.created), Accessed: moment(s.accessed), Expires: moment(s.expires),
	}
}

// Pending is how many events wait to be taken.
func (v *View) Pending() int { return len(v.events) }

// Take hands over the events since the last call.
func (v *View) Take() []Event {
	events := v.events
	v.events = nil
	return events
}

// Counts tells how a store's sessions stand. Ended is the View's own.
func (v *View) Counts(of Store) Counts { return v.stores[of].counts }

// Users is how many different users are logged in.
func (v *View) Users() int { return len(v.users) }

// Len is how many sessions are known.
func (v *View) Len() int { return len(v.sessions) }

func latest(a, b time.Time) time.Time {
	if a.IsZero() || a.After(b) {
		return b
	}
	return a
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(millis int64) time.Time {
	if millis == 0 {
		return time.Time{}
	}
	return time.UnixMilli(millis)
}
