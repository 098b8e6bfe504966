package query

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/wording"
)

func drawing(t *testing.T) *inquiry {
	t.Helper()
	now := time.Date(2026, 11, 18, 14, 30, 0, 0, time.UTC)
	return &inquiry{sheet: newSheet(&Engine{}, wording.English, now, ""), now: now}
}

// The edges of a map carry what traces showed, and lead to the trace that tells most: one that failed, of those the slowest.
func TestGraph_CallsOfTraces_LeadToTheOneThatTellsMost(t *testing.T) {
	span := func(id, parent, service string, took time.Duration, failed bool) history.Span {
		return history.Span{ID: id, Parent: parent, Service: service, Duration: took, Failed: failed}
	}
	trace := func(id string, took time.Duration, failed bool) history.Trace {
		db := span("c", "b", "payment", 2*time.Millisecond, false)
		db.Attributes = map[string]any{"db.system.name": "postgresql", "db.namespace": "shop"}
		return history.Trace{ID: id, Spans: []history.Span{span("a", "", "checkout", time.Second, false), span("b", "a", "payment", took, failed), db}}
	}
	calls := callsOf([]history.Trace{
		trace("quick", 10*time.Millisecond, false), trace("slow", 900*time.Millisecond, false), trace("failed", 20*time.Millisecond, true), trace("worse", 30*time.Millisecond, true),
	})
	c := drawing(t).graph(calls, "{trace}", nil)
	require.Len(t, c.Edges, 2)
	pay, db := c.Edges[0], c.Edges[1]
	assert.Equal(t, []string{"checkout", "payment", "payment", "postgresql shop"}, []string{pay.From, pay.To, db.From, db.To})
	assert.InDelta(t, 4, *pay.Calls, 0)
	assert.InDelta(t, 50, *pay.Failed, 0)
	assert.InDelta(t, 25, *pay.Latency, 0)
	assert.Equal(t, "/traces/worse", pay.Link.Path)
	assert.True(t, db.Store)
	assert.False(t, pay.Store || pay.Marked || db.Marked)
}

func TestGraph_Path_IsMarkedEitherWayAndDrawnWhereNoCallIsKnown(t *testing.T) {
	calls := []call{
		{from: "web", to: "order", n: 3, latency: math.NaN()}, {from: "web", to: "payment", n: 2, failed: 1, latency: 5}, {from: "payment", to: "db-01", n: 1, latency: math.NaN(), store: true},
	}
	c := drawing(t).graph(calls, "{request}/s", []string{"host-7", "db-01", "payment", "web"})
	require.Len(t, c.Edges, 4)
	marked := map[string]bool{}
	for _, e := range c.Edges {
		marked[e.From+">"+e.To] = e.Marked
	}
	assert.Equal(t, map[string]bool{"host-7>db-01": true, "web>order": false, "web>payment": true, "payment>db-01": true}, marked)
	assert.Nil(t, c.Edges[0].Calls, "nothing is known of a step that no call shows")
	assert.Nil(t, c.Edges[1].Latency)
	assert.Equal(t, "/sessions?service=payment", c.Edges[3].Link.Path, "a store has no sessions: those of its caller")
}

func TestGraph_ManyCalls_AreBoundedButThePathIsKept(t *testing.T) {
	var calls []call
	for i := range 3 * maxEdges {
		calls = append(calls, call{from: "a", to: string(rune(0x4E00 + i)), n: float64(3*maxEdges - i), latency: math.NaN()})
	}
	rarest := calls[len(calls)-1].to
	c := drawing(t).graph(calls, "{request}/s", []string{"a", rarest})
	assert.Len(t, c.Edges, maxEdges+1)
	assert.Equal(t, rarest, c.Edges[maxEdges].To)
}

func TestIncident_WithAPath_DrawsItWithInertNames(t *testing.T) {
	for _, name := range append([]string{"payment"}, hostile...) {
		s := open1(t)
		require.NoError(t, s.records.Write(t.Context(), named("", name)))
		a, err := over(t, s).Incident(t.Context(), anyone, "i", "en")
		require.NoError(t, err)
		require.Len(t, a.Charts, 1)
		assert.Equal(t, "graph", a.Charts[0].Kind)
		marked := 0
		for _, e := range a.Charts[0].Edges {
			assert.Equal(t, wording.Name(e.From), e.From)
			if e.Marked {
				marked++
				assert.Equal(t, "db-01", e.To)
			}
		}
		assert.Equal(t, 1, marked)
	}
}
