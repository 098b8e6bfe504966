package surprise

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/eventtime"
)

// settled is a scorer with ten days behind it.
func settled(tb testing.TB) *Scorer {
	tb.Helper()
	s := New(&Options{})
	alarms(s, 0, 2880, daily(rand.New(rand.NewPCG(1, 2))))
	return s
}

func encoded(tb testing.TB, s *Scorer) []byte {
	tb.Helper()
	b, err := s.AppendBinary(nil)
	require.NoError(tb, err)
	return b
}

func TestScorerUnmarshalBinary_BadData_RefusedAndUnchanged(t *testing.T) {
	t.Parallel()
	good := encoded(t, settled(t))
	with := func(change func(b []byte)) []byte {
		b := append([]byte(nil), good...)
		change(b)
		return b
	}
	infinite := settled(t)
	infinite.s.Views.Drift.Up.Bin[7] = float32(math.Inf(1))
	for name, data := range map[string][]byte{
		"nil":            nil,
		"empty":          {},
		"version_only":   {version},
		"short":          good[:len(good)-1],
		"long":           append(append([]byte(nil), good...), 0),
		"other_version":  with(func(b []byte) { b[0] = version + 1 }),
		"not_a_number":   with(func(b []byte) { binary.LittleEndian.PutUint64(b[9:], math.Float64bits(math.NaN())) }),
		"negative_step":  with(func(b []byte) { binary.LittleEndian.PutUint64(b[9:], math.Float64bits(-1)) }),
		"infinite_count": encoded(t, infinite),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := settled(t)
			require.ErrorIs(t, s.UnmarshalBinary(data), errFormat)
			assert.Equal(t, good, encoded(t, s))
		})
	}
}

func TestScorer_Size_Bounded(t *testing.T) {
	t.Parallel()
	assert.LessOrEqual(t, unsafe.Sizeof(Scorer{}), uintptr(4096))
	assert.LessOrEqual(t, 1+stateSize, 4096)
	assert.Len(t, encoded(t, New(&Options{})), len(encoded(t, settled(t))))
}

func FuzzScorerUnmarshalBinary(f *testing.F) {
	good := encoded(f, settled(f))
	f.Add(good)
	f.Add(encoded(f, New(&Options{})))
	f.Add([]byte{version})
	f.Add(good[:len(good)/2])
	f.Fuzz(func(t *testing.T, data []byte) {
		s := New(&Options{})
		if s.UnmarshalBinary(data) != nil {
			return
		}
		assert.Equal(t, data, encoded(t, s))
		for i := range 400 {
			v := s.Observe(at(4000+i), float64(i%7), Expectation{})
			assert.True(t, v.Score >= 0 && v.Score <= 1, "score %g", v.Score)
			assert.True(t, v.Damp >= 0 && v.Damp <= 1, "damp %g", v.Damp)
		}
	})
}

func FuzzScorerObserve(f *testing.F) {
	f.Add(uint64(1), int64(300e9), 1., 1e6)
	f.Add(uint64(2), int64(-1), math.NaN(), math.Inf(1))
	f.Add(uint64(3), int64(math.MaxInt64), 1e149, -1e149)
	f.Add(uint64(4), int64(1), math.SmallestNonzeroFloat64, 0.)
	f.Fuzz(func(t *testing.T, seed uint64, step int64, a, b float64) {
		rng, s, when := rand.New(rand.NewPCG(seed, 0)), New(&Options{}), monday
		for i := range 600 {
			v := rng.NormFloat64() * a
			switch rng.IntN(20) {
			case 0:
				v = b
			case 1:
				when += eventtime.Instant(step)
			}
			when += eventtime.Instant(300e9)
			x := s.Observe(when, v, Expectation{Median: a, Known: i%3 == 0})
			assert.True(t, x.Score >= 0 && x.Score <= 1, "score %g", x.Score)
			assert.True(t, x.Damp >= 0 && x.Damp <= 1, "damp %g", x.Damp)
		}
		require.NoError(t, New(&Options{}).UnmarshalBinary(encoded(t, s)))
	})
}

func TestScorerObserve_Settled_AllocatesNothing(t *testing.T) {
	s, i := settled(t), 2880
	assert.Zero(t, testing.AllocsPerRun(1000, func() {
		s.Observe(at(i), float64(i%9), Expectation{})
		i++
	}))
}
