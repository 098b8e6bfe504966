package sketch

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/axiomhq/hyperloglog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func sketchOf(hashes ...uint64) *Sketch {
	s := new(Sketch)
	for _, h := range hashes {
		s.Observe(h)
	}
	return s
}

func people(n int, seed uint64) []uint64 {
	out := make([]uint64, n)
	for i := range out {
		out[i] = mix(seed<<32 | uint64(i))
	}
	return out
}

func merged(t testing.TB, parts ...*Sketch) *Sketch {
	t.Helper()
	s := new(Sketch)
	for _, p := range parts {
		require.NoError(t, s.Merge(p))
	}
	return s
}

func assertSame(t testing.TB, want, got *Sketch) {
	t.Helper()
	assert.Equal(t, want.Registers(nil), got.Registers(nil))
	assert.Equal(t, want.Estimate(), got.Estimate())
}

func TestSketch_ZeroHash_IsAnIdentityToo(t *testing.T) {
	s := sketchOf(0, 0, 1)
	assert.Equal(t, Count{Value: 2, Exact: true}, s.Estimate())
	assert.EqualValues(t, 3, s.Events())
	assert.EqualValues(t, 51, s.Registers(nil)[0])
}

func TestSketch_AtItsLimit_IsExactAndThenEstimates(t *testing.T) {
	all := people(ExactLimit+1, 1)
	s := sketchOf(all[:ExactLimit]...)
	assert.Equal(t, Count{Value: ExactLimit, Exact: true}, s.Estimate())
	s.Observe(all[ExactLimit])
	assert.False(t, s.Estimate().Exact)
	assert.InEpsilon(t, ExactLimit+1, s.Estimate().Value, 0.03)
}

func TestSketch_Registers_EqualTheLibrarys(t *testing.T) {
	for _, n := range []int{0, 1, 100, ExactLimit, ExactLimit + 1, 100_000} {
		all := append(people(n, 7), 0, 1, 2, math.MaxUint64, 1<<50, 1<<49)
		want := libraryRegisters(t, 14, func(insert func(uint64)) {
			for _, h := range all {
				insert(h)
			}
		})
		assert.Equal(t, want, sketchOf(all...).Registers(nil), "n=%d", n)
		var d Delta
		for _, h := range all {
			d.Observe(h)
		}
		s := new(Sketch)
		require.NoError(t, s.MergeDelta(&d))
		assert.Equal(t, want, s.Registers(nil), "n=%d by delta", n)
	}
}

// Any split over nodes, any order, any repetition: the same sketch.
func TestSketch_MergedParts_EqualTheWhole(t *testing.T) {
	t.Parallel()
	for _, n := range []int{10, 3000, ExactLimit - 1, ExactLimit, ExactLimit + 1, 20_000, 1_000_000} {
		rng := rand.New(rand.NewPCG(uint64(n), 1))
		all := people(n, 3)
		whole := sketchOf(all...)
		parts := make([]*Sketch, 8)
		for i := range parts {
			parts[i] = new(Sketch)
		}
		for _, h := range all {
			parts[rng.IntN(8)].Observe(h)
			parts[rng.IntN(3)].Observe(h) // shared by several
		}
		for range 3 {
			rng.Shuffle(8, func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
			assertSame(t, whole, merged(t, append(parts, parts[2], parts[0])...))
			left := merged(t, merged(t, parts[:3]...), merged(t, parts[3:]...))
			right := merged(t, parts[0], merged(t, parts[1], merged(t, parts[2:]...)))
			assertSame(t, left, right)
		}
	}
}

func TestSketch_TicksMerged_EqualTheWhole(t *testing.T) {
	for _, perTick := range []int{50, 9000} {
		whole, rolled := new(Sketch), new(Sketch)
		union := new(Delta)
		for tick := range uint64(5) {
			var d Delta
			for _, h := range people(perTick, tick/2) {
				whole.Observe(h)
				d.Observe(h)
			}
			require.NoError(t, rolled.MergeDelta(&d))
			union.Merge(&d)
		}
		assertSame(t, whole, rolled)
		assert.Equal(t, whole.Events(), rolled.Events())
		byUnion := new(Sketch)
		require.NoError(t, byUnion.MergeDelta(union))
		assertSame(t, whole, byUnion)
	}
}

// The sparse form of the library is what other producers may send.
func TestSketch_ForeignSparse_MergesBothWays(t *testing.T) {
	foreign := func() *Sketch {
		hll := hyperloglog.New()
		for _, h := range people(1000, 1) {
			hll.InsertHash(h)
		}
		return &Sketch{hll: hll, events: 1000}
	}
	assert.InEpsilon(t, 1000, foreign().Estimate().Value, 0.001)
	want := sketchOf(append(people(1000, 1), people(1500, 2)...)...).Registers(nil)
	a := merged(t, foreign(), sketchOf(people(1500, 2)...))
	b := merged(t, sketchOf(people(1500, 2)...), foreign())
	assert.Equal(t, want, a.Registers(nil))
	assert.Equal(t, want, b.Registers(nil))
	assert.InEpsilon(t, 2500, a.Estimate().Value, 0.001)
	assert.Equal(t, a.Estimate(), b.Estimate())
}

func TestSketch_Merge_LeavesItsSourceAlone(t *testing.T) {
	dense := sketchOf(people(20_000, 1)...)
	before := dense.Registers(nil)
	into := merged(t, dense)
	into.Observe(mix(1 << 50))
	require.NoError(t, into.Merge(sketchOf(people(20_000, 2)...)))
	assert.Equal(t, before, dense.Registers(nil))
}

func TestSketch_ErrorAboveTheLimit_StaysInItsBound(t *testing.T) {
	t.Parallel()
	var errors []float64
	const n = 100_000
	for seed := range uint64(60) {
		errors = append(errors, sketchOf(people(n, seed)...).Estimate().Value/n-1)
	}
	root, bias := rmse(errors)
	assert.Less(t, root, 0.0085)
	assert.Less(t, math.Abs(bias), 0.0025)
}

func TestDelta_Observe_TellsWhetherItMatters(t *testing.T) {
	for _, crowd := range []int{0, ExactLimit + 1} {
		var d Delta
		for _, h := range people(crowd, 1) {
			d.Observe(h)
		}
		assert.True(t, d.Observe(5))
		assert.False(t, d.Observe(5))
		assert.EqualValues(t, crowd+2, d.Events())
		d.Reset()
		assert.True(t, d.Empty())
		assert.Zero(t, d.Events())
	}
}

func TestDelta_MergeAcrossForms_EqualsObservations(t *testing.T) {
	few, many := people(300, 1), people(ExactLimit+500, 2)
	var a, b, c Delta
	for _, h := range few {
		a.Observe(h)
	}
	for _, h := range many {
		b.Observe(h)
		c.Observe(h)
	}
	b.Merge(&a)
	a.Merge(&c)
	want := sketchOf(append(few, many...)...)
	for _, d := range []*Delta{&a, &b} {
		s := new(Sketch)
		require.NoError(t, s.MergeDelta(d))
		assertSame(t, want, s)
	}
}

func TestEvents_NearTheEnd_DoNotWrap(t *testing.T) {
	a, b := &Sketch{events: math.MaxUint64 - 1}, &Sketch{events: 5}
	require.NoError(t, a.Merge(b))
	assert.Equal(t, uint64(math.MaxUint64), a.Events())
}
