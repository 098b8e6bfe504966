package storetest

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
)

// one is a batch with one record of every kind, of a tenant and at a time.
func one(tenant history.Tenant, when time.Time) history.Batch {
	b := history.Batch{
		Sessions: []history.Session{{Tenant: tenant, ID: "s", Start: when, Last: when}},
		Sketches: []history.Sketch{{Tenant: tenant, Identity: "user", Tier: time.Minute, Start: when, Frames: [][]byte{{1}}}},
		Traces: []history.Trace{{Tenant: tenant, ID: "t", At: when, Service: "web", Operation: "GET /",
			Spans: []history.Span{{ID: "1", Start: when}}}},
		Reports: []history.Report{{Tenant: tenant, ID: "r", At: when}},
		Actions: []history.Action{{Tenant: tenant, ID: "x", Proposed: when, State: history.ActionProposed}},
		Audits:  []history.Audit{{Tenant: tenant, ID: "a", At: when}},
	}
	for _, kind := range history.EventKinds() {
		b.Events = append(b.Events, history.Event{Tenant: tenant, Kind: kind, ID: "e", At: when, Revised: when})
	}
	return b
}

// remaining counts a tenant's records by kind.
func remaining(t *testing.T, s history.Store, tenant history.Tenant) map[history.Kind]int {
	t.Helper()
	ctx, n := t.Context(), map[history.Kind]int{}
	count := func(kind history.Kind, found int) {
		if found > 0 {
			n[kind] = found
		}
	}
	count(history.KindSession, len(page[history.Session](t)(s.Sessions(ctx, history.SessionQuery{Tenant: tenant}))))
	count(history.KindSketch, len(page[history.Sketch](t)(s.Sketches(ctx, history.SketchQuery{Tenant: tenant}))))
	count(history.KindTrace, len(page[history.Trace](t)(s.Traces(ctx, history.TraceQuery{Tenant: tenant}))))
	count(history.KindReport, len(page[history.Report](t)(s.Reports(ctx, tenant, history.Window{}, 0))))
	count(history.KindApproval, len(page[history.Action](t)(s.Actions(ctx, tenant, history.Window{}, 0))))
	count(history.KindAudit, len(page[history.Audit](t)(s.Audits(ctx, tenant, history.Window{}, 0))))
	for _, e := range page[history.Event](t)(s.Events(ctx, history.EventQuery{Tenant: tenant})) {
		n[e.Kind]++
	}
	return n
}

func tenants(t *testing.T, s history.Store) {
	write(t, s, one("a", at(0)))
	assert.Len(t, remaining(t, s, "a"), len(history.Kinds()))
	assert.Empty(t, remaining(t, s, "b"))
	assert.Empty(t, remaining(t, s, ""), "no tenant is not every tenant")
	write(t, s, one("b", at(time.Hour)))
	got := page[history.Session](t)(s.Sessions(t.Context(), history.SessionQuery{Tenant: "a"}))
	assert.Equal(t, at(0), got[0].Last, "the same id of another tenant is another session")
	_, ok, err := s.Trace(t.Context(), "c", "t")
	require.NoError(t, err)
	assert.False(t, ok)
	_, ok, err = s.Report(t.Context(), "c", "r")
	require.NoError(t, err)
	assert.False(t, ok)
}

func prune(t *testing.T, s history.Store) {
	write(t, s, one("a", at(0)))
	write(t, s, one("b", at(2*time.Hour)))
	for _, kind := range history.Kinds() {
		n, err := s.Prune(t.Context(), history.Retention{kind: time.Hour}, at(2*time.Hour))
		require.NoError(t, err)
		assert.Positive(t, n, kind)
		assert.NotContains(t, remaining(t, s, "a"), kind)
	}
	assert.Empty(t, remaining(t, s, "a"))
	assert.Len(t, remaining(t, s, "b"), len(history.Kinds()), "not yet of age")
	n, err := s.Prune(t.Context(), history.Retention{}, at(1000*time.Hour))
	require.NoError(t, err)
	assert.Zero(t, n, "what has no retention stays")
	whole, ok, err := s.Trace(t.Context(), "b", "t")
	require.NoError(t, err)
	require.True(t, ok)
	assert.Len(t, whole.Spans, 1)
}

func everything(t *testing.T, s history.Store) {
	b := one("", at(0))
	for range 3 {
		write(t, s, b)
	}
	n := remaining(t, s, "")
	for _, kind := range history.Kinds() {
		assert.Equal(t, 1, n[kind], kind)
	}
	write(t, s, history.Batch{})
}

func hostile(t *testing.T, s history.Store) {
	long := strings.Repeat("가", 10_000)
	write(t, s, history.Batch{
		Sessions: []history.Session{{ID: "n\x00ul\xff'; DROP TABLE sessions; --", User: long, Start: at(0), Last: at(0),
			Services: []string{"\x00", long}}},
		Events: []history.Event{{Kind: history.KindAnomaly, ID: "e", At: time.Unix(-5, 0), Until: time.Unix(1<<60, 0), Attributes: map[string]any{
			"nan": math.NaN(), "nul\x00": "a\x00b", "kept": "yes", "huge": strings.Repeat("x", 1<<20),
		}}},
	})
	sessions := page[history.Session](t)(s.Sessions(t.Context(), history.SessionQuery{ID: "n\x00ul\xff'; DROP TABLE sessions; --"}))
	require.Len(t, sessions, 1, "the query cleans as the writing does")
	assert.Len(t, []rune(sessions[0].User), 341)
	events := page[history.Event](t)(s.Events(t.Context(), history.EventQuery{}))
	require.Len(t, events, 1)
	assert.Equal(t, "yes", events[0].Attributes["kept"])
	assert.NotContains(t, events[0].Attributes, "huge")
	assert.NotContains(t, events[0].Attributes, "nan")
}

func refused(t *testing.T, s history.Store) {
	b := one("", at(0))
	b.Sessions = append(b.Sessions, history.Session{Start: at(0), Last: at(0)})
	require.ErrorIs(t, s.Write(t.Context(), &b), history.ErrInvalid)
	assert.Empty(t, remaining(t, s, ""), "nothing of it was written")
	assert.Equal(t, 1, b.Sift())
	write(t, s, b)
}

func parallel(t *testing.T, s history.Store) {
	const writers, rounds, ids = 4, 10, 20
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for r := range rounds {
				var b history.Batch
				for i := range ids { // in opposite orders: rows are locked in one
					id := i
					if w%2 == 1 {
						id = ids - 1 - i
					}
					b.Sessions = append(b.Sessions, history.Session{ID: fmt.Sprint("s", id), Start: at(0),
						Last: at(time.Duration(w*rounds+r) * time.Second), Summary: at(time.Duration(w*rounds+r) * time.Second),
						Requests: int64(w*rounds + r)})
				}
				assert.NoError(t, s.Write(t.Context(), &b))
			}
		})
	}
	wg.Wait()
	got := page[history.Session](t)(s.Sessions(t.Context(), history.SessionQuery{}))
	require.Len(t, got, ids)
	for i := range got {
		assert.Equal(t, int64(writers*rounds-1), got[i].Requests)
	}
}

func limits(t *testing.T, s history.Store) {
	var b history.Batch
	for i := range 150 {
		b.Sessions = append(b.Sessions, history.Session{ID: fmt.Sprintf("%03d", i), Start: at(0), Last: at(time.Duration(i) * time.Second)})
		b.Sketches = append(b.Sketches, history.Sketch{Identity: "user", Tier: time.Minute, Start: at(time.Duration(i) * time.Minute),
			Frames: [][]byte{{byte(i)}, {byte(i), 1}}})
	}
	write(t, s, b)
	for limit, want := range map[int]int{0: history.DefaultLimit, 7: 7, 149: 149, 150: 150, 1 << 40: 150} {
		sessions, err := s.Sessions(t.Context(), history.SessionQuery{Limit: limit})
		require.NoError(t, err)
		assert.Len(t, sessions.Items, want)
		assert.Equal(t, want < 150, sessions.Truncated, "limit %d", limit)
		sketches, err := s.Sketches(t.Context(), history.SketchQuery{Limit: limit})
		require.NoError(t, err)
		assert.Len(t, sketches.Items, want)
		assert.Equal(t, want < 150, sketches.Truncated, "limit %d", limit)
	}
}
