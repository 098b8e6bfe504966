package storetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
)

func papers(t *testing.T, s history.Store) {
	report := history.Report{ID: "r1", At: at(0), From: at(-time.Hour), To: at(0), Title: "주간 보고서", Language: "ko", Format: "text/html",
		Body: []byte("<p>\x00\xff")}
	older := report
	older.At, older.Body = at(-time.Minute), []byte("older")
	line := history.Audit{ID: "a1", At: at(0), Who: "kim", From: "10.0.0.9", Whose: "u1", What: "session.read", Detail: "{}"}
	changed := line
	changed.What = "nothing"
	write(t, s, history.Batch{Reports: []history.Report{report, older}, Audits: []history.Audit{line, changed}})
	write(t, s, history.Batch{Reports: []history.Report{older}, Audits: []history.Audit{changed}})

	got, ok, err := s.Report(t.Context(), "", "r1")
	require.NoError(t, err)
	require.True(t, ok)
	assert.Equal(t, report, got)
	listed := page[history.Report](t)(s.Reports(t.Context(), "", history.Window{}, 0))
	report.Body = nil
	assert.Equal(t, []history.Report{report}, listed)
	assert.Equal(t, []history.Audit{line}, page[history.Audit](t)(s.Audits(t.Context(), "", history.Window{From: at(0), To: at(1)}, 0)),
		"an audit line never changes")
	assert.Empty(t, page[history.Audit](t)(s.Audits(t.Context(), "", history.Window{From: at(1)}, 0)))
}

func advance(t *testing.T, s history.Store) {
	proposed := history.Action{ID: "x", Name: "scale", Arguments: `{"by":1}`, Digest: "d", Proposer: "braid", Proposed: at(0),
		Expires: at(10 * time.Minute), State: history.ActionProposed}
	write(t, s, history.Batch{Actions: []history.Action{proposed}})

	var won atomic.Int32
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			ok, err := s.Advance(t.Context(), "", "x", history.ActionProposed,
				history.Decision{State: history.ActionApproved, By: "kim", At: at(time.Minute)})
			assert.NoError(t, err)
			if ok {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	assert.Equal(t, int32(1), won.Load())

	write(t, s, history.Batch{Actions: []history.Action{proposed}}) // a replayed proposal undoes nothing
	ok, err := s.Advance(t.Context(), "", "x", history.ActionApproved, history.Decision{State: history.ActionExecuted, Result: "3 replicas"})
	require.NoError(t, err)
	assert.True(t, ok)
	ok, err = s.Advance(t.Context(), "other", "x", history.ActionExecuted, history.Decision{State: history.ActionFailed})
	require.NoError(t, err)
	assert.False(t, ok, "another tenant's")
	want := proposed
	want.State, want.Decider, want.Decided, want.Result = history.ActionExecuted, "kim", at(time.Minute), "3 replicas"
	assert.Equal(t, []history.Action{want}, page[history.Action](t)(s.Actions(t.Context(), "", history.Window{}, 0)))
}
