package edges

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/eventtime"
)

const minute = eventtime.Instant(time.Minute)

var base = eventtime.Of(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))

func at(minutes int) eventtime.Instant { return base + eventtime.Instant(minutes)*minute }

func said(from, through int, frames ...uint32) Report {
	return Report{Print: uint32(from)<<8 | uint32(through), From: at(from), Through: at(through), Fresh: from == 0, Frames: frames}
}

func table() *Table {
	return New(Config{SilentAfter: 3 * time.Minute, Reach: time.Hour, Limit: 3})
}

// Frames and reports come in any order and any number of times, with restarts in between: an edge is complete through an
// hour only, and at last, when all of it has come.
func TestTable_AnyOrder_SettlesExactlyWhenAllHasCome(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		type item struct {
			report bool
			minute int
			print  uint32
		}
		var items []item
		prints := map[int][]uint32{}
		for m := range 30 {
			for range rng.IntN(4) {
				p := rng.Uint32()
				prints[m] = append(prints[m], p)
				items = append(items, item{minute: m, print: p})
			}
			items = append(items, item{report: true, minute: m})
		}
		first := items[len(items)-1] // the center learns of the edge by its first report
		for _, i := range items {
			if i.report {
				first = i
				break
			}
		}
		left := map[item]bool{}
		for _, i := range items {
			left[i] = true
		}
		order := append([]item{first}, items...)
		order = append(order, items...)
		rng.Shuffle(len(order)-1, func(i, j int) { order[i+1], order[j+1] = order[j+1], order[i+1] })
		tab := table()
		for _, i := range order {
			if i.report {
				tab.Report("busan", said(i.minute, i.minute+1, prints[i.minute]...), at(31))
			} else {
				tab.Frame("busan", i.print, at(31))
			}
			delete(left, i)
			earliest := 30
			for missing := range left {
				earliest = min(earliest, missing.minute)
			}
			got, ok := tab.Settled(at(31))
			require.True(t, ok)
			require.LessOrEqual(t, got, at(earliest), "nothing is settled before all of it has come")
			if rng.IntN(10) == 0 {
				stored, err := tab.Store()
				require.NoError(t, err)
				tab = table()
				require.NoError(t, tab.Restore(stored))
			}
		}
		got, _ := tab.Settled(at(31))
		assert.Equal(t, at(30), got)
		assert.Zero(t, tab.States(at(31))[0].Missing)
	}
}

func TestTable_SilentAndQuiet_AreToldApart(t *testing.T) {
	tab := New(Config{SilentAfter: 3 * time.Minute, Reach: time.Hour, Limit: 3, Expected: []string{"jeju"}})
	assert.Empty(t, tab.Advance(at(0)))
	for m := range 10 {
		tab.Report("quiet", said(m, m+1), at(m+1))
		if m < 2 {
			tab.Report("busan", said(m, m+1, uint32(m)), at(m+1))
			tab.Frame("busan", uint32(m), at(m+1))
		}
		changes := tab.Advance(at(m + 1))
		switch m + 1 {
		case 4:
			assert.Equal(t, []Change{{"jeju", true, at(0)}}, changes, "expected, and never heard")
		case 6:
			assert.Equal(t, []Change{{"busan", true, at(2)}}, changes)
		default:
			assert.Empty(t, changes, "minute %d", m+1)
		}
	}
	assert.Equal(t, []State{
		{Edge: "busan", Silent: true, Silence: 8 * time.Minute, Delay: 8 * time.Minute},
		{Edge: "jeju", Silent: true, Silence: 10 * time.Minute, Delay: -1},
		{Edge: "quiet"},
	}, tab.States(at(10)))
	assert.Equal(t, []string{"busan", "jeju"}, tab.Behind(at(5)))

	tab.Report("busan", said(2, 10), at(11))
	assert.Equal(t, []Change{{"busan", false, at(11)}}, tab.Advance(at(11)))
	assert.Equal(t, []string{"jeju"}, tab.Behind(at(5)))
}

func TestTable_WhatNeverComes_IsGivenUpAfterItsReach(t *testing.T) {
	tab := table()
	tab.Report("busan", said(0, 1, 7), at(1))
	tab.Report("busan", said(1, 2), at(2))
	got, _ := tab.Settled(at(2))
	assert.Equal(t, at(0), got)
	assert.Equal(t, 1, tab.States(at(2))[0].Missing)
	tab.Advance(at(62))
	got, _ = tab.Settled(at(2))
	assert.Equal(t, at(2), got)
	assert.EqualValues(t, 1, tab.TakeLost())

	_, ok := tab.Settled(at(200))
	assert.False(t, ok, "an edge silent for longer is not waited for")
}

func TestTable_Bounds_Hold(t *testing.T) {
	tab := table()
	for _, name := range []string{"a", "b", "c", "d"} {
		tab.Report(name, said(0, 1), at(1))
	}
	assert.Equal(t, 3, tab.Len())
	for p := range uint32(maxEarly + 100) {
		tab.Frame("a", p, at(1))
	}
	assert.Len(t, tab.edges["a"].early.in, maxEarly)
	for i := range maxPending + 10 {
		tab.Report("b", said(10+2*i, 11+2*i), at(1))
	}
	assert.LessOrEqual(t, len(tab.edges["b"].pending), maxPending)
}

func FuzzRestore(f *testing.F) {
	f.Add([]byte(`{"busan":{"through":5,"early":[1,2],"pending":[{"from":5,"through":9,"missing":[3]}]}}`))
	f.Fuzz(func(_ *testing.T, b []byte) {
		tab := table()
		if tab.Restore(b) != nil {
			return
		}
		tab.Frame("busan", 3, 10)
		tab.Report("busan", said(1, 5, 3), 11)
		tab.Advance(12)
		tab.States(13)
	})
}
