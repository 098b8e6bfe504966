package session

import (
	"iter"

	"github.com/braidotel/braid/internal/eventtime"
)

// places is a small set of places in the order in which they were added. Most sessions see few, which need no memory of
// their own to look at.
type places struct {
	few  [4]Place // the first ones; zero: none
	more *[]Place // the others, nil if there are none
}

// all yields the places.
func (p *places) all() iter.Seq[Place] {
	return func(yield func(Place) bool) {
		for _, place := range p.few {
			if place == 0 || !yield(place) {
				return
			}
		}
		if p.more == nil {
			return
		}
		for _, place := range *p.more {
			if !yield(place) {
				return
			}
		}
	}
}

func (p *places) has(place Place) bool {
	for have := range p.all() {
		if have == place {
			return true
		}
	}
	return false
}

func (p *places) len() (n int) {
	for range p.all() {
		n++
	}
	return n
}

// add reports whether the place is a new one; beyond maxPlacesPerSession none is.
func (p *places) add(place Place) bool {
	if place == 0 || p.has(place) {
		return false
	}
	for i := range p.few {
		if p.few[i] == 0 {
			p.few[i] = place
			return true
		}
	}
	if p.more == nil {
		p.more = new([]Place)
	}
	var added bool
	if len(p.few)+len(*p.more) < maxPlacesPerSession {
		*p.more, added = append(*p.more, place), true
	}
	return added
}

// tokens are those that showed a session, in the order in which they were added. Most sessions have one.
type tokens struct {
	first tokenHash // zero: none
	// since is from when on first stands for the session, as its alias says: a copy where the session is at hand. Zero:
	// ask the alias.
	since eventtime.Instant
	more  *[]tokenHash // the others, nil if there are none
}

// all yields the tokens.
func (t *tokens) all() iter.Seq[tokenHash] {
	return func(yield func(tokenHash) bool) {
		if t.first == 0 || !yield(t.first) || t.more == nil {
			return
		}
		for _, h := range *t.more {
			if !yield(h) {
				return
			}
		}
	}
}

func (t *tokens) has(h tokenHash) bool {
	for have := range t.all() {
		if have == h {
			return true
		}
	}
	return false
}

func (t *tokens) len() (n int) {
	for range t.all() {
		n++
	}
	return n
}

// add adds a token that is not there and reports whether there was room, of which maxTokensPerSession have.
func (t *tokens) add(h tokenHash) bool {
	if t.first == 0 {
		t.first = h
		return true
	}
	if t.more == nil {
		t.more = new([]tokenHash)
	}
	if len(*t.more)+1 >= maxTokensPerSession {
		return false
	}
	*t.more = append(*t.more, h)
	return true
}

// knows keeps at hand from when on a token stands for the session: what its alias says.
func (t *tokens) knows(h tokenHash, since eventtime.Instant) {
	if h == t.first {
		t.since = since
	}
}
