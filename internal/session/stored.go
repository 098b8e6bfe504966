package session

import (
	"strings"

	"github.com/braidotel/braid/internal/eventtime"
)

// Stored is what a session store says of one session.
type Stored struct {
	// Token is the TokenHash under the table's key of the cookie that shows the session.
	Token uint64
	// ID is the session id under which the store's reader tells of it.
	ID string
	// User is who is logged in, empty if that is not known.
	User string
	// At is when what is said came to be.
	At eventtime.Instant
	// Gone says that the store no longer holds the session.
	Gone bool
}

// stored is a session that is in a store.
type stored struct {
	user  string
	since eventtime.Instant // of the user, or of the session
	id    string            // under which it has been told of, empty while traffic tells of it
}

// Shows reports whether an open session of traffic shows a token.
func (t *Table) Shows(token uint64) bool { return t.shownBy(tokenHash(token)) != nil }

// LearnStored takes in what a session store says, and reports whether traffic tells of the session itself: then what the
// store says of it is nothing new to anybody. A session of the store that traffic shows later has been told of under an id
// of its own until then; that one ends as replaced.
func (t *Table) LearnStored(s Stored) (known bool) {
	h := tokenHash(s.Token)
	entry, had := t.stored[h]
	owner := t.shownBy(h)
	if s.Gone {
		delete(t.stored, h)
		return had && entry.id == "" || !had && owner != nil
	}
	if !had {
		if len(t.stored) >= t.cfg.MaxStored {
			t.stats.EvictedStored++
			return owner != nil
		}
		entry.since = s.At
	}
	if s.User != "" && s.User != entry.user {
		entry.user, entry.since = strings.Clone(s.User), s.At
	}
	if owner == nil {
		entry.id = strings.Clone(s.ID)
	}
	t.stored[h] = entry
	if owner != nil {
		t.meet(h, owner, s.At)
	}
	return owner != nil
}

// shownBy is the open session that traffic shows a token with.
func (t *Table) shownBy(h tokenHash) *Session {
	a, ok := t.aliases[h]
	if !ok {
		return nil
	}
	if s := a.session.current(); !s.closed {
		return s
	}
	return nil
}

// meet brings together what a store and what traffic say of a token: the store may know the user, and from now on traffic
// tells of the session.
func (t *Table) meet(h tokenHash, s *Session, at eventtime.Instant) {
	entry, ok := t.stored[h]
	if !ok || s.closed {
		return
	}
	if user, _ := s.user(); user == "" && entry.user != "" {
		t.learnUser(s, entry.user, entry.since)
	}
	if entry.id != "" {
		t.emit(Event{
			Kind: EventEnd, At: max(at, entry.since), Reason: EndReplaced,
			Session: Summary{ID: entry.id, User: entry.user, Start: entry.since, Last: max(at, entry.since)},
		})
		entry.id = ""
		t.stored[h] = entry
	}
}

// Views counts sessions by who knows of them.
type Views struct {
	// Both are open sessions of traffic whose cookie is in a store, Traffic those that show only cookies that are in none.
	// One that has shown no cookie cannot be compared.
	Both, Traffic int
	// Store are the sessions in stores that no open session of traffic shows.
	Store int
}

// Compare counts them; ok is false as long as no store has said anything. It looks at every session.
func (t *Table) Compare() (views Views, ok bool) {
	if len(t.stored) == 0 {
		return views, false
	}
	views.Store = len(t.stored)
	for s := t.lru.newest; s != nil; s = s.older {
		if s.closed || !s.announced || s.merging() || s.tokens.len() == 0 {
			continue
		}
		both := false
		for h := range s.tokens.all() {
			if _, in := t.stored[h]; in && t.aliases[h].session.current() == s {
				both = true
				views.Store--
			}
		}
		if both {
			views.Both++
		} else {
			views.Traffic++
		}
	}
	return views, true
}
