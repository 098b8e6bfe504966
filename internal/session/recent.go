package session

// recent remembers the last things counted, so that a redelivered copy counts once. It holds two generations of at most
// limit hashes each: when the younger is full the older is forgotten.
type recent struct {
	limit      int
	young, old map[tokenHash]struct{}
	tracked    bool
	fresh      []tokenHash // added since the last checkpoint, if tracked
}

func newRecent(limit int) *recent {
	return &recent{limit: limit, young: make(map[tokenHash]struct{})}
}

func (r *recent) has(h tokenHash) bool {
	if _, ok := r.young[h]; ok {
		return true
	}
	_, ok := r.old[h]
	return ok
}

// add remembers h and reports whether it was new.
func (r *recent) add(h tokenHash) bool {
	if r.has(h) {
		return false
	}
	if len(r.young) >= r.limit {
		r.old, r.young = r.young, make(map[tokenHash]struct{}, r.limit/4)
	}
	r.young[h] = struct{}{}
	if r.tracked {
		r.fresh = append(r.fresh, h)
	}
	return true
}
