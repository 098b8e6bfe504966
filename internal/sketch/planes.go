package sketch

import "math/bits"

const planeWords = registers / 64

// planes is a set of cells (rank x register) at Precision, one bitmap of 2 KiB a
// rank, allocated when a rank is first hit. It is what distinct counting with
// probabilistic averaging (Flajolet and Martin 1985) keeps; a HyperLogLog keeps
// only each register's highest rank.
type planes struct {
	rows [ranks]*[planeWords]uint64
}

// set reports whether the cell was not yet in the set.
func (p *planes) set(register uint32, rank int) bool {
	row := p.rows[rank]
	if row == nil {
		row = new([planeWords]uint64)
		p.rows[rank] = row
	}
	word, bit := register/64, uint64(1)<<(register%64)
	if row[word]&bit != 0 {
		return false
	}
	row[word] |= bit
	return true
}

func (p *planes) add(h uint64) bool { return p.set(cell(h, Precision)) }

// merge is the union, cell by cell.
func (p *planes) merge(other *planes) {
	for rank, row := range other.rows {
		if row == nil {
			continue
		}
		if p.rows[rank] == nil {
			copied := *row
			p.rows[rank] = &copied
			continue
		}
		for i, w := range row {
			p.rows[rank][i] |= w
		}
	}
}

// each calls f for every cell, low ranks first.
func (p *planes) each(f func(register uint32, rank int)) {
	for rank, row := range p.rows {
		if row == nil {
			continue
		}
		for i, w := range row {
			for ; w != 0; w &= w - 1 {
				f(uint32(i*64+bits.TrailingZeros64(w)), rank)
			}
		}
	}
}

// maxInto raises the HyperLogLog registers in dst to what the cells say.
func (p *planes) maxInto(dst []uint8) {
	p.each(func(register uint32, rank int) {
		dst[register] = max(dst[register], uint8(rank+1))
	})
}

func (p *planes) bytes() int {
	n := 0
	for _, row := range p.rows {
		if row != nil {
			n += 8 * planeWords
		}
	}
	return n
}
