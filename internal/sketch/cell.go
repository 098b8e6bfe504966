package sketch

import "math/bits"

const (
	// Precision is the precision of closed buckets and of the wire: 2^14
	// registers.
	Precision = 14
	registers = 1 << Precision
	// ranks is how many ranks a hash can have at Precision: 0..50. A register
	// of a HyperLogLog holds rank+1, and 0 when empty.
	ranks = 64 - Precision + 1
)

// cell returns where a hash falls at precision p: its register (the top p bits)
// and its rank (the zeros that follow them, at most 64-p).
func cell(h uint64, p uint8) (register uint32, rank int) {
	return uint32(h >> (64 - p)), bits.LeadingZeros64(h<<p | 1<<(p-1))
}

// foldCell maps a cell of precision 14 to the cell of precision 13 that the same
// hash has: the register's last bit becomes the first bit of the rank.
func foldCell(register uint32, rank int) (uint32, int) {
	if register&1 == 1 {
		return register >> 1, 0
	}
	return register >> 1, rank + 1
}
