package sketch

// sparseCells holds the cells of the ranks that are hit too seldom for a plane
// of their own: (rank, register) -> stamp, packed rank:8 register:16 stamp:8 into
// 4-byte slots, open addressing, at most 3/4 full.
type sparseCells struct {
	ring   *ring
	slots  []uint32 // 0 marks an empty slot: no cell has stamp 0
	used   int
	cursor int
}

func packCell(register uint32, rank int) uint32 { return uint32(rank)<<16 | register }

// home spreads packed cells (Fibonacci hashing): registers are the top bits of
// keyed hashes, but a node that merges foreign registers must not cluster.
func (s *sparseCells) home(key uint32) uint32 {
	return (key * 0x9E3779B1) >> 7 & uint32(len(s.slots)-1)
}

// find returns the slot of a cell, or the empty slot where it belongs.
func (s *sparseCells) find(key uint32) uint32 {
	mask := uint32(len(s.slots) - 1)
	i := s.home(key)
	for s.slots[i] != 0 && s.slots[i]>>8 != key {
		i = (i + 1) & mask
	}
	return i
}

func (s *sparseCells) full() bool { return (s.used+1)*4 > len(s.slots)*3 }

// put fills the empty slot that find returned.
func (s *sparseCells) put(i, key uint32, stamp uint8) {
	s.slots[i] = key<<8 | uint32(stamp)
	s.used++
}

// resize keeps the cells that keep approves of and leaves as much room again.
func (s *sparseCells) resize(keep func(slot uint32) bool) {
	kept := make([]uint32, 0, s.used)
	for _, slot := range s.slots {
		if slot != 0 && keep(slot) {
			kept = append(kept, slot)
		}
	}
	size := minSlots
	for size < 2*(len(kept)+1) {
		size *= 2
	}
	s.slots, s.used, s.cursor = make([]uint32, size), len(kept), 0
	for _, slot := range kept {
		s.slots[s.find(slot>>8)] = slot
	}
}

// sweep hands departed cells in its share of the table to gone and removes them.
func (s *sparseCells) sweep(gone func(rank int, stamp uint8)) {
	steps := s.ring.sweepSteps()
	size := len(s.slots)
	for range (size + steps - 1) / steps {
		i := uint32(s.cursor)
		for s.slots[i] != 0 && !s.ring.live(uint8(s.slots[i])) {
			gone(int(s.slots[i]>>24), uint8(s.slots[i]))
			s.used--
			s.remove(i)
		}
		s.cursor = (s.cursor + 1) & (size - 1)
	}
}

func (s *sparseCells) remove(i uint32) {
	mask := uint32(len(s.slots) - 1)
	for j := i; ; {
		j = (j + 1) & mask
		if s.slots[j] == 0 {
			break
		}
		home := s.home(s.slots[j] >> 8)
		if (j-home)&mask >= (j-i)&mask {
			s.slots[i] = s.slots[j]
			i = j
		}
	}
	s.slots[i] = 0
}
