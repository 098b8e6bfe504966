package session

import "slices"

// Place is an interned PlaceKey; zero is nowhere.
type Place uint32

// PlaceKey is where something happens: the join of a session with the infrastructure.
type PlaceKey struct {
	Service, Host, Pod, Region string
}

// page is an interned page path; zero is none.
type page uint32

// intern gives small numbers to values, up to a limit; beyond it every new value shares one number.
type intern[K comparable, N ~uint32] struct {
	limit  int
	other  K
	ids    map[K]N
	values []K // by number; 0 is the zero value
	// refused counts the values that had to share.
	refused uint64
}

func newIntern[K comparable, N ~uint32](limit int, other K) *intern[K, N] {
	return &intern[K, N]{limit: limit, other: other, ids: make(map[K]N), values: make([]K, 1)}
}

func (p *intern[K, N]) number(value K) N {
	var zero K
	if value == zero {
		return 0
	}
	if id, ok := p.ids[value]; ok {
		return id
	}
	if len(p.values) > p.limit {
		p.refused++
		if id, ok := p.ids[p.other]; ok {
			return id
		}
		value = p.other
	}
	id := N(len(p.values))
	p.ids[value] = id
	p.values = append(p.values, value)
	return id
}

// known returns the number that value has of its own, without giving it one.
func (p *intern[K, N]) known(value K) (N, bool) {
	id, ok := p.ids[value]
	return id, ok
}

// addPlace adds p to a small set and reports whether it was new.
func addPlace(set []Place, p Place) ([]Place, bool) {
	if p == 0 || len(set) >= maxPlacesPerSession {
		return set, false
	}
	if slices.Contains(set, p) {
		return set, false
	}
	return append(set, p), true
}
