package session

import "github.com/kamstrup/intmap"

// recent remembers the last things counted, so that a redelivered copy counts once. It holds two generations of at most
// limit hashes each: when the younger is full the older is forgotten.
type recent struct {
	limit      int
	young, old *intmap.Set[tokenHash]
	tracked    bool
	fresh      []tokenHash // added since the last checkpoint, if tracked
}

func newRecent(limit int) *recent {
	return &recent{limit: limit, young: intmap.NewSet[tokenHash](0), old: intmap.NewSet[tokenHash](0)}
}

func (r *recent) has(h tokenHash) bool { return r.young.Has(h) || r.old.Has(h) }

// add remembers h and reports whether it was new.
func (r *recent) add(h tokenHash) bool {
	if r.old.Has(h) {
		return false
	}
	if r.young.Len() >= r.limit && !r.young.Has(h) {
		r.old, r.young = r.young, intmap.NewSet[tokenHash](r.limit/4)
	}
	if !r.young.Add(h) {
		return false
	}
	if r.tracked {
		r.fresh = append(r.fresh, h)
	}
	return true
}
