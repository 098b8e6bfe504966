package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
)

func traces(t *testing.T, s history.Store) {
	root := history.Span{ID: "1", Service: "web", Name: "GET /", Kind: "server", Start: at(0), Duration: 3 * time.Second}
	inner := history.Span{ID: "2", Parent: "1", Service: "db", Name: "SELECT", Kind: "client", Start: at(time.Second),
		Duration: time.Second, Failed: true, Message: "no", Attributes: map[string]any{"db.system": "postgresql"}}
	pieces := []history.Trace{
		{At: at(time.Second), Duration: time.Second, Failed: true, Rank: history.RankInner, Service: "db", Operation: "SELECT",
			Session: "s1", Spans: []history.Span{inner}},
		{At: at(0), Duration: 3 * time.Second, Rank: history.RankRoot, Service: "web", Operation: "GET /", User: "u1",
			Spans: []history.Span{root}},
	}
	want := history.Trace{At: at(0), Duration: 3 * time.Second, Failed: true, Rank: history.RankRoot, Service: "web",
		Operation: "GET /", Session: "s1", User: "u1"}
	permutations(2, func(order []int) {
		want.ID, want.Spans = fmt.Sprint("t", order), nil
		for range 2 {
			for _, i := range order {
				v := pieces[i]
				v.ID = want.ID
				write(t, s, history.Batch{Traces: []history.Trace{v}})
			}
		}
		got := page[history.Trace](t)(s.Traces(t.Context(), history.TraceQuery{Service: "web", Operation: "GET /", FailedOnly: true,
			Session: "s1", User: "u1", MinDuration: time.Second, Order: history.BySlowness, Window: history.Window{From: at(0), To: at(1)}}))
		require.NotEmpty(t, got)
		assert.Contains(t, got, want)
		whole, ok, err := s.Trace(t.Context(), "", want.ID)
		require.NoError(t, err)
		require.True(t, ok)
		want.Spans = []history.Span{root, inner}
		assert.Equal(t, want, whole)
	})
	_, ok, err := s.Trace(t.Context(), "", "unknown")
	require.NoError(t, err)
	assert.False(t, ok)
}

func tracesBounded(t *testing.T, s history.Store) {
	span := func(i int) history.Span { return history.Span{ID: fmt.Sprint(i), Start: at(time.Duration(i))} }
	trace := func(i int) history.Trace {
		return history.Trace{ID: fmt.Sprint("t", i), At: at(0), Service: "web", Operation: "GET /", Spans: []history.Span{span(0)}}
	}
	var all history.Batch
	for i := range 10 {
		all.Traces = append(all.Traces, trace(i))
	}
	for range 2 { // the second time changes nothing
		write(t, s, all)
		assert.Len(t, page[history.Trace](t)(s.Traces(t.Context(), history.TraceQuery{})), TracesPerOperation)
	}
	failed, nextHour := trace(20), trace(21)
	failed.Failed, nextHour.At = true, at(time.Hour)
	write(t, s, history.Batch{Traces: []history.Trace{failed, nextHour}})
	assert.Len(t, page[history.Trace](t)(s.Traces(t.Context(), history.TraceQuery{})), TracesPerOperation+2, "each has its own bound")

	big := trace(0)
	for i := range 20 {
		big.Spans = append(big.Spans, span(i))
	}
	write(t, s, history.Batch{Traces: []history.Trace{big}})
	got, ok, err := s.Trace(t.Context(), "", "t0")
	require.NoError(t, err)
	require.True(t, ok)
	assert.Len(t, got.Spans, SpansPerTrace)
}
