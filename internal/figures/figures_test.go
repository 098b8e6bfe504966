package figures

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var day = time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)

func table(t *testing.T) *Table {
	t.Helper()
	f, err := New(Limits{Tenants: 3, Names: 4, Keep: 14 * 24 * time.Hour, Series: 100})
	require.NoError(t, err)
	return f
}

func TestOver_PeaksAndSums_AreThoseOfTheSpan(t *testing.T) {
	t.Parallel()
	f := table(t)
	for hour := range 48 {
		f.Peak("", "users", day.Add(time.Duration(hour)*time.Hour), float64(hour%24))
		f.Add("", "orders", day.Add(time.Duration(hour)*time.Hour), 2)
	}
	first := f.Over("", day, day.Add(24*time.Hour))
	assert.Equal(t, Peak{23, day.Add(23 * time.Hour)}, first.Peaks["users"])
	assert.InDelta(t, 48, first.Sums["orders"], 0)
	assert.Equal(t, 12*time.Hour, first.Covered, "half an hour of each hour")
	assert.Empty(t, f.Over("other", day, day.Add(24*time.Hour)).Sums)
}

func TestGrow_Cumulative_CountsWhatWasAddedOnce(t *testing.T) {
	t.Parallel()
	f := table(t)
	at := func(minutes int) time.Time { return day.Add(time.Duration(minutes) * time.Minute) }
	sum := func() float64 { return f.Over("", day, day.Add(24*time.Hour)).Sums["orders"] }
	f.Grow("", "orders", 1, day.Add(-time.Hour), at(1), 500)
	assert.Zero(t, sum(), "what was before is not of this day")
	f.Grow("", "orders", 1, day.Add(-time.Hour), at(2), 510)
	f.Grow("", "orders", 1, day.Add(-time.Hour), at(2), 510)
	f.Grow("", "orders", 1, day.Add(-time.Hour), at(1), 500)
	assert.InDelta(t, 10, sum(), 0, "twice and late count once")
	f.Grow("", "orders", 1, at(3), at(4), 7)
	assert.InDelta(t, 17, sum(), 0, "a source that restarted counts from zero")
	f.Grow("", "orders", 2, at(5), at(6), 3)
	assert.InDelta(t, 20, sum(), 0, "a series that began since counts from its beginning")
}

// TestGrow_AnyOrderAndRepetition_IsTheLastReading: what was added is the last reading less the first, however often and in
// whatever disorder readings come after the first.
func TestGrow_AnyOrderAndRepetition_IsTheLastReading(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		r, f := rand.New(rand.NewPCG(seed, 1)), table(t)
		f.Grow("", "n", 1, day, day.Add(time.Second), 100)
		last := 0
		for range 200 {
			k := r.IntN(3000)
			last = max(last, k)
			f.Grow("", "n", 1, day, day.Add(time.Second+time.Duration(k+1)*time.Second), float64(100+k))
		}
		require.InDelta(t, last, f.Over("", day, day.Add(24*time.Hour)).Sums["n"], 1e-9)
	}
}

func TestOnceAndLatest_Incidents_CountOnceWithTheirLastValue(t *testing.T) {
	t.Parallel()
	f := table(t)
	for i, lost := range []float64{10, 40, 30} {
		at := day.Add(time.Duration(i) * time.Minute)
		f.Once("", "incidents", 7, at)
		f.Latest("", "lost", 8, at, lost)
	}
	f.Latest("", "lost", 8, day, 99) // late
	sums := f.Over("", day, day.Add(24*time.Hour)).Sums
	assert.InDelta(t, 1, sums["incidents"], 0)
	assert.InDelta(t, 30, sums["lost"], 0)
}

func TestTable_Beyond_ItsLimits_IsCounted(t *testing.T) {
	t.Parallel()
	f := table(t)
	for i := range 10 {
		f.Add(fmt.Sprint("tenant", i), "n", day, 1)
		f.Peak("tenant0", fmt.Sprint("name", i), day, 1)
	}
	for i := range 300 {
		f.Grow("tenant0", "n", uint64(i), day, day, 1)
	}
	for i := range 2000 {
		f.Add("tenant0", "n", day.Add(time.Duration(i)*time.Hour), 1)
	}
	assert.Len(t, f.Tenants(), 3)
	assert.LessOrEqual(t, len(f.tenants["tenant0"].slots), 14*48)
	assert.LessOrEqual(t, f.series.Len(), 100)
	assert.GreaterOrEqual(t, f.Dropped(), uint64(7+6+200))
}

// TestTable_WhatIsNoFigure_IsCountedAndSpoilsNothing: telemetry is hostile, and what is kept is JSON, which has no NaN.
func TestTable_WhatIsNoFigure_IsCountedAndSpoilsNothing(t *testing.T) {
	t.Parallel()
	f := table(t)
	f.Tell(day)
	give := func(at time.Time, value float64) {
		f.Peak("", "users", at, value)
		f.Add("", "orders", at, value)
		f.Grow("", "requests", 1, day.Add(-time.Hour), at, value)
		f.Latest("", "lost", 2, at, value)
	}
	give(day, 5)
	f.Once("", "incidents", 3, day)
	want := f.Over("", day, day.Add(time.Hour))
	for _, value := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		give(day.Add(time.Minute), value)
	}
	give(day.AddDate(100, 0, 0), 7)
	f.Once("", "incidents", 4, day.AddDate(100, 0, 0))
	assert.Equal(t, want, f.Over("", day, day.Add(time.Hour)))
	assert.Equal(t, uint64(4*4+1), f.Dropped())
	_, err := f.Changes()
	assert.NoError(t, err)
}

func TestLoad_WhatWasKept_GoesOn(t *testing.T) {
	t.Parallel()
	f, kept := table(t), map[string][]byte{}
	save := func() int {
		changes, err := f.Changes()
		require.NoError(t, err)
		for key, value := range changes {
			if value == nil {
				delete(kept, key)
				continue
			}
			kept[key] = value
		}
		return len(changes)
	}
	for hour := range 100 * 24 {
		at := day.Add(time.Duration(hour) * time.Hour)
		f.Peak("a", "users", at, float64(hour))
		f.Grow("a", "orders", 1, day, at, float64(10*hour))
		if hour%6 == 0 {
			assert.LessOrEqual(t, save(), 6, "what changes does not grow with what is kept")
		}
	}
	save()
	assert.Zero(t, save(), "nothing changed")
	f.Unkept()
	assert.Greater(t, save(), 14, "what could not be kept is kept the next time")
	assert.LessOrEqual(t, len(kept), 2+15)
	again := table(t)
	require.NoError(t, again.Load(func(key string) ([]byte, error) { return kept[key], nil }))
	end := day.Add(100 * 24 * time.Hour)
	week := func(f *Table) Totals { return f.Over("a", end.Add(-7*24*time.Hour), end) }
	assert.Equal(t, week(f), week(again))
	again.Grow("a", "orders", 1, day, end, 10*100*24)
	assert.InDelta(t, 10, again.Over("a", end, end.Add(time.Hour)).Sums["orders"], 0, "a series goes on where it was")

	for key := range kept {
		kept[key] = []byte("{")
	}
	assert.ErrorContains(t, table(t).Load(func(key string) ([]byte, error) { return kept[key], nil }), "damaged")
}
