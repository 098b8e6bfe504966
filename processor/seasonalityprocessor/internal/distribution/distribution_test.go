package distribution

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestExplicitQuantile_Interpolates(t *testing.T) {
	t.Parallel()
	h := Explicit{Bounds: []float64{1, 2, 4}, Counts: []uint64{10, 10, 0, 20}}
	require.True(t, h.Valid())
	assert.InDelta(t, 0.4, h.Quantile(.1), 1e-9)
	assert.InDelta(t, 1, h.Quantile(.25), 1e-9)
	assert.InDelta(t, 1.5, h.Quantile(.375), 1e-9)
	assert.InDelta(t, 4, h.Quantile(.9), 1e-9, "the open bucket has no end")
	assert.True(t, math.IsNaN((&Explicit{Bounds: []float64{1}, Counts: []uint64{0, 0}}).Quantile(.5)))
	assert.True(t, math.IsNaN((&Explicit{Counts: []uint64{3}}).Quantile(.5)), "one open bucket says nothing")
	assert.InDelta(t, -1, (&Explicit{Bounds: []float64{-1, 1}, Counts: []uint64{2, 2, 0}}).Quantile(.25), 1e-9)
}

func TestExplicitValid_Hostile_IsRefused(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]Explicit{
		"no_buckets":      {},
		"bucket_missing":  {Bounds: []float64{1, 2}, Counts: []uint64{1, 2}},
		"bounds_fall":     {Bounds: []float64{2, 1}, Counts: []uint64{1, 2, 3}},
		"bounds_repeat":   {Bounds: []float64{1, 1}, Counts: []uint64{1, 2, 3}},
		"bound_nan":       {Bounds: []float64{math.NaN()}, Counts: []uint64{1, 2}},
		"bound_infinite":  {Bounds: []float64{math.Inf(1)}, Counts: []uint64{1, 2}},
		"too_many_bounds": {Bounds: slices.Repeat([]float64{1}, MaxBuckets), Counts: make([]uint64, MaxBuckets+1)},
	} {
		assert.False(t, h.Valid(), name)
	}
}

func TestExplicitAdd_OfIncreases_IsTheWhole(t *testing.T) {
	t.Parallel()
	before := Explicit{Bounds: []float64{1}, Counts: []uint64{3, 4}}
	now := Explicit{Bounds: []float64{1}, Counts: []uint64{5, 4}}
	assert.True(t, now.Grew(&before))
	assert.False(t, before.Grew(&now), "a count fell")
	assert.False(t, now.Grew(&Explicit{Bounds: []float64{2}, Counts: []uint64{0, 0}}), "other bounds")
	var sum Explicit
	sum.Add(&now, &before)
	sum.Add(&now, nil)
	assert.Equal(t, []uint64{7, 4}, sum.Counts)
	sum.Add(&Explicit{Bounds: []float64{1, 2}, Counts: []uint64{1, 1, 1}}, nil)
	assert.Equal(t, []uint64{1, 1, 1}, sum.Counts)
	sum.Reset()
	assert.Equal(t, []uint64{0, 0, 0}, sum.Counts)
}

// exponential counts the values at a scale.
func exponential(scale int32, values ...float64) *Exponential {
	h := &Exponential{Scale: scale}
	for _, v := range values {
		index := func() int32 {
			return int32(math.Ceil(math.Log2(math.Abs(v))*math.Exp2(float64(scale)))) - 1
		}
		switch {
		case v == 0:
			h.Zero++
		case v > 0:
			h.Positive.force(index())
		default:
			h.Negative.force(index())
		}
	}
	return h
}

// force counts one more in a bucket, however many buckets that makes.
func (b *Buckets) force(index int32) {
	if len(b.Counts) == 0 {
		b.Offset = index
	}
	if index < b.Offset {
		b.Counts = append(make([]uint64, b.Offset-index), b.Counts...)
		b.Offset = index
	}
	for int(index-b.Offset) >= len(b.Counts) {
		b.Counts = append(b.Counts, 0)
	}
	b.Counts[index-b.Offset]++
}

func TestExponentialQuantile_AnyScaleAndSign_IsWithinTheBucketsWidth(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for scale := int32(0); scale <= 6; scale++ {
		values := make([]float64, 999)
		for i := range values {
			values[i] = math.Exp(rng.NormFloat64())
			if i%5 == 0 {
				values[i] = -values[i]
			}
		}
		h := exponential(scale, values...)
		require.True(t, h.Fit())
		require.LessOrEqual(t, len(h.Positive.Counts), MaxBuckets)
		slices.Sort(values)
		width := math.Exp2(math.Exp2(-float64(h.Scale)))
		for _, q := range []float64{.05, .5, .9, .99} {
			want := values[int(q*float64(len(values)))]
			got := h.Quantile(q)
			assert.LessOrEqual(t, math.Abs(math.Log(math.Abs(got/want))), math.Log(width)+.05, "scale %d q %g: %g is %g", scale, q, want, got)
			assert.Equal(t, math.Signbit(want), math.Signbit(got))
		}
	}
}

func TestExponentialAdd_DifferentScales_CountsEverythingOnce(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		var sum Exponential
		var counter *Exponential
		total := 0.0
		for step := range 6 {
			scale := int32(rng.IntN(12) - 3)
			var values []float64
			for range rng.IntN(40) {
				values = append(values, math.Exp(rng.NormFloat64()*6)*float64(rng.IntN(3)-1))
			}
			now := exponential(scale, values...)
			require.True(t, now.Fit())
			if step%2 == 0 || counter == nil {
				sum.Add(now, nil)
			} else { // a cumulative one that goes on from before
				grown := &Exponential{}
				grown.Set(counter)
				grown.Add(now, nil)
				before := &Exponential{}
				before.Set(counter)
				require.True(t, grown.Grew(before))
				sum.Add(grown, before)
			}
			total += float64(len(values))
			counter = now
			require.LessOrEqual(t, len(sum.Positive.Counts), MaxBuckets)
			require.LessOrEqual(t, len(sum.Negative.Counts), MaxBuckets)
			require.Equal(t, total, sum.Positive.total()+sum.Negative.total()+float64(sum.Zero))
		}
	}
}

func TestExponentialGrew_Reset_IsNoticed(t *testing.T) {
	t.Parallel()
	before, now := exponential(3, 1, 2, 3, -4), exponential(3, 1, 2, 3)
	assert.False(t, now.Grew(before))
	assert.True(t, exponential(2, 1, 2, 3, -4, 0).Grew(exponential(5, 1, 2, 3, -4)))
	assert.False(t, exponential(2, 1).Grew(exponential(2, 0)))
}

func FuzzExponential(f *testing.F) {
	f.Add(int32(3), int32(-7), []byte{1, 0, 200, 4}, int32(20), int32(900), []byte{5})
	f.Add(int32(math.MinInt32), int32(math.MaxInt32), []byte{1}, int32(0), int32(math.MinInt32), []byte{0, 9})
	f.Fuzz(func(t *testing.T, scaleA, offsetA int32, a []byte, scaleB, offsetB int32, b []byte) {
		var sum Exponential
		for _, in := range []struct {
			scale, offset int32
			counts        []byte
		}{{scaleA, offsetA, a}, {scaleB, offsetB, b}, {scaleA, offsetB, b}} {
			h := &Exponential{Scale: in.scale, Positive: Buckets{Offset: in.offset}}
			for _, n := range in.counts {
				h.Positive.Counts = append(h.Positive.Counts, uint64(n))
			}
			if !h.Fit() {
				continue
			}
			sum.Add(h, nil)
			require.LessOrEqual(t, len(sum.Positive.Counts), MaxBuckets)
			assert.False(t, math.IsInf(h.Quantile(.5), 0))
		}
		assert.False(t, math.IsInf(sum.Quantile(.99), 0))
	})
}
