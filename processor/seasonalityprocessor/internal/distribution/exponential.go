package distribution

import (
	"math"
	"slices"
)

// At the least scale two buckets hold every double; finer than the greatest nobody counts.
const (
	minScale = -11
	maxScale = 20
)

// Doubles lie between these powers of two.
const (
	minExponent = -1075
	maxExponent = 1024
)

// Buckets is one side of an exponential histogram: Counts[i] is the bucket of index Offset+i.
type Buckets struct {
	Offset int32
	Counts []uint64
}

// Exponential is an exponential histogram. The zero value is empty.
type Exponential struct {
	Scale              int32
	Zero               uint64
	Positive, Negative Buckets
}

// Fit merges buckets until there are few enough; false if the scale is none or there are buckets beyond all doubles.
func (h *Exponential) Fit() bool {
	if h.Scale < minScale || h.Scale > maxScale {
		return false
	}
	perPower := math.Exp2(float64(h.Scale))
	for _, b := range []*Buckets{&h.Positive, &h.Negative} {
		b.trim()
		first, last := float64(b.Offset), float64(b.Offset)+float64(len(b.Counts))
		if len(b.Counts) > 0 && (first < math.Floor(minExponent*perPower) || last > math.Ceil(maxExponent*perPower)) {
			return false
		}
	}
	for len(h.Positive.Counts) > MaxBuckets || len(h.Negative.Counts) > MaxBuckets {
		h.coarsen(h.Scale - 1)
	}
	return true
}

// trim drops empty buckets at both ends.
func (b *Buckets) trim() {
	n := len(b.Counts)
	for n > 0 && b.Counts[n-1] == 0 {
		n--
	}
	b.Counts = b.Counts[:n]
	first := 0
	for first < n && b.Counts[first] == 0 {
		first++
	}
	if first > 0 {
		b.Counts = b.Counts[:copy(b.Counts, b.Counts[first:])]
		b.Offset += int32(first)
	}
}

// coarsen merges buckets so that the scale becomes scale.
func (h *Exponential) coarsen(scale int32) {
	if shift := h.Scale - scale; shift > 0 {
		h.Positive.coarsen(shift)
		h.Negative.coarsen(shift)
		h.Scale = scale
	}
}

func (b *Buckets) coarsen(shift int32) {
	if len(b.Counts) == 0 {
		return
	}
	offset, n := b.Offset>>shift, 0
	for i, count := range b.Counts {
		if i == 0 {
			b.Counts[0], n = count, 1
			continue
		}
		j := int((b.Offset+int32(i))>>shift - offset)
		if j >= n {
			clear(b.Counts[n:j])
			b.Counts[j], n = count, j+1
			continue
		}
		b.Counts[j] += count
	}
	b.Offset, b.Counts = offset, b.Counts[:n]
}

// at is the count of the bucket of that index.
func (b *Buckets) at(index int32) uint64 {
	if i := int64(index) - int64(b.Offset); i >= 0 && i < int64(len(b.Counts)) {
		return b.Counts[i]
	}
	return 0
}

// covers reports whether no bucket of b has less than that of before.
func (b *Buckets) covers(before *Buckets) bool {
	for i, n := range before.Counts {
		if b.at(before.Offset+int32(i)) < n {
			return false
		}
	}
	return true
}

// Set makes h a copy of o, reusing h's memory.
func (h *Exponential) Set(o *Exponential) {
	h.Scale, h.Zero = o.Scale, o.Zero
	h.Positive.set(&o.Positive)
	h.Negative.set(&o.Negative)
}

func (b *Buckets) set(o *Buckets) { b.Offset, b.Counts = o.Offset, append(b.Counts[:0], o.Counts...) }

// Grew reports whether h can be a later state of the same histogram as before. Both are brought to the coarser scale.
func (h *Exponential) Grew(before *Exponential) bool {
	scale := min(h.Scale, before.Scale)
	h.coarsen(scale)
	before.coarsen(scale)
	return h.Zero >= before.Zero && h.Positive.covers(&before.Positive) && h.Negative.covers(&before.Negative)
}

// Add adds what the histogram gained from before, which may be nil and else has the scale of now, to now.
func (h *Exponential) Add(now, before *Exponential) {
	if h.empty() {
		h.Scale = now.Scale
	}
	h.coarsen(now.Scale)
	h.Zero += now.Zero
	var positive, negative *Buckets
	if before != nil {
		h.Zero -= before.Zero
		positive, negative = &before.Positive, &before.Negative
	}
	h.add(&now.Positive, positive, h.shiftFrom(now.Scale), func(h *Exponential) *Buckets { return &h.Positive })
	h.add(&now.Negative, negative, h.shiftFrom(now.Scale), func(h *Exponential) *Buckets { return &h.Negative })
}

func (h *Exponential) shiftFrom(scale int32) int32 { return scale - h.Scale }

func (h *Exponential) empty() bool {
	return h.Zero == 0 && len(h.Positive.Counts) == 0 && len(h.Negative.Counts) == 0
}

// add adds the gain of one side, whose indices are shift finer than those of h. Where h would get too wide it coarsens.
func (h *Exponential) add(now, before *Buckets, shift int32, side func(*Exponential) *Buckets) {
	for i, n := range now.Counts {
		index := now.Offset + int32(i)
		if before != nil {
			n -= before.at(index)
		}
		if n == 0 {
			continue
		}
		for !side(h).put(index>>shift, n) {
			h.coarsen(h.Scale - 1)
			shift++
		}
	}
}

// put adds n to the bucket of that index; false if that made too many buckets.
func (b *Buckets) put(index int32, n uint64) bool {
	if len(b.Counts) == 0 {
		b.Offset = index
	}
	first := min(int64(index), int64(b.Offset))
	last := max(int64(index), int64(b.Offset)+int64(len(b.Counts))-1)
	if last-first >= MaxBuckets {
		return false
	}
	if grow := int64(b.Offset) - first; grow > 0 {
		b.Counts = slices.Insert(b.Counts, 0, make([]uint64, grow)...)
		b.Offset = int32(first)
	}
	for int64(len(b.Counts)) <= last-first {
		b.Counts = append(b.Counts, 0)
	}
	b.Counts[int64(index)-first] += n
	return true
}

// Reset empties the histogram and keeps its memory.
func (h *Exponential) Reset() {
	h.Zero = 0
	h.Positive.Counts, h.Negative.Counts = h.Positive.Counts[:0], h.Negative.Counts[:0]
}

// Quantile returns the value that the share q of the observations does not exceed, taken as spread evenly over the
// logarithm of their bucket; NaN if there are none.
func (h *Exponential) Quantile(q float64) float64 {
	negative, positive := h.Negative.total(), h.Positive.total()
	total := negative + float64(h.Zero) + positive
	if total == 0 {
		return math.NaN()
	}
	rank := q * total
	switch {
	case negative > 0 && rank <= negative:
		return -h.Negative.value(negative-rank, h.Scale)
	case rank <= negative+float64(h.Zero):
		return 0
	}
	return h.Positive.value(rank-negative-float64(h.Zero), h.Scale)
}

func (b *Buckets) total() (sum float64) {
	for _, n := range b.Counts {
		sum += float64(n)
	}
	return sum
}

// value is the magnitude that rank observations do not exceed.
func (b *Buckets) value(rank float64, scale int32) float64 {
	below, index := 0.0, float64(b.Offset)
	for i, n := range b.Counts {
		index = float64(b.Offset) + float64(i) + 1
		if n > 0 && below+float64(n) >= rank {
			index += (rank-below)/float64(n) - 1
			break
		}
		below += float64(n)
	}
	return min(math.Exp2(index*math.Exp2(-float64(scale))), math.MaxFloat64)
}
