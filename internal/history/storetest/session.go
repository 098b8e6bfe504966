package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
)

// said is what the events of one session say, in the order they happened: it starts, is long, ends, and goes on.
func said(id string) []history.Session {
	base := history.Session{ID: id, Start: at(0), Last: at(0)}
	started, long, ended, again := base, base, base, base
	started.Opened, started.Client = at(0), "10.0.0.1"
	long.Last, long.Summary, long.User, long.Requests, long.EntryPage = at(time.Hour), at(time.Hour), "u1", 10, "/"
	ended.Last, ended.Summary, ended.End, ended.Reason = at(2*time.Hour), at(2*time.Hour), at(3*time.Hour), "idle"
	ended.Requests, ended.Errors, ended.Services, ended.Servers = 20, 2, []string{"shop", "pay"}, []string{"web-1"}
	again.Start, again.Last, again.Opened, again.Region = at(4*time.Hour), at(4*time.Hour), at(4*time.Hour), "busan"
	return []history.Session{started, long, ended, again}
}

func sessionsMerge(t *testing.T, s history.Store) {
	want := history.Session{
		Start: at(0), Opened: at(4 * time.Hour), Last: at(4 * time.Hour), End: at(3 * time.Hour), Reason: "idle",
		Summary: at(2 * time.Hour), Requests: 20, Errors: 2, User: "u1", Client: "10.0.0.1", Region: "busan",
		Services: []string{"shop", "pay"}, Servers: []string{"web-1"},
	}
	n := 0
	permutations(4, func(order []int) {
		id := fmt.Sprintf("s%02d", n)
		n++
		events := said(id)
		for _, i := range order {
			write(t, s, history.Batch{Sessions: events[i : i+1]})
		}
		write(t, s, history.Batch{Sessions: append(events, events...)})
		want.ID = id
		got := page[history.Session](t)(s.Sessions(t.Context(), history.SessionQuery{ID: id}))
		require.Len(t, got, 1, "order %v", order)
		assert.Equal(t, want, got[0], "order %v", order)
		assert.True(t, got[0].Open(), "it went on after it had ended")
	})
}

func sessionFilters(t *testing.T, s history.Store) {
	hour := func(n int) time.Time { return at(time.Duration(n) * time.Hour) }
	write(t, s, history.Batch{Sessions: []history.Session{
		{ID: "open", User: "u1", Client: "c1", Region: "seoul", Start: hour(0), Last: hour(1), Opened: hour(0), Errors: 1},
		{ID: "ended", User: "u1", Client: "c2", Region: "busan", Start: hour(2), Last: hour(5), End: hour(6), Opened: hour(2),
			Summary: hour(5), Requests: 9, Services: []string{"shop_1", `a"b`}, Servers: []string{"web-1"}},
		{ID: "late", User: "u2", Client: "c1", Region: "seoul", Start: hour(8), Last: hour(30), End: hour(31), Summary: hour(30),
			Errors: 5, Services: []string{"shopx1"}},
	}})
	for name, c := range map[string]struct {
		q    history.SessionQuery
		want []string
	}{
		"all, last first":  {history.SessionQuery{}, []string{"late", "ended", "open"}},
		"longest first":    {history.SessionQuery{Order: history.ByDuration}, []string{"late", "ended", "open"}},
		"most errors":      {history.SessionQuery{Order: history.ByErrors}, []string{"late", "open", "ended"}},
		"most requests":    {history.SessionQuery{Order: history.ByRequests, Limit: 1}, []string{"ended"}},
		"user":             {history.SessionQuery{User: "u1"}, []string{"ended", "open"}},
		"client":           {history.SessionQuery{Client: "c1"}, []string{"late", "open"}},
		"region":           {history.SessionQuery{Region: "busan"}, []string{"ended"}},
		"open":             {history.SessionQuery{State: history.OpenSession}, []string{"open"}},
		"ended":            {history.SessionQuery{State: history.EndedSession}, []string{"late", "ended"}},
		"duration":         {history.SessionQuery{MinDuration: 3 * time.Hour}, []string{"late", "ended"}},
		"service, exactly": {history.SessionQuery{Service: "shop_1"}, []string{"ended"}},
		"quoted service":   {history.SessionQuery{Service: `a"b`}, []string{"ended"}},
		"part of service":  {history.SessionQuery{Service: "shop"}, nil},
		"server":           {history.SessionQuery{Server: "web-1"}, []string{"ended"}},
		"before":           {history.SessionQuery{Window: history.Window{To: hour(2)}}, []string{"open"}},
		"alive in":         {history.SessionQuery{Window: history.Window{From: hour(4), To: hour(5)}}, []string{"ended", "open"}},
		"open goes on":     {history.SessionQuery{Window: history.Window{From: hour(40)}}, []string{"open"}},
	} {
		var got []string
		for _, v := range page[history.Session](t)(s.Sessions(t.Context(), c.q)) {
			got = append(got, v.ID)
		}
		assert.Equal(t, c.want, got, name)
	}
}

func sessionCounts(t *testing.T, s history.Store) {
	var b history.Batch
	for i := range 6 {
		v := history.Session{ID: fmt.Sprint(i), Start: at(0), Last: at(time.Minute), Client: "c1"}
		if i > 3 {
			v.Client = "c2"
		}
		if i == 5 {
			v.Client = ""
		}
		b.Sessions = append(b.Sessions, v)
	}
	write(t, s, b)
	counts := page[history.Count](t)
	assert.Equal(t, []history.Count{{Value: "c1", N: 4}, {Value: "c2", N: 1}},
		counts(s.CountSessions(t.Context(), history.SessionQuery{}, history.ByClient)))
	assert.Equal(t, []history.Count{{N: 6}}, counts(s.CountSessions(t.Context(), history.SessionQuery{}, history.ByNothing)))
	_, err := s.CountSessions(t.Context(), history.SessionQuery{}, history.ByService)
	require.ErrorIs(t, err, history.ErrQuery)
	_, err = s.CountSessions(t.Context(), history.SessionQuery{}, "1; DROP TABLE sessions")
	assert.ErrorIs(t, err, history.ErrQuery)
}
