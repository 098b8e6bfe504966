package sketch

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func stored(t testing.TB, s *Series) []byte {
	t.Helper()
	b, err := s.AppendBinary(nil)
	require.NoError(t, err)
	return b
}

// A series stored and restored at any moment goes on as if nothing had happened.
func TestSeries_StoredAndRestored_GoesOnAsBefore(t *testing.T) {
	t.Parallel()
	for _, people := range []uint64{50, 30_000, 95_000} { // exact, matrix, ticks in planes
		rng := rand.New(rand.NewPCG(people, 9))
		plan := testPlan(t)
		kept, gone := NewSeries(plan, -1), NewSeries(plan, -1)
		want, got := buckets{}, buckets{}
		for head := range int64(60) {
			for range people / 10 {
				tick, h := max(0, head-rng.Int64N(3)), mix(rng.Uint64N(people))
				if want, got := kept.Observe(tick, h), gone.Observe(tick, h); want != got {
					require.Equal(t, want, got)
				}
			}
			if head%3 == 0 { // of which the last tick is still open
				foreign := sketchOf(mix(1<<60), mix(1<<61))
				for _, s := range []*Series{kept, gone} {
					_, err := s.MergeBucket(head/4*4, 4, foreign)
					require.NoError(t, err)
				}
			}
			require.NoError(t, kept.Close(head-4, want.take(t)))
			require.NoError(t, gone.Close(head-4, got.take(t)))
			if head%17 == 0 {
				again := NewSeries(plan, -1000)
				b := stored(t, gone)
				require.NoError(t, again.Restore(b))
				require.NoError(t, again.Restore(b), "twice is once")
				gone = again
			}
			require.Equal(t, kept.window.Registers(20, nil), gone.window.Registers(20, nil), "head %d", head)
			require.Equal(t, kept.Estimate(), gone.Estimate())
		}
		require.Len(t, got, len(want))
		for key := range want {
			assertSame(t, want[key], got[key])
		}
	}
}

func TestSeries_RestoredUnderAnotherPlan_KeepsWhatFits(t *testing.T) {
	s := NewSeries(testPlan(t), -1)
	for tick := range int64(30) {
		s.Observe(tick, mix(uint64(tick)))
	}
	require.NoError(t, s.Close(25, func(Bucket) {}))
	other := &Plan{Span: 10, Precision: 13, Tiers: []Tier{{Ticks: 2, Emit: true}, {Ticks: 100, Emit: true}}}
	require.NoError(t, other.Validate())
	again := NewSeries(other, -1)
	require.NoError(t, again.Restore(stored(t, s)))
	assert.EqualValues(t, 10, again.Estimate().Value)
	got := buckets{}
	require.NoError(t, again.Close(99, got.take(t)))
	assert.EqualValues(t, 2, got[bucketKey{0, 28}].Estimate().Value, "from the two open ticks")
	assert.EqualValues(t, 30, got[bucketKey{1, 0}].Estimate().Value)
}

func TestSeries_DamagedStore_IsRefused(t *testing.T) {
	s := NewSeries(testPlan(t), -1)
	for i := range uint64(40) {
		s.Observe(int64(i), mix(i))
	}
	require.NoError(t, s.Close(20, func(Bucket) {}))
	b := stored(t, s)
	for i := range len(b) - 1 {
		_ = NewSeries(testPlan(t), -1).Restore(b[:i]) // no panic
	}
	assert.ErrorIs(t, NewSeries(testPlan(t), -1).Restore(nil), ErrStored)
	assert.ErrorIs(t, NewSeries(testPlan(t), -1).Restore(b[:len(b)-1]), ErrStored)
	far := binary.AppendVarint([]byte{storedVersion}, math.MaxInt64)
	assert.ErrorIs(t, NewSeries(testPlan(t), -1).Restore(far), ErrStored)
	b[0]++
	assert.ErrorIs(t, NewSeries(testPlan(t), -1).Restore(b), ErrStored)
}

func FuzzRestore(f *testing.F) {
	for _, people := range []uint64{0, 5, 15_000} {
		s := NewSeries(testPlan(f), -1)
		for tick := range int64(10) {
			for i := range people {
				s.Observe(tick, mix(i))
			}
		}
		require.NoError(f, s.Close(7, func(Bucket) {}))
		f.Add(stored(f, s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s := NewSeries(testPlan(t), -1)
		if s.Restore(b) != nil {
			return
		}
		s.Estimate()
		require.NoError(t, s.Close(s.closed+30, func(Bucket) {}))
		checkCounters(t, s.window)
	})
}
