package query

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/wording"
)

// Approvals implements Service.
func (e *Engine) Approvals(ctx context.Context, caller Caller, status string, limit int) ([]Approval, error) {
	store, tenant, err := e.viewed(caller)
	if err != nil {
		return nil, err
	}
	actions, err := e.actions(ctx, store, tenant, status, limit)
	if err != nil {
		return nil, err
	}
	out := make([]Approval, 0, len(actions))
	for i := range actions {
		out = append(out, e.approval(&actions[i]))
	}
	return out, nil
}

// actions lists those pending, decided or all.
func (e *Engine) actions(ctx context.Context, store history.Store, tenant history.Tenant, status string, limit int) ([]history.Action, error) {
	if limit <= 0 {
		limit = history.DefaultLimit
	}
	page, err := store.Actions(ctx, tenant, history.Window{}, history.MaxLimit)
	if err != nil {
		return nil, fail(err)
	}
	var out []history.Action
	for i := range page.Items {
		pending := e.state(&page.Items[i]) == "pending"
		if len(out) < limit && (status != "pending" || pending) && (status != "decided" || !pending) {
			out = append(out, page.Items[i])
		}
	}
	return out, nil
}

// states are the words of the page for where an action stands.
var states = map[history.ActionState]string{
	history.ActionProposed: "pending", history.ActionApproved: "approved", history.ActionDenied: "denied", history.ActionExpired: "expired",
	history.ActionExecuted: "done", history.ActionFailed: "failed",
}

// state is where an action stands; one that nobody decided in time has expired, whether or not that was written down.
func (e *Engine) state(a *history.Action) string {
	if a.State == history.ActionProposed && !a.Expires.IsZero() && !e.options.Clock().Before(a.Expires) {
		return "expired"
	}
	return states[a.State]
}

func (e *Engine) approval(a *history.Action) Approval {
	return Approval{
		ID: a.ID, Action: wording.Name(a.Name), Effect: long(a.Arguments), Because: long(a.Reason), Proposed: a.Proposed, Expires: a.Expires,
		Proposer: wording.Name(a.Proposer), Status: e.state(a), DecidedBy: wording.Name(a.Decider), Reason: long(a.Result),
	}
}

// maxReason is the longest reason of a decision, in characters.
const maxReason = 500

// Decide implements Service. Nobody approves what they proposed; the decision is in the audit log before it is final.
func (e *Engine) Decide(ctx context.Context, caller Caller, id string, approve bool, reason string) (Approval, error) {
	if !caller.Roles.Approve {
		return Approval{}, ErrForbidden
	}
	reason = strings.TrimSpace(reason)
	if reason == "" || utf8.RuneCountInString(reason) > maxReason {
		return Approval{}, fmt.Errorf("%w: reason: say in 1 to %d characters why", ErrInvalid, maxReason)
	}
	store, tenant := e.options.Provider.Records(), history.Tenant(caller.Tenant)
	action, err := e.action(ctx, store, tenant, id)
	if err != nil {
		return Approval{}, err
	}
	now := e.options.Clock()
	switch {
	case e.state(&action) != "pending":
		return Approval{}, fmt.Errorf("%w: the action is %s already", ErrInvalid, e.state(&action))
	case approve && caller.Name != "" && caller.Name == action.Proposer:
		return Approval{}, fmt.Errorf("%w: whoever proposed an action cannot approve it", ErrForbidden)
	}
	decision := history.Decision{State: history.ActionDenied, By: caller.Name, At: now, Result: reason}
	if approve {
		decision.State = history.ActionApproved
	}
	if err := e.audit(ctx, store, caller, "action."+string(decision.State), id, action.Digest+" "+reason, now); err != nil {
		return Approval{}, err
	}
	won, err := store.Advance(ctx, tenant, id, history.ActionProposed, decision)
	if err != nil {
		return Approval{}, fail(err)
	}
	if !won {
		return Approval{}, fmt.Errorf("%w: somebody else decided in the meantime", ErrInvalid)
	}
	action.State, action.Decider, action.Decided, action.Result = decision.State, decision.By, now, reason
	return e.approval(&action), nil
}

func (e *Engine) action(ctx context.Context, store history.Store, tenant history.Tenant, id string) (history.Action, error) {
	page, err := store.Actions(ctx, tenant, history.Window{}, history.MaxLimit)
	if err != nil {
		return history.Action{}, fail(err)
	}
	for _, a := range page.Items {
		if a.ID == id {
			return a, nil
		}
	}
	return history.Action{}, fmt.Errorf("action: %w", ErrNotFound)
}

// audit writes who did what.
func (e *Engine) audit(ctx context.Context, store history.Store, caller Caller, what, whose, detail string, now time.Time) error {
	var id [12]byte
	if _, err := rand.Read(id[:]); err != nil {
		return fmt.Errorf("naming an audit record: %w", err)
	}
	err := store.Write(ctx, &history.Batch{Audits: []history.Audit{{
		Tenant: history.Tenant(caller.Tenant), ID: hex.EncodeToString(id[:]), At: now, Who: caller.Name, Whose: whose, What: what, Detail: detail,
	}}})
	if err != nil {
		return fail(fmt.Errorf("writing the audit log: %w", err))
	}
	return nil
}
