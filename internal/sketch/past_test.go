package sketch

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// centerPlan keeps the hundreds and lets the twenties leave in parts.
func centerPlan(t testing.TB) *Plan {
	t.Helper()
	p := &Plan{
		Span: 20, Precision: 14, Reach: 1000, Every: 10,
		Tiers: []Tier{{Ticks: 1}, {Ticks: 4}, {Ticks: 20, Emit: true}, {Ticks: 100, Emit: true, Keep: true}},
	}
	require.NoError(t, p.Validate())
	return p
}

// revisions takes what leaves: parts are merged, what is whole replaces.
type revisions struct {
	t     testing.TB
	got   map[bucketKey]*Sketch
	final map[bucketKey]bool
	last  map[bucketKey]uint32
	left  int
}

func newRevisions(t testing.TB) *revisions {
	return &revisions{t: t, got: map[bucketKey]*Sketch{}, final: map[bucketKey]bool{}, last: map[bucketKey]uint32{}}
}

func (r *revisions) take(b Bucket) {
	key := bucketKey{b.Tier, b.Start}
	if last, again := r.last[key]; again && !b.Part {
		require.Greater(r.t, b.Revision, last, "a later revision")
	}
	r.last[key], r.final[key] = b.Revision, b.Final
	r.left++
	if b.Part && r.got[key] != nil {
		require.NoError(r.t, r.got[key].Merge(b.Sketch))
		return
	}
	r.got[key] = merged(r.t, b.Sketch)
}

// What one node sent, in any order, any number of times and any time later, restarted in between, ends as the sketch of
// everything: the tier that is kept as the whole of its last revision, the other one when its parts are merged.
func TestSeries_AnyLateness_EndsAsTheWhole(t *testing.T) {
	t.Parallel()
	for _, people := range []uint64{300, 12_000} {
		rng := rand.New(rand.NewPCG(people, 4))
		plan, edgePlan := centerPlan(t), testPlan(t)
		whole, want := NewSeries(edgePlan, -1), buckets{}
		edge, sent := NewSeries(edgePlan, -1), []Bucket(nil)
		for tick := range int64(200) {
			for range people / 80 {
				h := mix(rng.Uint64N(people))
				whole.Observe(tick, h)
				edge.Observe(tick, h)
			}
		}
		require.NoError(t, whole.Close(199, want.take(t)))
		require.NoError(t, edge.Close(199, func(b Bucket) {
			if b.Tier == 1 {
				sent = append(sent, b, b)
			}
		}))
		rng.Shuffle(len(sent), func(i, j int) { sent[i], sent[j] = sent[j], sent[i] })
		center, got := NewSeries(plan, -1), newRevisions(t)
		for i, b := range sent {
			_, err := center.MergeBucket(b.Start, 4, b.Sketch)
			require.NoError(t, err)
			require.NoError(t, center.Close(int64(i*5), got.take))
			if i%40 == 0 {
				again := NewSeries(plan, -1000)
				require.NoError(t, again.Restore(stored(t, center)))
				require.NoError(t, again.Restore(stored(t, center)), "twice is once")
				center = again
			}
		}
		require.NoError(t, center.Close(int64(len(sent)*5+10), got.take))
		for key, sk := range want {
			if key.tier >= 2 {
				require.Contains(t, got.got, key)
				assertSame(t, sk, got.got[key])
				assert.True(t, got.final[key], "nothing was said to be outstanding")
			}
		}
		require.NoError(t, center.Close(3000, got.take))
		assert.True(t, center.Idle(), "out of reach everything is let go")
		assert.Zero(t, center.PastBytes())
	}
}

func TestSeries_NotSettled_LeavesProvisionalAndThenFinal(t *testing.T) {
	s, got := NewSeries(centerPlan(t), -1), newRevisions(t)
	key := bucketKey{3, 0}
	s.Settle(50)
	s.Observe(5, 1)
	require.NoError(t, s.Close(104, got.take))
	assert.False(t, got.final[key])
	assert.True(t, got.final[bucketKey{2, 0}], "that had settled")

	left := got.left
	require.NoError(t, s.Close(120, got.take))
	assert.Equal(t, left, got.left, "nothing new")

	s.Settle(99)
	due, ok := s.NextDue()
	require.True(t, ok)
	require.NoError(t, s.Close(due, got.take))
	assert.True(t, got.final[key])
	assert.EqualValues(t, 1, got.last[key])
	assert.Equal(t, left+1, got.left, "only that has changed")

	s.Observe(7, 1)
	s.Observe(8, 1)
	require.NoError(t, s.Close(150, got.take))
	assert.Equal(t, left+1+1, got.left, "who was counted changes no whole; of the twenty it is a part, since nobody knows")
}

func TestSeries_NothingSettles_IsFinalWhenOutOfReach(t *testing.T) {
	s, got := NewSeries(centerPlan(t), -1), newRevisions(t)
	s.Settle(-1)
	s.Observe(5, 1)
	require.NoError(t, s.Close(1099, got.take))
	assert.False(t, got.final[bucketKey{3, 0}])
	require.NoError(t, s.Close(1101, got.take))
	assert.True(t, got.final[bucketKey{3, 0}])
	assert.Equal(t, Lost, s.Observe(6, 2), "out of reach")
}

func TestSeries_ForgottenPast_LeavesAsParts(t *testing.T) {
	s, got := NewSeries(centerPlan(t), -1), newRevisions(t)
	s.Observe(5, 1)
	require.NoError(t, s.Close(199, got.take))
	oldest, ok := s.OldestPast()
	require.True(t, ok)
	assert.EqualValues(t, 99, oldest)
	assert.Equal(t, 1, s.ForgetPast(oldest, got.take))
	again := NewSeries(s.plan, -1)
	require.NoError(t, again.Restore(stored(t, s)))
	for _, series := range []*Series{s, again} {
		parts := 0
		series.Observe(6, 2)
		series.Observe(106, 2)
		require.NoError(t, series.Close(250, func(b Bucket) {
			if b.Tier == 3 {
				assert.Equal(t, b.Start == 0, b.Part, "of what was never there it is the whole")
				parts++
			}
		}))
		assert.Equal(t, 2, parts)
	}
}

func TestSeriesFlush_WhatCameLate_LeavesToo(t *testing.T) {
	s, got := NewSeries(centerPlan(t), -1), newRevisions(t)
	s.Observe(5, 1)
	require.NoError(t, s.Close(130, got.take))
	s.Observe(6, 2)
	s.Observe(140, 3)
	flushed := newRevisions(t)
	require.NoError(t, s.Flush(flushed.take))
	assert.EqualValues(t, 2, flushed.got[bucketKey{3, 0}].Estimate().Value)
	assert.EqualValues(t, 1, flushed.got[bucketKey{3, 100}].Estimate().Value)
	assert.False(t, flushed.final[bucketKey{3, 100}], "it goes on")
	require.NoError(t, s.Close(140, got.take))
	assert.EqualValues(t, 2, got.got[bucketKey{3, 0}].Estimate().Value, "it changed nothing")
}

func TestSeriesRestore_VersionOne_IsRead(t *testing.T) {
	s := NewSeries(testPlan(t), -1)
	s.Observe(3, 1)
	b := stored(t, s)
	// Version 1: without the tick up to which closed buckets may have been let go, and without flags (there are no buckets here).
	old := append([]byte{1}, b[1:2]...) // closed -1 takes one byte
	rest := NewSeries(testPlan(t), -1)
	skip := 2
	for b[skip]&0x80 != 0 {
		skip++
	}
	require.NoError(t, rest.Restore(append(old, b[skip+1:]...)))
	got := buckets{}
	require.NoError(t, rest.Close(99, got.take(t)))
	assert.EqualValues(t, 1, got[bucketKey{3, 0}].Estimate().Value)
}
