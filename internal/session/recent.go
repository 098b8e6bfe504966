package session

import (
	"math/bits"

	"github.com/kamstrup/intmap"
)

// recent remembers the last things counted, so that a redelivered copy counts once. It holds two generations of at most
// limit hashes each: when the younger is full the older is forgotten. Nearly everything asked for is new; a sieve over the
// older generation, an eighth of its size, tells so without a look into memory that nothing else keeps near.
type recent struct {
	limit      int
	young, old *intmap.Set[tokenHash]
	sieve      []uint64 // bit h modulo its length is set for every h in old; empty while old is
	tracked    bool
	fresh      []tokenHash // added since the last checkpoint, if tracked
}

func newRecent(limit int) *recent {
	return &recent{limit: limit, young: intmap.NewSet[tokenHash](0), old: intmap.NewSet[tokenHash](0)}
}

func (r *recent) has(h tokenHash) bool { return r.young.Has(h) || r.hasOld(h) }

func (r *recent) hasOld(h tokenHash) bool {
	if len(r.sieve) == 0 {
		return false
	}
	word, bit := r.place(h)
	return r.sieve[word]&bit != 0 && r.old.Has(h)
}

// place is where the sieve has the bit of h.
func (r *recent) place(h tokenHash) (word int, bit uint64) {
	return int(h>>6) & (len(r.sieve) - 1), 1 << (h & 63)
}

// add remembers h and reports whether it was new.
func (r *recent) add(h tokenHash) bool {
	if r.hasOld(h) {
		return false
	}
	if r.young.Len() >= r.limit && !r.young.Has(h) {
		r.age()
	}
	if !r.young.Add(h) {
		return false
	}
	if r.tracked {
		r.fresh = append(r.fresh, h)
	}
	return true
}

// age makes the younger generation the older, whose memory the next one takes over.
func (r *recent) age() {
	r.old, r.young = r.young, r.old
	r.young.Clear()
	const bitsPerHash = 8
	if n := 1 << bits.Len(uint(r.old.Len()*bitsPerHash/64)); n != len(r.sieve) {
		r.sieve = make([]uint64, n)
	}
	clear(r.sieve)
	for h := range r.old.All() {
		word, bit := r.place(h)
		r.sieve[word] |= bit
	}
}
