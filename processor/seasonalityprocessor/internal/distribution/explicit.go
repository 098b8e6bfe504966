package distribution

import (
	"math"
	"slices"
)

// Explicit is a histogram with fixed upper bounds; the last bucket, beyond them, is open. The zero value is empty.
type Explicit struct {
	Bounds []float64
	Counts []uint64
}

// Valid reports whether the buckets fit the bounds, which rise and are few enough.
func (h *Explicit) Valid() bool {
	if len(h.Counts) != len(h.Bounds)+1 || len(h.Counts) > MaxBuckets {
		return false
	}
	for i, b := range h.Bounds {
		if math.IsNaN(b) || math.IsInf(b, 0) || i > 0 && b <= h.Bounds[i-1] {
			return false
		}
	}
	return true
}

// Set makes h a copy of o, reusing h's memory.
func (h *Explicit) Set(o *Explicit) {
	h.Bounds = append(h.Bounds[:0], o.Bounds...)
	h.Counts = append(h.Counts[:0], o.Counts...)
}

// Grew reports whether h can be a later state of the same histogram as before: same bounds and no count smaller.
func (h *Explicit) Grew(before *Explicit) bool {
	if !slices.Equal(h.Bounds, before.Bounds) {
		return false
	}
	for i, n := range h.Counts {
		if n < before.Counts[i] {
			return false
		}
	}
	return true
}

// Add adds what the histogram gained from before, which may be nil, to now. Where the sum has other bounds it begins anew.
func (h *Explicit) Add(now, before *Explicit) {
	if !slices.Equal(h.Bounds, now.Bounds) || len(h.Counts) != len(now.Counts) {
		h.Bounds = append(h.Bounds[:0], now.Bounds...)
		h.Counts = append(h.Counts[:0], make([]uint64, len(now.Counts))...)
	}
	for i, n := range now.Counts {
		if before != nil {
			n -= before.Counts[i]
		}
		h.Counts[i] += n
	}
}

// Reset empties the histogram and keeps its memory.
func (h *Explicit) Reset() { clear(h.Counts) }

// Quantile returns the value that the share q of the observations does not exceed, taken as spread evenly over their
// bucket; NaN if there are none. In the open bucket it is the highest bound. The first bucket begins at zero unless its
// bound is negative.
func (h *Explicit) Quantile(q float64) float64 {
	var total float64
	for _, n := range h.Counts {
		total += float64(n)
	}
	if total == 0 || len(h.Bounds) == 0 {
		return math.NaN()
	}
	rank, below := q*total, 0.0
	for i, n := range h.Counts[:len(h.Bounds)] {
		if n == 0 || below+float64(n) < rank {
			below += float64(n)
			continue
		}
		low := min(h.Bounds[0], 0)
		if i > 0 {
			low = h.Bounds[i-1]
		}
		return low + (h.Bounds[i]-low)*(rank-below)/float64(n)
	}
	return h.Bounds[len(h.Bounds)-1]
}
