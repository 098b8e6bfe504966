package sketch

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The plan of the shipped defaults in small: 2 s, 1 m, 5 m, 1 h would be 1, 30,
// 150, 1800 ticks.
func testPlan(t testing.TB) *Plan {
	t.Helper()
	p := &Plan{Span: 20, Precision: 14, Tiers: []Tier{{Ticks: 1, Emit: true}, {Ticks: 4, Emit: true}, {Ticks: 20, Emit: true}, {Ticks: 100, Emit: true}}}
	require.NoError(t, p.Validate())
	return p
}

type bucketKey struct {
	tier  int
	start int64
}

type buckets map[bucketKey]*Sketch

func (b buckets) take(t testing.TB) func(Bucket) {
	return func(c Bucket) {
		key := bucketKey{c.Tier, c.Start}
		require.NotContains(t, b, key, "a bucket closes once")
		b[key] = merged(t, c.Sketch)
	}
}

func TestPlan_BadTiers_Refused(t *testing.T) {
	for _, tiers := range [][]Tier{{{Ticks: 0}}, {{Ticks: 4}, {Ticks: 4}}, {{Ticks: 4}, {Ticks: 6}}, {{Ticks: 4}, {Ticks: 2}}, {{Ticks: -1}}} {
		assert.Error(t, (&Plan{Span: 10, Precision: 14, Tiers: tiers}).Validate(), "%v", tiers)
	}
	assert.Error(t, (&Plan{Span: 0, Precision: 14}).Validate())
	assert.NoError(t, (&Plan{Span: 10, Precision: 13, Tiers: []Tier{{Ticks: 5}}}).Validate())
}

// Data out of order within the lateness: every bucket of every tier equals the
// set of identities in its range, and so does the window.
func TestSeries_OutOfOrderData_FillsEveryTier(t *testing.T) {
	t.Parallel()
	for _, people := range []uint64{300, 30_000} {
		const lateness, base = 5, -40
		rng := rand.New(rand.NewPCG(people, 1))
		plan := testPlan(t)
		s, seen, got := NewSeries(plan, base-1), history{}, buckets{}
		perTick := map[int64][]uint64{}
		for head := int64(base); head < base+260; head++ {
			for range people / 30 {
				tick, hash := head-rng.Int64N(lateness), mix(rng.Uint64N(people))
				if tick < base {
					continue
				}
				if arrival := s.Observe(tick, hash); arrival != OnTime {
					require.Equal(t, OnTime, arrival)
				}
				seen[hash] = append(seen[hash], tick)
				perTick[tick] = append(perTick[tick], hash)
			}
			closed := head - lateness
			require.NoError(t, s.Close(closed, got.take(t)))
			if s.Estimate().Exact && head%10 == 0 {
				require.EqualValues(t, seen.distinct(closed-20, closed), s.Estimate().Value)
			}
		}
		require.NoError(t, s.Close(base+1000, got.take(t)))
		perTier := make([]int, len(plan.Tiers))
		for key, sk := range got {
			perTier[key.tier]++
			width := plan.Tiers[key.tier].Ticks
			require.Zero(t, floorDiv(key.start, width)*width-key.start, "aligned")
			want := new(Sketch)
			for tick := key.start; tick < key.start+width; tick++ {
				for _, hash := range perTick[tick] {
					want.Observe(hash)
				}
			}
			assertSame(t, want, sk)
		}
		assert.Equal(t, []int{260, 65, 13, 4}, perTier)
		assert.True(t, s.Idle())
	}
}

func TestSeries_LateData_CountsWhereStillOpen(t *testing.T) {
	s, got := NewSeries(testPlan(t), -1), buckets{}
	s.Observe(1, 10)
	require.NoError(t, s.Close(5, got.take(t)))
	assert.Equal(t, Late, s.Observe(1, 11), "its tick and its four are closed, its twenty is open")
	assert.EqualValues(t, 2, s.Estimate().Value)
	require.NoError(t, s.Close(19, got.take(t)))
	assert.EqualValues(t, 1, got[bucketKey{1, 0}].Estimate().Value)
	assert.EqualValues(t, 2, got[bucketKey{2, 0}].Estimate().Value)
	require.NoError(t, s.Close(60, got.take(t)))
	assert.Equal(t, Late, s.Observe(1, 12), "only the hundred is open")
	assert.Zero(t, s.Estimate().Value)
	require.NoError(t, s.Close(99, got.take(t)))
	assert.EqualValues(t, 3, got[bucketKey{3, 0}].Estimate().Value)
	assert.Equal(t, Lost, s.Observe(1, 13))
	assert.True(t, s.Idle())
}

// Eight edges see parts of the traffic and send one tier; the center merges
// them shuffled, twice and late, and must equal the node that saw everything.
func TestSeries_EdgesToCenter_EqualOneNode(t *testing.T) {
	t.Parallel()
	for tier := range 3 {
		for _, people := range []uint64{400, 12_000} {
			rng := rand.New(rand.NewPCG(people, uint64(tier)))
			plan := testPlan(t)
			whole, want := NewSeries(plan, -1), buckets{}
			edges, sent := make([]*Series, 8), make([][]Bucket, 8)
			for i := range edges {
				edges[i] = NewSeries(plan, -1)
			}
			for tick := range int64(200) {
				for range people / 10 {
					h := mix(rng.Uint64N(people))
					whole.Observe(tick, h)
					edges[rng.IntN(8)].Observe(tick, h)
				}
			}
			require.NoError(t, whole.Close(199, want.take(t)))
			var records []Bucket
			for i, e := range edges {
				require.NoError(t, e.Close(199, func(b Bucket) {
					if b.Tier == tier {
						sent[i] = append(sent[i], b, b)
					}
				}))
				records = append(records, sent[i]...)
			}
			rng.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
			center, got := NewSeries(plan, -1), buckets{}
			for i, r := range records {
				if i == len(records)/2 { // half of it comes after the first ticks have closed
					require.NoError(t, center.Close(19, got.take(t)))
				}
				arrival, err := center.MergeBucket(r.Start, plan.Tiers[r.Tier].Ticks, r.Sketch)
				require.NoError(t, err)
				require.NotEqual(t, Lost, arrival)
			}
			require.NoError(t, center.Close(199, got.take(t)))
			for key, sk := range want {
				if key.tier == 3 || key.tier >= tier && key.start >= 20 {
					require.Contains(t, got, key)
					assertSame(t, sk, got[key])
				}
			}
			w, c := whole.Estimate(), center.Estimate()
			assert.Equal(t, whole.window.Registers(20, nil), center.window.Registers(20, nil))
			assert.InEpsilon(t, w.Value, c.Value, 0.03)
			assert.True(t, !w.Exact || w == c)
		}
	}
}

func TestSeries_ForeignCuts_Refused(t *testing.T) {
	s := NewSeries(testPlan(t), -1)
	for _, c := range [][2]int64{{0, 0}, {3, 4}, {0, 3000}, {-1, 2}} {
		_, err := s.MergeBucket(c[0], c[1], sketchOf(1))
		assert.Error(t, err, "%v", c)
	}
	arrival, err := s.MergeBucket(0, 2, sketchOf(1))
	require.NoError(t, err)
	assert.Equal(t, OnTime, arrival, "two ticks fit into four")
}
