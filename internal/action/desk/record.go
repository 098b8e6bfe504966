package desk

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/internal/history"
)

// record is an action of the history as package action judges it.
func record(a *history.Action) *action.Record {
	r := &action.Record{
		ID: a.ID, Tenant: string(a.Tenant), Bytes: []byte(a.Arguments), Digest: a.Digest, Proposer: a.Proposer, Expires: a.Expires,
		State: action.State(a.State),
	}
	if json.Unmarshal([]byte(a.Result), &r.Trail) != nil {
		r.Trail = nil // written by something else: nobody's approval is on record
	}
	return r
}

// Item is one action as it is shown.
type Item struct {
	action.Record
	// Proposal is what Bytes hold; nil where they are not what was proposed.
	Proposal *action.Proposal
	Kind     action.Kind
	Reason   string
	Proposed time.Time
	// State is where it stands by now, also where nobody has written that down yet.
	State action.State
}

func (d *Desk) item(a *history.Action, now time.Time) Item {
	r := record(a)
	out := Item{Record: *r, Kind: action.Kind(a.Name), Reason: a.Reason, Proposed: a.Proposed, State: r.State}
	if p, err := r.Open(); err == nil {
		out.Proposal = p
	}
	switch {
	case r.State.Pending() && !now.Before(r.Expires), r.State == action.Approved && d.lapsed(r, now):
		out.State = action.Expired
	case r.State == action.Executing && d.lost(r, now):
		out.State = action.Unknown
	}
	return out
}

// recent is how far back actions are looked for that may still take a step.
const recent = 7 * 24 * time.Hour

// List returns a tenant's actions, the latest first.
func (d *Desk) List(ctx context.Context, tenant string, limit int) ([]Item, error) {
	d.follow(tenant)
	page, err := d.store().Actions(ctx, history.Tenant(tenant), history.Window{}, limit)
	if err != nil {
		return nil, stored(err)
	}
	now := d.clock()
	out := make([]Item, 0, len(page.Items))
	for i := range page.Items {
		out = append(out, d.item(&page.Items[i], now))
	}
	return out, nil
}

// latest are the actions of a tenant that may still take a step.
func (d *Desk) latest(ctx context.Context, tenant string) ([]history.Action, error) {
	page, err := d.store().Actions(ctx, history.Tenant(tenant), history.Window{From: d.clock().Add(-recent)}, history.MaxLimit)
	if err != nil {
		return nil, stored(err)
	}
	return page.Items, nil
}

func (d *Desk) find(ctx context.Context, tenant, id string) (*history.Action, error) {
	list, err := d.latest(ctx, tenant)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(list, func(a history.Action) bool { return a.ID == id }); i >= 0 {
		return &list[i], nil
	}
	return nil, ErrNotFound
}

// advance takes one step, if nobody else did, and tells of it.
func (d *Desk) advance(ctx context.Context, a *history.Action, r *action.Record, step action.Step) (bool, error) {
	if !r.State.Leads(step.State) {
		return false, fmt.Errorf("no step leads from %s to %s", r.State, step.State)
	}
	trail := append(slices.Clip(r.Trail), step)
	text, err := json.Marshal(trail)
	if err != nil {
		return false, fmt.Errorf("encoding the steps of an action: %w", err)
	}
	by := step.By
	if first := a.Decider; by != "" && first != "" && first != by {
		by = first + ", " + by
	}
	won, err := d.store().Advance(ctx, a.Tenant, a.ID, history.ActionState(r.State),
		history.Decision{State: history.ActionState(step.State), By: by, At: step.At, Result: string(text)})
	if err != nil {
		return false, stored(err)
	}
	if won {
		r.State, r.Trail = step.State, trail
		a.State, a.Result, a.Decider = history.ActionState(step.State), string(text), cmp.Or(by, a.Decider)
		d.tell(ctx, a, r, step.At)
		d.stepped()
	}
	return won, nil
}

// tell writes the braid.action event. It repeats what the record says, so that its loss loses nothing.
func (d *Desk) tell(ctx context.Context, a *history.Action, r *action.Record, at time.Time) {
	if err := d.store().Write(ctx, &history.Batch{Events: []history.Event{event(a, r, at)}}); err != nil {
		d.failed(a.ID, stored(err))
	}
}

func event(a *history.Action, r *action.Record, at time.Time) history.Event {
	e := history.Event{
		Tenant: a.Tenant, Kind: history.KindAction, ID: a.ID, At: a.Proposed, Revised: at, Severity: severityInfo, Title: a.Name,
		Attributes: map[string]any{
			"braid.action.name": a.Name, "braid.action.state": string(r.State), "braid.action.digest": a.Digest, "braid.action.proposer": a.Proposer,
		},
	}
	if a.Decider != "" {
		e.Attributes["braid.action.decider"] = a.Decider
	}
	if n := len(r.Trail); n > 0 && r.Trail[n-1].Text != "" {
		e.Attributes["braid.action.result"] = r.Trail[n-1].Text
	}
	if p, err := r.Open(); err == nil {
		e.Service, e.Title = p.Service, action.ShownIn(p.Arguments, action.English).Change
		e.Attributes["braid.action.target"], e.Attributes["deployment.environment.name"] = p.Arguments.Target(), p.Environment
		if session, ok := p.Arguments.(action.End); ok {
			e.Session = session.Session
		}
	}
	if r.State == action.Failed || r.State == action.Unknown {
		e.Severity = severityWarn
	}
	if r.State.Final() {
		e.Until = at
	}
	return e
}

// OpenTelemetry severity numbers.
const (
	severityInfo = 9
	severityWarn = 13
)

// audit writes who did what, before it is done.
func (d *Desk) audit(ctx context.Context, tenant, who, what, id, detail string) error {
	err := d.store().Write(ctx, &history.Batch{Audits: []history.Audit{{
		Tenant: history.Tenant(tenant), ID: fresh(), At: d.clock(), Who: who, Whose: id, What: what, Detail: detail,
	}}})
	if err != nil {
		return fmt.Errorf("writing the audit log: %w", stored(err))
	}
	return nil
}

// fresh is an id that nothing else has.
func fresh() string {
	var id [12]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

func stored(err error) error { return fmt.Errorf("%w: %w", ErrStore, err) }

func joined(parts ...string) string {
	return strings.TrimSpace(strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; "))
}
