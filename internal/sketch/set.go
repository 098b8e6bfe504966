package sketch

import "math/bits"

const minSlots = 8

// hashSet is an open-addressing set of hashes with linear probing. The hashes
// are already uniform, so a slot is simply their low bits. 8 bytes a slot, at
// most 3/4 full. The zero value is empty and ready.
type hashSet struct {
	slots   []uint64 // 0 marks an empty slot
	n       int      // members, zero included
	hasZero bool
}

func (s *hashSet) len() int { return s.n }

// add reports whether h is new.
func (s *hashSet) add(h uint64) bool {
	slots, mask := s.slots, uint64(len(s.slots)-1)
	if len(slots) > 0 && h != 0 && near(h, slots[h&mask], slots[(h+1)&mask], slots[(h+2)&mask]) < 3 {
		return false
	}
	return s.addFar(h)
}

func (s *hashSet) addFar(h uint64) bool {
	if h == 0 {
		return s.addZero()
	}
	if len(s.slots) == 0 {
		s.resize(minSlots)
	}
	slots, mask := s.slots, uint64(len(s.slots)-1)
	for i := h & mask; ; i = (i + 1) & mask {
		switch slots[i] {
		case h:
			return false
		case 0:
			slots[i] = h
			s.n++
			if s.n*4 > len(slots)*3 {
				s.resize(len(slots) * 2)
			}
			return true
		}
	}
}

// near tells which of three slots holds h, 0 to 2, or 3 if none does. Whoever is
// in a table is nearly always in his home slot or one of the two after it, but in
// which is a toss that no branch predictor wins, so none is asked.
func near(h, slot0, slot1, slot2 uint64) uint64 {
	not0 := unequal(slot0, h)
	not1 := not0 & unequal(slot1, h)
	return not0 + not1 + not1&unequal(slot2, h)
}

// unequal is 1 if a and b differ, else 0.
func unequal(a, b uint64) uint64 {
	_, borrow := bits.Sub64(0, a^b, 0)
	return borrow
}

func (s *hashSet) addZero() bool {
	if s.hasZero {
		return false
	}
	s.hasZero = true
	s.n++
	return true
}

// reserve makes room for n members before a merge. It is not only speed: walking
// one table in slot order into a smaller one piles everything into its front.
func (s *hashSet) reserve(n int) {
	size := max(len(s.slots), minSlots)
	for n*4 > size*3 {
		size *= 2
	}
	if size > len(s.slots) {
		s.resize(size)
	}
}

// copyOf makes the set, which is empty, hold what other does.
func (s *hashSet) copyOf(other *hashSet) {
	s.slots = append(s.slots[:0], other.slots...)
	s.n, s.hasZero = other.n, other.hasZero
}

// each calls f for every member in no particular order.
func (s *hashSet) each(f func(h uint64)) {
	if s.hasZero {
		f(0)
	}
	// Whether a slot is taken is a toss as well: the members are picked out without asking first.
	var members [64]uint64
	for slots := s.slots; len(slots) > 0; {
		n, some := 0, slots[:min(len(slots), len(members))]
		for _, h := range some {
			members[n&(len(members)-1)] = h
			n += int(unequal(h, 0))
		}
		for _, h := range members[:n] {
			f(h)
		}
		slots = slots[len(some):]
	}
}

func (s *hashSet) resize(size int) {
	old := s.slots
	s.slots = make([]uint64, size)
	mask := uint64(size - 1)
	for _, h := range old {
		if h == 0 {
			continue
		}
		i := h & mask
		for s.slots[i] != 0 {
			i = (i + 1) & mask
		}
		s.slots[i] = h
	}
}

// clear empties the set and keeps its room.
func (s *hashSet) clear() {
	clear(s.slots)
	s.n, s.hasZero = 0, false
}

func (s *hashSet) bytes() int { return 8 * cap(s.slots) }
