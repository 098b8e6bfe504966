package sketch

// matrix is a last-seen matrix: for each cell (rank x register) the tick it was
// last hit in. The cells of a rank that lie in the window are counted per rank
// and stamp, so that moving on by a tick subtracts one row of counters and an
// estimate needs no look at the cells. Idle ranks share one sparse table; a rank
// gets a plane of one byte a register once an eighth of it is taken.
type matrix struct {
	ring   *ring
	p      uint8
	planes [ranks + 1][]uint8 // by rank; nil while sparse. Precision 13 has one more rank
	sparse sparseCells
	inHash [ranks + 1]uint32               // sparse cells by rank
	hist   [ringSize + 1][histRanks]uint16 // cells by stamp and rank: one cache line a tick; row 0 is void
	live   [histRanks]uint32               // cells in the window by rank
	cursor int                             // where the sweep of the planes goes on
}

func newMatrix(r *ring, p uint8) *matrix {
	return &matrix{ring: r, p: p, sparse: sparseCells{ring: r, slots: make([]uint32, 64)}}
}

func (m *matrix) size() int { return 1 << m.p }

// observe stamps the cell of hash; stamp is inside the window.
func (m *matrix) observe(hash uint64, stamp uint8) {
	register, rank := cell(hash, m.p)
	plane := m.planes[rank]
	if rank >= histRanks || plane == nil || stamp != m.ring.cur {
		m.touch(register, rank, stamp)
		return
	}
	// Nearly always, and therefore touch and recount once more, in place.
	old := plane[register]
	plane[register] = stamp
	m.hist[stamp][rank]++
	m.hist[old][rank]--
	m.live[rank] += uint32(m.ring.gone[old])
}

func (m *matrix) touch(register uint32, rank int, stamp uint8) {
	plane := m.planes[rank]
	if plane == nil {
		m.touchSparse(register, rank, stamp)
		return
	}
	old := plane[register]
	if stamp != m.ring.cur && old != 0 && m.ring.age(stamp) >= m.ring.age(old) {
		return
	}
	plane[register] = stamp
	m.recount(rank, old, stamp)
}

func (m *matrix) touchSparse(register uint32, rank int, stamp uint8) {
	key := packCell(register, rank)
	i := m.sparse.find(key)
	old := uint8(m.sparse.slots[i])
	switch {
	case old == 0:
		if m.sparse.full() {
			m.rebuildSparse(-1)
			i = m.sparse.find(key)
		}
		m.sparse.put(i, key, stamp)
		m.inHash[rank]++
		m.recount(rank, 0, stamp)
		if m.inHash[rank] > uint32(m.size()/8) {
			m.densify(rank)
		}
	case old != stamp && m.ring.age(stamp) < m.ring.age(old):
		m.sparse.slots[i] = key<<8 | uint32(stamp)
		m.recount(rank, old, stamp)
	}
}

// recount moves a cell from its old stamp (0: none) to a stamp in the window.
// Whether a cell was hit this tick already is a coin toss that no branch
// predictor wins, so that case is counted to and fro like all others; row 0
// counts nothing.
func (m *matrix) recount(rank int, old, stamp uint8) {
	if rank >= histRanks {
		return
	}
	m.hist[stamp][rank]++
	m.hist[old][rank]--
	m.live[rank] += uint32(m.ring.gone[old])
}

// discount takes a departed cell out of the counters.
func (m *matrix) discount(rank int, stamp uint8) {
	if rank < histRanks {
		m.hist[stamp][rank]--
	}
}

// densify gives a rank a plane of its own.
func (m *matrix) densify(rank int) {
	m.planes[rank] = make([]uint8, m.size())
	m.rebuildSparse(rank)
	m.inHash[rank] = 0
}

// rebuildSparse drops departed cells, moves those of rank to its plane (-1: of
// no rank) and makes room. Dropping matters: the sweep starts over afterwards
// and would meet what has departed too late.
func (m *matrix) rebuildSparse(rank int) {
	m.sparse.resize(func(slot uint32) bool {
		r, stamp := int(slot>>24), uint8(slot)
		switch {
		case !m.ring.live(stamp):
			m.discount(r, stamp)
			m.inHash[r]--
			return false
		case r == rank:
			m.planes[r][slot>>8&0xffff] = stamp
			return false
		}
		return true
	})
}

// expire takes the cells of a tick that has just left the window out of the
// counts.
func (m *matrix) expire(stamp uint8) {
	row := &m.hist[stamp]
	for c := range row {
		m.live[c] -= uint32(row[c])
	}
}

// sweep clears departed cells in its share of the planes and of the sparse
// table.
func (m *matrix) sweep() {
	steps := m.ring.sweepSteps()
	end := min(m.cursor+(m.size()+steps-1)/steps, m.size())
	for rank, plane := range m.planes {
		if plane == nil {
			continue
		}
		for i, s := range plane[m.cursor:end] {
			if s != 0 && m.ring.gone[s] != 0 {
				plane[m.cursor+i] = 0
				m.discount(rank, s)
			}
		}
	}
	m.cursor = end % m.size()
	m.sparse.sweep(func(rank int, s uint8) {
		m.discount(rank, s)
		m.inHash[rank]--
	})
}

// seenIn returns the cells by rank that were hit in the newest k ticks.
func (m *matrix) seenIn(k int) [histRanks]uint32 {
	var filled [histRanks]uint32
	stamp := m.ring.cur
	for range k {
		row := &m.hist[stamp]
		for c := range row {
			filled[c] += uint32(row[c])
		}
		stamp = before(stamp)
	}
	return filled
}

// registersInto fills zeroed HyperLogLog registers with what the newest k ticks say.
func (m *matrix) registersInto(dst []uint8, k int) {
	for rank, plane := range m.planes {
		for i, s := range plane {
			if s != 0 && m.ring.age(s) < k {
				dst[i] = uint8(rank + 1) // ranks ascend: the last one stays
			}
		}
	}
	for _, slot := range m.sparse.slots {
		if slot != 0 && m.ring.age(uint8(slot)) < k {
			i := slot >> 8 & 0xffff
			dst[i] = max(dst[i], uint8(slot>>24)+1)
		}
	}
}

func (m *matrix) bytes() int {
	n := 2*len(m.hist)*histRanks + 4*len(m.sparse.slots)
	for _, plane := range m.planes {
		n += len(plane)
	}
	return n
}
