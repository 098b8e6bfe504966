package transaction

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
)

var small = Config{Slow: int64(time.Second), Spans: 10, Series: 3, Recent: 100}

const second = int64(time.Second)

func span(trace, id, parent byte, start, end int64) Item {
	return Item{Trace: [16]byte{trace}, ID: [8]byte{id}, Parent: [8]byte{parent}, Start: start, End: end, Service: "shop",
		Operation: "GET /", Span: history.Span{ID: fmt.Sprint(id)}}
}

func entry(trace, id byte, end int64) Item {
	item := span(trace, id, 0, 0, end)
	item.Rank = history.RankRoot
	return item
}

func measured(t *Table) map[Key]Series {
	t.Settle(math.MaxInt64)
	found := map[Key]Series{}
	t.Meters(func(_ history.Tenant, m *Meters) {
		m.Each(0, func(k Key, s *Series) { found[k] = *s })
	})
	return found
}

func TestTable_SelfTime_LeavesOutWhatChildrenCover(t *testing.T) {
	for name, c := range map[string]struct {
		children [][2]int64
		want     float64
	}{
		"none":        {nil, 10},
		"one":         {[][2]int64{{2, 5}}, 7},
		"overlapping": {[][2]int64{{2, 5}, {4, 6}, {4, 5}}, 6},
		"apart":       {[][2]int64{{1, 2}, {8, 9}}, 8},
		"beyond":      {[][2]int64{{-5, 2}, {9, 20}}, 7},
		"outside":     {[][2]int64{{11, 12}}, 10},
		"all":         {[][2]int64{{0, 10}, {0, 10}}, 0},
	} {
		table := NewTable(Config{Slow: math.MaxInt64, Spans: 100, Series: 10, Recent: 100})
		items := []Item{entry(1, 1, 10*second)}
		for i, child := range c.children {
			items = append(items, span(1, byte(i+2), 1, child[0]*second, child[1]*second))
		}
		table.Add(items)
		for _, s := range measured(table) {
			assert.InDelta(t, c.want, s.Self, 1e-9, name)
		}
	}
}

// What was counted at a time does not depend on how the spans came.
func TestTable_AnyBatches_MeasureTheSame(t *testing.T) {
	items := []Item{
		entry(1, 1, 10*second), span(1, 2, 1, 2*second, 5*second), entry(2, 1, 4*second), span(2, 2, 1, 0, second),
		entry(3, 1, 12*second), span(1, 3, 1, 6*second, 7*second),
	}
	until := func(at int64, cuts ...int) Series {
		table := NewTable(Config{Slow: math.MaxInt64, Spans: 100, Series: 10, Recent: 100})
		from := 0
		for _, to := range append(cuts, len(items)) {
			table.Add(items[from:to])
			from = to
		}
		table.Settle(at)
		var s Series
		table.Meters(func(_ history.Tenant, m *Meters) { m.Each(0, func(_ Key, x *Series) { s = *x }) })
		return s
	}
	for _, at := range []int64{3 * second, 4 * second, 11 * second, 12 * second} {
		whole := until(at)
		for first := 1; first < len(items); first++ {
			assert.Equal(t, whole, until(at, first), "cut at %d, as of %d s", first, at/second)
		}
		slices.Reverse(items)
		assert.Equal(t, whole, until(at, 1, 3), "backwards, as of %d s", at/second)
		slices.Reverse(items)
	}
	assert.InDelta(t, 9, until(11*second).Self, 1e-9)
}

// A call is known once the spans of both sides are, in whatever order they come, and counts once.
func TestTable_Calls_CountOncePerAnsweredSpan(t *testing.T) {
	of := func(service string, i Item) Item {
		i.Service = service
		if i.Rank != history.RankRoot && i.Database == "" {
			i.Rank = history.RankEntry
		}
		return i
	}
	query := span(1, 4, 3, 2, 3)
	query.System, query.Database = "postgresql", "postgresql shop"
	query.Failed = true
	items := []Item{of("web", entry(1, 1, 9)), of("order", span(1, 2, 1, 1, 8)), of("order", span(1, 3, 2, 2, 7)), of("order", query), of("order", span(1, 5, 1, 3, 4))}
	want := map[Key]uint64{
		{Kind: Call, Service: "web", Name: "order"}:                                                 2,
		{Kind: Call, Service: "order", Name: "postgresql shop", System: "postgresql", Failed: true}: 1,
	}
	for first := range items {
		table := NewTable(Config{Slow: math.MaxInt64, Spans: 100, Series: 20, Recent: 100})
		order := slices.Concat(items[first:], items[:first])
		for i := range order {
			table.Add(order[i : i+1])
			table.Settle(int64(i))
			table.Add(order[:i+1]) // again
		}
		got := map[Key]uint64{}
		for key, s := range measured(table) {
			if key.Kind == Call {
				got[key] = s.Durations.Count
			}
		}
		assert.Equal(t, want, got, "beginning with %d", first)
	}
}

func TestTable_SentAgain_CountsOnce(t *testing.T) {
	table := NewTable(small)
	for range 3 {
		table.Add([]Item{entry(1, 1, second/2), entry(2, 1, second/4)})
	}
	for key, s := range measured(table) {
		assert.Equal(t, uint64(2), s.Durations.Count, key)
	}
	assert.Empty(t, table.Take(), "neither slow nor failed")
}

func TestTable_SlowTrace_IsHandedOutWhole(t *testing.T) {
	table := NewTable(small)
	table.Add([]Item{span(1, 2, 1, 0, second)})
	assert.Empty(t, table.Take(), "nothing is known of its transaction yet")
	table.Add([]Item{entry(1, 1, 2*second)})
	worth := table.Take()
	require.Len(t, worth, 1)
	assert.Len(t, worth[0].Spans, 2)
	assert.Equal(t, history.RankRoot, worth[0].Rank)
	table.Add([]Item{span(1, 3, 1, second, 2*second)})
	worth = table.Take()
	require.Len(t, worth, 1, "what comes later belongs to it")
	assert.Len(t, worth[0].Spans, 1)

	table.GiveBack(worth)
	assert.Equal(t, worth, table.Take(), "what could not be written comes again")
}

func TestTable_Bounds_Hold(t *testing.T) {
	table := NewTable(small)
	for i := range 200 {
		item := entry(byte(i), byte(i), second/2)
		item.Operation = fmt.Sprint("GET /", i)
		table.Add([]Item{item})
		assert.LessOrEqual(t, table.Held(), small.Spans)
	}
	series := measured(table)
	assert.LessOrEqual(t, len(series), small.Series+1)
	assert.Equal(t, uint64(200-small.Series), series[Key{Kind: Request, Service: Other, Name: Other}].Durations.Count)
	assert.LessOrEqual(t, len(table.seen[0])+len(table.seen[1]), small.Recent)
	table.GiveBack(make([]history.Trace, maxWorth+5))
	assert.Len(t, table.Take(), maxWorth)
	assert.Equal(t, 5, table.Dropped())
}

func TestTable_TraceIsOver_IsForgotten(t *testing.T) {
	table := NewTable(Config{Slow: math.MaxInt64, Spans: 100, Series: 10, Recent: 100})
	table.Add([]Item{entry(1, 1, second), span(1, 2, 1, 0, second)})
	table.Add([]Item{entry(2, 1, 30*second)})
	assert.Equal(t, 3, table.Held(), "more may come")
	table.Add([]Item{entry(3, 1, 62*second)})
	assert.Equal(t, 2, table.Held())
}

func TestTable_Tenants_ShareNothing(t *testing.T) {
	table := NewTable(small)
	a, b := entry(1, 1, 2*second), entry(1, 1, 2*second)
	a.Tenant, b.Tenant = "a", "b"
	table.Add([]Item{a, b})
	assert.Len(t, table.Take(), 2, "the same id of another tenant is another trace")
}

func TestHistogram_Buckets_HoldTheirValues(t *testing.T) {
	for _, seconds := range []float64{1e-6, 0.001, 0.5, 1, 1.0001, 59, 500} {
		var h Histogram
		h.Add(seconds)
		for i, n := range h.Buckets {
			if n > 0 {
				upper := math.Exp2(float64(i+Offset+1) / (1 << Scale))
				lower := math.Exp2(float64(i+Offset) / (1 << Scale))
				assert.True(t, lower < seconds*(1+1e-12) && seconds <= upper*(1+1e-12), "%v in (%v, %v]", seconds, lower, upper)
			}
		}
	}
	var h Histogram
	for _, odd := range []float64{0, 1e-30, 1e30, math.Inf(1)} {
		h.Add(odd)
	}
	assert.Equal(t, uint64(4), h.Count)
	assert.Equal(t, uint64(1), h.Zero)
}

func TestSanitizer_Values_AreTakenOut(t *testing.T) {
	s := NewSanitizer()
	for query, want := range map[string]string{
		"SELECT * FROM cart WHERE id = 42 AND owner='mina' -- hello":          "SELECT * FROM cart WHERE id = ? AND owner = ?",
		"select  *\nfrom cart /* secret */ where id=7 and owner = 'o''brien'": "SELECT * FROM cart WHERE id = ? AND owner = ? ?",
		"INSERT INTO t VALUES (1, 'a', NULL), (2, 'b', true)":                 "INSERT INTO t VALUES (?), (?)",
	} {
		assert.Equal(t, want, s.Statement(query))
		assert.Equal(t, want, s.Statement(query), "remembered")
	}
	long := s.Statement("SELECT " + fmt.Sprint(make([]string, 10_000)) + " FROM t WHERE pw = 'hunter2")
	assert.LessOrEqual(t, len(long), Cut)
	assert.NotContains(t, s.Statement("SELECT 'hunter2"), "hunter2", "not even half a text")
}
