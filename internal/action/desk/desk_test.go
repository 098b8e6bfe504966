package desk

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/internal/history"
)

func TestDesk_Approved_IsDoneOnceVerifiedAndRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	it := w.proposed()
	assert.Equal(t, action.Scale{Workload: services[0].Workload, From: 3, To: 6}, it.Proposal.Arguments, "2배 of what there is")
	w.work()
	assert.Zero(t, w.cluster.times(), "nothing is done before the approval")
	w.approve(it)
	select {
	case <-w.desk.Kick():
	default:
		t.Error("nobody was told that there is something to do")
	}
	w.work()
	w.work()
	assert.Equal(t, 1, w.cluster.times())
	got := w.item(it.ID)
	assert.Equal(t, action.Succeeded, got.State)
	assert.Equal(t, "6 replicas", last(got).Text)

	w.p95.Store(200)
	w.pass(5 * time.Minute)
	w.work()
	w.work()
	got = w.item(it.ID)
	assert.Equal(t, action.Verified, got.State)
	assert.Equal(t, action.Better, last(got).Verdict)
	assert.Equal(t, "latency_p95 800 → 200 ms; there are 6 replicas", last(got).Text)
	assert.Equal(t, 1, w.cluster.times())

	events, err := w.store.Events(t.Context(), history.EventQuery{Tenant: "shop", Kinds: []history.Kind{history.KindAction}})
	require.NoError(t, err)
	require.Len(t, events.Items, 1)
	assert.Equal(t, "payment", events.Items[0].Service)
	assert.Equal(t, "verified", events.Items[0].Attributes["braid.action.state"])
	assert.Equal(t, it.Digest, events.Items[0].Attributes["braid.action.digest"])
	assert.Equal(t, "kim", events.Items[0].Attributes["braid.action.decider"])
	assert.False(t, events.Items[0].Until.IsZero())
	audits, err := w.store.Audits(t.Context(), "shop", history.Window{}, 0)
	require.NoError(t, err)
	var what []string
	for _, line := range audits.Items {
		what = append(what, line.What)
	}
	assert.ElementsMatch(t, []string{"action.proposed", "action.approved", "action.executing"}, what)
}

func TestDecide_Refused_LeavesATraceAndDoesNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tenant string
		person action.Person
		digest string
		pass   time.Duration
		before func(*world, Item)
		code   action.Code
	}{
		"wrong role":         {person: action.Person{Name: "kim"}, code: action.CodeRole},
		"self-approval":      {person: action.Person{Name: "lee", Approve: true}, code: action.CodeSelf},
		"self, disguised":    {person: action.Person{Name: "lee\u200b", Approve: true}, code: action.CodeSelf},
		"nobody":             {person: action.Person{Approve: true}, code: action.CodeNameless},
		"another hash":       {digest: action.Digest(nil), code: action.CodeDigest},
		"expired":            {pass: 10 * time.Minute, code: action.CodeExpired},
		"approved twice":     {before: func(w *world, it Item) { w.approve(it) }, code: action.CodeDecided},
		"after it was done":  {before: func(w *world, it Item) { w.approve(it); w.work() }, code: action.CodeDecided},
		"another one's hash": {before: func(w *world, _ Item) { w.cluster.replicas = 4 }, digest: "other", code: action.CodeDigest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			it := w.proposed()
			if c.before != nil {
				c.before(w, it)
			}
			done := w.cluster.times()
			w.pass(c.pass)
			person, digest := kim, it.Digest
			if c.person != (action.Person{}) {
				person = c.person
			}
			if c.digest != "" {
				digest = c.digest
			}
			_, err := w.desk.Decide(t.Context(), "shop", it.ID, person, true, digest, "go on")
			var refused *action.RefusedError
			require.ErrorAs(t, err, &refused)
			assert.Equal(t, c.code, refused.Code)
			if name != "approved twice" {
				w.work()
				assert.Equal(t, done, w.cluster.times())
			}
			if c.code != action.CodeRole {
				audits, err := w.store.Audits(t.Context(), "shop", history.Window{}, 0)
				require.NoError(t, err)
				found := 0
				for _, line := range audits.Items {
					if line.What == "action.refused" && line.Whose == it.ID {
						found++
					}
				}
				assert.Equal(t, 1, found, "the attempt is on record")
			}
		})
	}
}

func TestDecide_AnotherTenant_FindsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	it := w.proposed()
	for _, tenant := range []string{"", "bank"} {
		_, err := w.desk.Decide(t.Context(), tenant, it.ID, kim, true, it.Digest, "mine now")
		require.ErrorIs(t, err, ErrNotFound)
		list, err := w.desk.List(t.Context(), tenant, 0)
		require.NoError(t, err)
		assert.Empty(t, list)
	}
	_, err := w.desk.Propose(t.Context(), "bank", "lee", double, nil)
	assert.ErrorContains(t, err, "none of actions::services", "a tenant reaches its own services only")
}

// What is changed in the store after the approval is not done.
func TestWork_AlteredAfterApproval_IsNotDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	it := w.proposed()
	p := *it.Proposal
	p.ID, p.Arguments = "x", action.Scale{Workload: services[0].Workload, From: 3, To: 9}
	text, digest, err := p.Encode(w.policy.Limits)
	require.NoError(t, err)
	trail := `[{"state":"approved","at":"2026-11-18T03:00:00Z","by":"kim","digest":"` + it.Digest + `"}]`
	for id, a := range map[string]history.Action{
		"x": {Arguments: string(text), Digest: digest},                // whole, with kim's approval of something else
		"y": {Arguments: string(text), Digest: digest},                // filed under another id
		"z": {Arguments: string(it.Bytes) + " ", Digest: it.Digest},   // with one more byte
		"v": {Arguments: `{"by":1}`, Digest: action.Digest([]byte{})}, // nothing of ours
	} {
		a.Tenant, a.ID, a.Name, a.Proposer, a.Proposed, a.Expires = "shop", id, string(action.ScaleWorkload), "lee", noon, it.Expires
		a.State, a.Decider, a.Result = history.ActionApproved, "kim", trail
		require.NoError(t, w.store.Write(t.Context(), &history.Batch{Actions: []history.Action{a}}))
	}
	w.work()
	assert.Zero(t, w.cluster.times())
	for _, id := range []string{"x", "y", "z", "v"} {
		got := w.item(id)
		assert.Equal(t, action.Expired, got.State)
		assert.Contains(t, last(got).Text, "Not done: ", id)
	}
}

// gate is a history in which nobody takes a step before so many want to: all of them have seen the same state.
type gate struct {
	history.Store
	to   action.State
	wait sync.WaitGroup
}

func gated(s history.Store, n int, to action.State) *gate {
	g := &gate{Store: s, to: to}
	g.wait.Add(n)
	return g
}

func (g *gate) Advance(ctx context.Context, tenant history.Tenant, id string, from history.ActionState, to history.Decision) (bool, error) {
	if action.State(to.State) == g.to || from == history.ActionProposed && g.to == action.Proposed {
		g.wait.Done()
		g.wait.Wait()
	}
	return g.Store.Advance(ctx, tenant, id, from, to)
}

// A hundred clicks at once, in two processes, on approve and deny: one decides, and at most one execution follows.
func TestDecide_HundredClicks_OneExecutionAtMost(t *testing.T) {
	t.Parallel()
	for _, deny := range []bool{false, true} {
		w := newWorld(t)
		it := w.proposed()
		w.store = gated(w.store, 100, action.Proposed)
		desks := []*Desk{w.desk, w.another()}
		var won, approved atomic.Int32
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				approve := !deny || i%2 == 0
				if _, err := desks[i%2].Decide(context.Background(), "shop", it.ID, kim, approve, it.Digest, "now"); err == nil {
					won.Add(1)
					if approve {
						approved.Add(1)
					}
				}
			})
		}
		all.Wait()
		for _, d := range append(desks, desks...) {
			require.NoError(t, d.Work(t.Context()))
		}
		assert.Equal(t, int32(1), won.Load())
		assert.Equal(t, int(approved.Load()), w.cluster.times())
	}
}

// Processes that see one approval at the same time execute it once.
func TestWork_ManyProcesses_ExecuteOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.approve(w.proposed())
	const processes = 8
	w.store = gated(w.store, processes, action.Executing)
	var all sync.WaitGroup
	for range processes {
		d := w.another()
		all.Go(func() { assert.NoError(t, d.Work(context.Background())) })
	}
	all.Wait()
	assert.Equal(t, 1, w.cluster.times())
}

func TestDecide_TwoApprovers_AreTwoPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy.TwoApprovers = []action.Kind{action.ScaleWorkload}
	w.desk = w.another()
	it := w.proposed()
	// Both at once, and each several times: the two count once each.
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			_, _ = w.desk.Decide(context.Background(), "shop", it.ID, []action.Person{kim, park}[i%2], true, it.Digest, "yes")
		})
	}
	all.Wait()
	for _, person := range []action.Person{kim, park} { // who was beaten to it by the other looks again
		_, _ = w.desk.Decide(t.Context(), "shop", it.ID, person, true, it.Digest, "yes")
	}
	w.work()
	assert.Equal(t, 1, w.cluster.times())
	got := w.item(it.ID)
	var by []string
	for _, s := range got.Trail {
		if s.By != "" {
			by = append(by, s.By)
		}
	}
	assert.ElementsMatch(t, []string{"kim", "park"}, by)

	w.cluster.replicas = 3
	it = w.proposed()
	w.approve(it)
	_, err := w.desk.Decide(t.Context(), "shop", it.ID, kim, true, it.Digest, "again")
	var refused *action.RefusedError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, action.CodeTwice, refused.Code)
	w.work()
	assert.Equal(t, 1, w.cluster.times(), "one of two is none")
}

func TestExecute_Failures_SayWhetherItWasDone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fail error
		want action.State
		text string
	}{
		"refused by the cluster": {action.NotDone(errors.New("there are 4 replicas, not 3")), action.Failed, "Not done: there are 4 replicas, not 3"},
		"connection lost":        {errors.New("EOF"), action.Unknown, "Whether it was done is not known; it is not done again: EOF"},
	} {
		w := newWorld(t)
		w.cluster.fail = c.fail
		it := w.proposed()
		w.approve(it)
		w.work()
		w.work()
		got := w.item(it.ID)
		assert.Equal(t, c.want, got.State, name)
		assert.Equal(t, c.text, last(got).Text, name)
		w.cluster.fail = nil
		w.pass(5 * time.Minute)
		w.work()
		assert.Zero(t, w.cluster.times(), "%s: it is not tried again", name)
	}
}

func TestPropose_WhatWaitsOrIsNotAllowed_IsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.proposed()
	_, err := w.desk.Propose(t.Context(), "shop", "kim", action.Order{Action: action.ScaleWorkload, Service: "payment", Replicas: 4, Reason: "x"}, nil)
	var refused *action.RefusedError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, action.CodeRepeated, refused.Code)
	for field, r := range map[string]action.Order{
		"action":   {Action: "delete_namespace", Service: "payment", Reason: "x"},
		"service":  {Action: action.ScaleWorkload, Service: "nothing", Factor: 2, Reason: "x"},
		"replicas": {Action: action.ScaleWorkload, Service: "payment", Reason: "x"},
		"reason":   {Action: action.ScaleWorkload, Service: "payment", Factor: 2},
		"session":  {Action: action.EndSession, Session: "of somebody else", Reason: "x"},
	} {
		_, err := w.desk.Propose(t.Context(), "shop", "kim", r, nil)
		var wrong *action.InvalidError
		require.ErrorAs(t, err, &wrong, field)
		assert.Equal(t, field, wrong.Field)
	}
	_, err = w.desk.Propose(t.Context(), "shop", "kim", action.Order{Action: action.RestartWorkload, Service: "payment", Reason: "x"}, nil)
	assert.ErrorContains(t, err, "not configured")
	w.policy.Mode = action.ReadOnly
	_, err = w.another().Propose(t.Context(), "shop", "kim", double, nil)
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, action.CodeReadOnly, refused.Code)
}

func TestPropose_TooManyWaiting_IsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.desk.options.Pending = 1
	require.NoError(t, w.store.Write(t.Context(), &history.Batch{Sessions: []history.Session{{Tenant: "shop", ID: "s1", Start: noon, Opened: noon, Last: noon}}}))
	w.proposed()
	_, err := w.desk.Propose(t.Context(), "shop", "kim", action.Order{Action: action.EndSession, Session: "s1", Reason: "x"}, nil)
	var refused *action.RefusedError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, action.CodeTooMany, refused.Code)
	w.pass(10 * time.Minute) // what expired does not wait
	_, err = w.desk.Propose(t.Context(), "shop", "kim", action.Order{Action: action.EndSession, Session: "s1", Reason: "x"}, nil)
	require.NoError(t, err)
}

func TestSuggest_OneIncident_ProposesOnceAndWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := &action.Finding{Incident: "inc-1", Service: "payment", Cause: "cpu", Evidence: []action.Evidence{
		{Source: action.FromTraces, Text: "self_time 3 s"}, {Source: action.FromMetrics, Text: "cpu 93 %"}}}
	it, made, err := w.desk.Suggest(t.Context(), "shop", f)
	require.NoError(t, err)
	require.True(t, made)
	assert.Equal(t, action.Proposer{By: action.ByFinding, Name: "inc-1"}, it.Proposal.Proposer)
	_, made, err = w.another().Suggest(t.Context(), "shop", f)
	require.NoError(t, err)
	assert.False(t, made)
	w.work()
	assert.Zero(t, w.cluster.times(), "a person decides")
	w.approve(it)
	w.work()
	assert.Equal(t, 1, w.cluster.times())
	f.Evidence = f.Evidence[:1]
	f.Incident = "inc-2"
	_, made, err = w.desk.Suggest(t.Context(), "shop", f)
	require.NoError(t, err)
	assert.False(t, made, "one signal is not enough")
}

// A finding whose action cannot be proposed asks the cluster, and tells of it, once in a while only.
func TestSuggest_WhatCannotBe_IsNotTriedAllTheTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cluster.replicas = 40 // half as many again are too many
	f := &action.Finding{Incident: "inc-1", Service: "payment", Cause: "cpu", Evidence: []action.Evidence{
		{Source: action.FromTraces, Text: "self_time 3 s"}, {Source: action.FromMetrics, Text: "cpu 93 %"}}}
	for i := range 4 {
		_, made, err := w.desk.Suggest(t.Context(), "shop", f)
		assert.False(t, made)
		assert.Equal(t, i%2 == 0, err != nil)
		w.pass(5 * time.Minute)
	}
}

func TestSuggest_Autonomous_IsDoneByFindingsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.policy.Environments = map[string]action.Environment{"production": {Modes: map[action.Kind]action.Mode{action.ScaleWorkload: action.Autonomous}}}
	w.desk = w.another()
	it := w.proposed()
	w.work()
	assert.Equal(t, action.Proposed, w.item(it.ID).State, "what a person proposes waits for another one")
	w.pass(10 * time.Minute)
	w.work()
	assert.Equal(t, action.Expired, w.item(it.ID).State)
	_, made, err := w.desk.Suggest(t.Context(), "shop", &action.Finding{Incident: "inc-1", Service: "payment", Cause: "traffic", Evidence: []action.Evidence{
		{Source: action.FromTraces, Text: "rate 300/s"}, {Source: action.FromMetrics, Text: "cpu 93 %"}}})
	require.NoError(t, err)
	require.True(t, made)
	w.work()
	assert.Equal(t, 1, w.cluster.times())
}
