package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
)

func eventsMerge(t *testing.T, s history.Store) {
	revisions := []history.Event{
		{Title: "grows", At: at(0), Revised: at(0), Severity: 13, Attributes: map[string]any{"n": 1.0}},
		{Title: "grew", At: at(time.Minute), Revised: at(time.Minute), Severity: 17, Service: "shop"},
		{Title: "over", At: at(2 * time.Minute), Revised: at(5 * time.Minute), Until: at(5 * time.Minute), Severity: 17,
			Attributes: map[string]any{"list": []any{"a", "b"}, "deep": map[string]any{"x": true}}},
		{Title: "also over", At: at(2 * time.Minute), Revised: at(5 * time.Minute), Until: at(5 * time.Minute), Severity: 17},
	}
	want := revisions[2]
	want.At, want.Kind = at(0), history.KindIncident
	n := 0
	permutations(len(revisions), func(order []int) {
		id := fmt.Sprintf("i%02d", n)
		n++
		var b history.Batch
		for _, i := range order {
			v := revisions[i]
			v.Kind, v.ID = history.KindIncident, id
			write(t, s, history.Batch{Events: []history.Event{v}})
			b.Events = append(b.Events, v, v)
		}
		write(t, s, b)
		want.ID = id
		got := page[history.Event](t)(s.Events(t.Context(), history.EventQuery{ID: id}))
		require.Len(t, got, 1)
		assert.Equal(t, want, got[0], "order %v", order)
	})
}

func eventFilters(t *testing.T, s history.Store) {
	minute := func(n int) time.Time { return at(time.Duration(n) * time.Minute) }
	write(t, s, history.Batch{Events: []history.Event{
		{Kind: history.KindIncident, ID: "a", At: minute(0), Until: minute(10), Service: "shop", Severity: 17, Trace: "t1"},
		{Kind: history.KindAnomaly, ID: "a", At: minute(5), Service: "pay", Region: "busan", Severity: 13, Session: "s1"},
		{Kind: history.KindLoginFlood, ID: "c", At: minute(20), Client: "c1", User: "u1", Host: "h1", Severity: 13},
	}})
	for name, c := range map[string]struct {
		q    history.EventQuery
		want []history.Kind
	}{
		"all, latest first": {history.EventQuery{}, []history.Kind{history.KindLoginFlood, history.KindAnomaly, history.KindIncident}},
		"kinds": {history.EventQuery{Kinds: []history.Kind{history.KindIncident, history.KindAnomaly}},
			[]history.Kind{history.KindAnomaly, history.KindIncident}},
		"id":       {history.EventQuery{ID: "a"}, []history.Kind{history.KindAnomaly, history.KindIncident}},
		"service":  {history.EventQuery{Service: "pay"}, []history.Kind{history.KindAnomaly}},
		"region":   {history.EventQuery{Region: "busan"}, []history.Kind{history.KindAnomaly}},
		"session":  {history.EventQuery{Session: "s1"}, []history.Kind{history.KindAnomaly}},
		"user":     {history.EventQuery{User: "u1"}, []history.Kind{history.KindLoginFlood}},
		"client":   {history.EventQuery{Client: "c1"}, []history.Kind{history.KindLoginFlood}},
		"host":     {history.EventQuery{Host: "h1"}, []history.Kind{history.KindLoginFlood}},
		"trace":    {history.EventQuery{Trace: "t1"}, []history.Kind{history.KindIncident}},
		"severity": {history.EventQuery{Severity: 17}, []history.Kind{history.KindIncident}},
		"window": {history.EventQuery{Window: history.Window{From: minute(4), To: minute(20)}},
			[]history.Kind{history.KindAnomaly, history.KindIncident}},
	} {
		var got []history.Kind
		for _, v := range page[history.Event](t)(s.Events(t.Context(), c.q)) {
			got = append(got, v.Kind)
		}
		assert.Equal(t, c.want, got, name)
	}
	counts, err := s.CountEvents(t.Context(), history.EventQuery{Severity: 13}, history.ByKind)
	require.NoError(t, err)
	assert.Len(t, counts.Items, 3)
}

func sketches(t *testing.T, s history.Store) {
	key := map[string]string{"service.name": "shop", "braid.region": "busan"}
	frame := func(users int64, content string) history.Sketch {
		return history.Sketch{Identity: "user", Key: key, Tier: time.Minute, Start: at(0), Users: users, Exact: true, Events: users,
			Frames: [][]byte{[]byte(content)}}
	}
	write(t, s, history.Batch{Sketches: []history.Sketch{frame(5, "BK\x00one"), frame(7, "BK\x00two"), frame(7, "BK\x00two")}})
	write(t, s, history.Batch{Sketches: []history.Sketch{frame(5, "BK\x00one")}})
	other := frame(1, "BK\x00one")
	other.Start, other.Key = at(time.Minute), nil
	write(t, s, history.Batch{Sketches: []history.Sketch{other}})

	list := page[history.Sketch](t)
	got := list(s.Sketches(t.Context(), history.SketchQuery{Identity: "user", Key: key, Tier: time.Minute}))
	require.Len(t, got, 1)
	assert.ElementsMatch(t, [][]byte{[]byte("BK\x00one"), []byte("BK\x00two")}, got[0].Frames)
	assert.Equal(t, int64(7), got[0].Users)
	assert.Equal(t, key, got[0].Key)
	assert.Len(t, list(s.Sketches(t.Context(), history.SketchQuery{Identity: "user"})), 1, "the total")

	for i := range 10 {
		write(t, s, history.Batch{Sketches: []history.Sketch{frame(9, fmt.Sprint("BK more", i))}})
	}
	got = list(s.Sketches(t.Context(), history.SketchQuery{Key: key}))
	assert.Len(t, got[0].Frames, FramesPerSketch)

	whole := frame(30, "BK whole")
	write(t, s, history.Batch{Sketches: []history.Sketch{whole}})
	got = list(s.Sketches(t.Context(), history.SketchQuery{Key: key}))
	assert.Len(t, got[0].Frames, FramesPerSketch)
	assert.Contains(t, got[0].Frames, whole.Frames[0], "what knows more takes the place of what knows least")
	assert.EqualValues(t, 30, got[0].Users)
}
