package counter

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/sketch"
)

// recorder is an Output that remembers.
type recorder struct {
	t       testing.TB
	buckets map[string]*sketch.Sketch
	gauges  map[string][]float64
}

func newRecorder(t testing.TB) *recorder {
	return &recorder{t: t, buckets: map[string]*sketch.Sketch{}, gauges: map[string][]float64{}}
}

func (r *recorder) Bucket(g *Group, identity string, b sketch.Bucket) {
	id := fmt.Sprintf("%s%v%d@%d", identity, g.Key.Values, b.Tier, b.Start)
	if r.buckets[id] == nil {
		r.buckets[id] = new(sketch.Sketch)
	}
	require.NoError(r.t, r.buckets[id].Merge(b.Sketch))
}

func (r *recorder) Gauge(g *Group, identity string, _ int64, count sketch.Count) {
	id := fmt.Sprint(identity, g.Key.Values)
	r.gauges[id] = append(r.gauges[id], count.Value)
}

func (r *recorder) users(id string) float64 {
	if r.buckets[id] == nil {
		return -1
	}
	return r.buckets[id].Estimate().Value
}

func newCounter(t testing.TB, maxKeys int) *Counter {
	t.Helper()
	plan := &sketch.Plan{Span: 5, Precision: 14, Tiers: []sketch.Tier{{Ticks: 1, Emit: false}, {Ticks: 10, Emit: true}, {Ticks: 30, Emit: true}}}
	require.NoError(t, plan.Validate())
	return New(Config{Plan: plan, Identities: []string{"session", "user"}, MaxKeys: maxKeys, Total: true, Gauges: true})
}

func service(name string) Key { return Key{Names: []string{"service.name"}, Values: []string{name}} }

func TestCounter_TwoKeys_TotalCountsSharedPeopleOnce(t *testing.T) {
	c, out := newCounter(t, 10), newRecorder(t)
	shop, cart := c.Add(service("shop"), true), c.Add(service("cart"), true)
	for _, h := range []uint64{1, 2, 3} {
		shop.Observe(0, 0, h)
		cart.Observe(0, 0, h+2)
		c.Add(Key{Names: []string{"region"}, Values: []string{"busan"}}, false).Observe(0, 0, h+100)
	}
	c.Total().Observe(1, 0, 9)
	require.NoError(t, c.Close(9, out))
	assert.Equal(t, []float64{3, 3, 3, 3, 3, 0}, out.gauges["session[shop]"], "zero once, then silence")
	assert.Equal(t, []float64{5, 5, 5, 5, 5, 0}, out.gauges["session[]"])
	assert.EqualValues(t, 5, out.users("session[]1@0"))
	assert.EqualValues(t, 1, out.users("user[]1@0"))
	assert.EqualValues(t, 3, out.users("session[busan]1@0"))
	require.NoError(t, c.Close(1_000_000_000, out))
	assert.Zero(t, c.Keys())
	assert.True(t, c.Empty())
}

func TestCounter_FullOfKeys_EvictsTheLeastRecentlySeen(t *testing.T) {
	c, out := newCounter(t, 2), newRecorder(t)
	a := c.Add(service("a"), true)
	a.Observe(0, 0, 1)
	c.Add(service("b"), true).Observe(0, 0, 2)
	assert.Same(t, a, c.Find(service("a").AppendID(nil)))
	c.Add(service("c"), true).Observe(0, 0, 3)
	assert.EqualValues(t, 1, c.TakeEvicted())
	assert.Nil(t, c.Find(service("b").AppendID(nil)))
	require.NoError(t, c.Close(9, out))
	assert.EqualValues(t, 3, out.users("session[]1@0"), "the evicted key still counts in the total")
	assert.EqualValues(t, 1, out.users("session[a]1@0"))
}

func TestCounter_EvictedWhileInUse_ComesBack(t *testing.T) {
	c, out := newCounter(t, 1), newRecorder(t)
	a := c.Add(service("a"), true)
	a.Observe(0, 0, 1)
	c.Add(service("b"), true).Observe(0, 0, 2)
	a.Observe(0, 0, 3)
	assert.Equal(t, 1, c.Keys())
	require.NoError(t, c.Close(9, out))
	assert.EqualValues(t, 3, out.users("session[]1@0"))
	assert.EqualValues(t, 1, out.users("session[a]1@0"))
}

func TestCounter_LateData_ReachesKeyAndTotal(t *testing.T) {
	c, out := newCounter(t, 10), newRecorder(t)
	require.NoError(t, c.Close(3, out))
	g := c.Add(service("a"), true)
	arrival, changed := g.Observe(0, 2, 7)
	assert.Equal(t, sketch.Late, arrival)
	assert.True(t, changed)
	require.NoError(t, c.Close(9, out))
	assert.EqualValues(t, 1, out.users("session[a]1@0"))
	assert.EqualValues(t, 1, out.users("session[]1@0"))
	arrival, changed = g.Observe(0, -100, 7)
	assert.Equal(t, sketch.Lost, arrival)
	assert.False(t, changed)
}

func TestCounter_Flush_ShowsWhatIsOpenAndKeepsIt(t *testing.T) {
	c, early, out := newCounter(t, 10), newRecorder(t), newRecorder(t)
	g := c.Add(service("a"), true)
	for tick := range int64(14) {
		g.Observe(0, tick, uint64(tick))
	}
	require.NoError(t, c.Close(11, early))
	require.NoError(t, c.Flush(early))
	require.NoError(t, c.Close(1000, out))
	assert.EqualValues(t, 4, early.users("session[a]1@10"))
	assert.EqualValues(t, 14, early.users("session[a]2@0"))
	assert.EqualValues(t, 14, early.users("session[]2@0"))
	assert.EqualValues(t, 4, out.users("session[a]1@10"))
	assert.EqualValues(t, 14, out.users("session[]2@0"))
}

func TestCounter_Gap_IsSkippedAndClosesWhatIsDue(t *testing.T) {
	c, out := newCounter(t, 10), newRecorder(t)
	g := c.Add(service("a"), true)
	g.Observe(0, 0, 1)
	g.Observe(0, 900_000_007, 2)
	require.NoError(t, c.Close(900_000_030, out))
	assert.EqualValues(t, 1, out.users("session[a]2@0"))
	assert.EqualValues(t, 1, out.users("session[a]1@900000000"))
	assert.Equal(t, []float64{1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0}, out.gauges["session[a]"])
}

func TestCounter_StoredAndRestored_GoesOnAsBefore(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	kept, gone := newCounter(t, 100), newCounter(t, 100)
	want, got := newRecorder(t), newRecorder(t)
	for head := range int64(100) {
		for range 20 {
			key, kind, tick, h := service(fmt.Sprint(rng.IntN(5))), rng.IntN(2), head-rng.Int64N(3), rng.Uint64N(300)
			kept.Add(key, true).Observe(kind, tick, h)
			gone.Add(key, true).Observe(kind, tick, h)
		}
		require.NoError(t, kept.Close(head-3, want))
		require.NoError(t, gone.Close(head-3, got))
		if head%9 == 0 {
			again := newCounter(t, 100)
			require.NoError(t, again.Close(gone.Closed(), Discard{}))
			for g := range gone.Groups {
				_, err := g.Store(nil, func(identity int, value []byte) {
					g, identity, err := again.Lookup(g.SeriesID(identity), func(Key) bool { return true })
					require.NoError(t, err)
					require.NoError(t, g.Restore(identity, value))
				})
				require.NoError(t, err)
			}
			gone = again
		}
	}
	for id := range want.buckets {
		assert.Equal(t, want.users(id), got.users(id), id)
	}
	assert.Len(t, got.buckets, len(want.buckets))
}

func TestCounter_ForeignIdentities_AreBounded(t *testing.T) {
	c := newCounter(t, 10)
	for i := range maxIdentities - 2 {
		_, err := c.IdentityIndex(fmt.Sprint("kind ", i))
		require.NoError(t, err)
	}
	_, err := c.IdentityIndex("one more")
	require.ErrorIs(t, err, ErrIdentities)
	i, err := c.IdentityIndex("user")
	require.NoError(t, err)
	assert.Equal(t, 1, i)
}

func FuzzLookup(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(newCounter(f, 1).Add(service("a"), true).SeriesID(0))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, id []byte) {
		c := newCounter(t, 10)
		g, identity, err := c.Lookup(id, func(Key) bool { return true })
		if err != nil {
			return
		}
		again, identity2, err := c.Lookup(g.SeriesID(identity), func(Key) bool { return true })
		require.NoError(t, err)
		assert.Same(t, g, again)
		assert.Equal(t, identity, identity2)
	})
}

func TestGroup_ObserveAll_LikeOneByOne(t *testing.T) {
	t.Parallel()
	one, all := newCounter(t, 10), newCounter(t, 10)
	for step, tick := range []int64{5, 5, 6, 3, -1000} {
		hashes := []uint64{7, 8, 7, uint64(20 + step)}
		key := service("shop")
		want := []uint64(nil)
		var arrival sketch.Arrival
		for _, h := range hashes {
			var changed bool
			if arrival, changed = one.Add(key, true).Observe(0, tick, h); changed {
				want = append(want, h)
			}
		}
		got, changed := all.Add(key, true).ObserveAll(0, tick, hashes, nil)
		assert.Equal(t, arrival, got)
		assert.Equal(t, want, changed)
		if step == 2 {
			require.NoError(t, one.Close(5, Discard{}))
			require.NoError(t, all.Close(5, Discard{}))
		}
	}
	assert.Equal(t, one.Bytes(), all.Bytes())
}
