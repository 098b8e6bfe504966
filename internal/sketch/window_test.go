package sketch

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/axiomhq/hyperloglog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// history remembers every observation: what a window must answer is worked out
// from it in the dullest way.
type history map[uint64][]int64

func (h history) distinct(from, to int64) (n int) {
	h.each(from, to, func(uint64) { n++ })
	return n
}

func (h history) each(from, to int64, f func(hash uint64)) {
	for hash, ticks := range h {
		for _, t := range ticks {
			if t > from && t <= to {
				f(hash)
				break
			}
		}
	}
}

// libraryRegisters are axiomhq's registers for the same hashes.
func libraryRegisters(t testing.TB, p uint8, each func(insert func(uint64))) []uint8 {
	t.Helper()
	s, err := hyperloglog.NewSketch(p, false)
	require.NoError(t, err)
	each(s.InsertHash)
	b, err := s.MarshalBinary()
	require.NoError(t, err)
	return b[8:]
}

func newWindow(t testing.TB, span int, p uint8) *Window {
	t.Helper()
	w, err := NewWindow(span, p)
	require.NoError(t, err)
	return w
}

func TestNewWindow_OutOfRange_Refused(t *testing.T) {
	for _, c := range []struct {
		span int
		p    uint8
	}{{0, 14}, {-1, 14}, {MaxSpan + 1, 14}, {150, 12}, {150, 15}} {
		_, err := NewWindow(c.span, c.p)
		assert.Error(t, err, "%+v", c)
	}
}

func TestWindow_Empty_CountsNothing(t *testing.T) {
	w := newWindow(t, 150, 14)
	assert.Equal(t, Count{Exact: true}, w.Estimate())
	assert.Len(t, w.Registers(150, nil), 1<<14)
	w.Advance(7)
	assert.Equal(t, Count{Exact: true}, w.Estimate())
}

// Random traffic with late ticks, gaps and crowds that come and go, against the
// full history: counts while exact, registers always.
func TestWindow_RandomTraffic_AgreesWithHistoryAndLibrary(t *testing.T) {
	for _, c := range []struct {
		name    string
		span    int
		p       uint8
		ticks   int
		people  uint64
		perTick int
		start   int64
		exact   bool
	}{
		{"few", 150, 14, 900, 2000, 20, -300, true},
		{"few_longest_span", MaxSpan, 14, 700, 3000, 30, 0, true},
		{"one_tick", 1, 14, 600, 50, 20, 10, true},
		{"crowd", 20, 14, 400, 40000, 1500, 1 << 40, false},
		{"crowd_13", 20, 13, 400, 40000, 1500, 1 << 40, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(1, uint64(c.span)))
			w, seen := newWindow(t, c.span, c.p), history{}
			tick := c.start
			for i := range c.ticks {
				tick++
				if rng.IntN(100) == 0 {
					tick += rng.Int64N(int64(c.span) + 3)
				}
				w.Advance(tick)
				n := c.perTick
				if i/100%2 == 1 {
					n /= 50 // the crowd has gone
				}
				for range n {
					at := tick - max(0, rng.Int64N(int64(c.span)+10)-int64(c.span)*9/10)
					hash := mix(rng.Uint64N(c.people))
					if w.Observe(at, hash) {
						seen[hash] = append(seen[hash], at)
					} else {
						assert.LessOrEqual(t, at, tick-int64(c.span))
					}
				}
				if i%40 != 39 {
					continue
				}
				for _, k := range []int{c.span, 1, c.span / 3} {
					from := tick - int64(k)
					got := w.EstimateLast(k)
					if want := seen.distinct(from, tick); got.Exact {
						assert.EqualValues(t, want, got.Value, "tick %d, last %d", i, k)
					} else {
						assert.InEpsilon(t, want+1, got.Value+1, 0.06)
					}
					want := libraryRegisters(t, c.p, func(insert func(uint64)) { seen.each(from, tick, insert) })
					require.Equal(t, want, w.Registers(k, nil), "tick %d, last %d", i, k)
				}
				checkCounters(t, w)
			}
			if c.exact {
				assert.True(t, w.Estimate().Exact)
			}
		})
	}
}

// checkCounters recounts every cell and entry: the histograms must agree.
func checkCounters(t *testing.T, w *Window) {
	t.Helper()
	if w.exact != nil {
		var hist [ringSize + 1]uint16
		live := 0
		for _, s := range w.exact.stamps {
			if s != 0 {
				hist[s]++
				if w.ring.live(s) {
					live++
				}
			}
		}
		require.Equal(t, hist, w.exact.hist)
		require.Equal(t, live, w.exact.live)
	}
	if w.matrix == nil {
		return
	}
	m := w.matrix
	var hist [ringSize + 1][histRanks]uint16
	var live [histRanks]uint32
	count := func(rank int, s uint8) {
		if s != 0 && rank < histRanks {
			hist[s][rank]++
			if m.ring.live(s) {
				live[rank]++
			}
		}
	}
	for rank, plane := range m.planes {
		for _, s := range plane {
			count(rank, s)
		}
	}
	for _, slot := range m.sparse.slots {
		count(int(slot>>24), uint8(slot))
	}
	hist[0] = m.hist[0] // void
	require.Equal(t, hist, m.hist)
	require.Equal(t, live, m.live)
}

func TestWindow_UpToItsLimit_IsExact(t *testing.T) {
	w := newWindow(t, 150, 14)
	for i := range uint64(WindowExactLimit) {
		w.Observe(int64(i%100), mix(i))
	}
	assert.GreaterOrEqual(t, WindowExactLimit, 8192)
	assert.Equal(t, Count{Value: WindowExactLimit, Exact: true}, w.Estimate())
	w.Observe(100, mix(1<<40))
	assert.False(t, w.Estimate().Exact)
	assert.InEpsilon(t, WindowExactLimit+1, w.Estimate().Value, 0.03)
}

func TestWindow_CrowdGone_CountsExactlyAgain(t *testing.T) {
	w := newWindow(t, 50, 14)
	for i := range uint64(100_000) {
		w.Observe(0, mix(i))
	}
	require.False(t, w.Estimate().Exact)
	for tick := range int64(130) {
		w.Observe(tick, mix(uint64(tick%7)))
	}
	assert.Equal(t, Count{Value: 7, Exact: true}, w.Estimate())
	assert.Less(t, w.Bytes(), 2048, "the matrix is given back")
}

func TestWindow_LongGap_ForgetsEverything(t *testing.T) {
	w := newWindow(t, 150, 14)
	for i := range uint64(50_000) {
		w.Observe(0, mix(i))
	}
	w.Observe(1_000_000, 1)
	assert.Equal(t, Count{Value: 1, Exact: true}, w.Estimate())
	assert.False(t, w.Observe(0, 2), "far too late")
}

func TestWindow_DeltasInAnyForm_EqualObservations(t *testing.T) {
	for _, p := range []uint8{13, 14} {
		for _, perTick := range []int{200, 9000} {
			direct, fed := newWindow(t, 30, p), newWindow(t, 30, p)
			rng := rand.New(rand.NewPCG(3, 4))
			for tick := range int64(70) {
				var d Delta
				for range perTick {
					h := mix(rng.Uint64N(30_000))
					direct.Observe(tick, h)
					d.Observe(h)
				}
				require.True(t, fed.Apply(tick, &d))
			}
			assert.Equal(t, direct.Registers(30, nil), fed.Registers(30, nil))
			assert.Equal(t, direct.Estimate().Value, fed.Estimate().Value)
		}
	}
}

// Registers of another node tell only maxima: the low ranks of the matrix stay
// under-filled and the cell estimator would count far too few.
func TestWindow_ForeignRegisters_UseTheRegisterEstimator(t *testing.T) {
	var foreign Sketch
	for i := range uint64(200_000) {
		foreign.Observe(mix(i))
	}
	var d Delta
	d.MergeSketch(&foreign)
	for _, p := range []uint8{13, 14} {
		w := newWindow(t, 10, p)
		require.True(t, w.Apply(5, &d))
		assert.InEpsilon(t, 200_000, w.Estimate().Value, 0.03)
		for tick := int64(6); tick < 15; tick++ {
			for i := range uint64(1000) {
				w.Observe(tick, mix(i))
			}
		}
		assert.InEpsilon(t, 200_000, w.Estimate().Value, 0.03)
		w.Advance(15)
		assert.InEpsilon(t, 1000, w.Estimate().Value, 0.05, "they have left")
		checkCounters(t, w)
	}
}

func TestWindow_SteadyState_DoesNotAllocate(t *testing.T) {
	for _, people := range []uint64{1000, 200_000} {
		w := newWindow(t, 150, 14)
		for i := range people {
			w.Observe(0, mix(i))
		}
		i := uint64(0)
		assert.Zero(t, testing.AllocsPerRun(1000, func() {
			w.Observe(0, mix(i%people))
			i++
		}))
		assert.Zero(t, testing.AllocsPerRun(10, func() { w.Estimate() }))
	}
}

// mix turns a number into a hash (SplitMix64): what a keyed hash does, without
// its cost.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func rmse(errors []float64) (root, bias float64) {
	var square float64
	for _, e := range errors {
		square += e * e
		bias += e
	}
	n := float64(len(errors))
	return math.Sqrt(square / n), bias / n
}

func TestWindow_ErrorOfTheMatrix_StaysInItsBound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		p     uint8
		bound float64
	}{{13, 0.0080}, {14, 0.0056}} {
		var errors []float64
		const people = 50_000
		for seed := range uint64(40) {
			w := newWindow(t, 150, c.p)
			for i := range uint64(people) {
				w.Observe(int64(i/1000), mix(seed<<32|i))
			}
			errors = append(errors, w.Estimate().Value/people-1)
		}
		root, bias := rmse(errors)
		assert.Less(t, root, c.bound, "precision %d", c.p)
		assert.Less(t, math.Abs(bias), 0.003)
	}
}

func TestWindow_Memory_StaysInItsBound(t *testing.T) {
	for p, bound := range map[uint8]int{13: 110 << 10, 14: 180 << 10} {
		w := newWindow(t, 150, p)
		for i := range uint64(1_000_000) {
			w.Observe(int64(i/10_000), mix(i))
		}
		assert.LessOrEqual(t, w.Bytes(), bound, "precision %d", p)
	}
	// Whoever has the key can make up registers that no crowd would leave.
	w := newWindow(t, 150, 14)
	for tick := range int64(ranks) {
		var d Delta
		d.planes, d.maxOnly = new(planes), true
		for register := range uint32(registers) {
			d.planes.set(register, int(tick))
		}
		assert.LessOrEqual(t, d.Bytes(), 2048)
		require.True(t, w.Apply(tick, &d))
	}
	w.Estimate()
	assert.LessOrEqual(t, w.Bytes(), 2<<20)
}
