package query

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/internal/action/desk"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/wording"
)

// Approvals implements Service.
func (e *Engine) Approvals(ctx context.Context, caller Caller, filter ApprovalFilter) ([]Approval, error) {
	if _, _, err := e.viewed(caller); err != nil {
		return nil, err
	}
	return e.approvals(ctx, caller, filter)
}

// approvals lists those of a caller's tenant, the latest first.
func (e *Engine) approvals(ctx context.Context, caller Caller, filter ApprovalFilter) ([]Approval, error) {
	if filter.Limit <= 0 {
		filter.Limit = history.DefaultLimit
	}
	items, err := e.desk.List(ctx, caller.Tenant, history.MaxLimit)
	if err != nil {
		return nil, acting(err)
	}
	out := []Approval{}
	for i := range items {
		if pending := items[i].State.Pending(); len(out) < filter.Limit &&
			(filter.Status != "pending" || pending) && (filter.Status != "decided" || !pending) {
			out = append(out, e.approvalFor(&items[i], caller, filter.Language))
		}
	}
	return out, nil
}

// approvalFor is an action as it is shown to somebody.
func (e *Engine) approvalFor(it *desk.Item, caller Caller, language string) Approval {
	out := ApprovalOf(it, language)
	out.Hindrance = HindranceOf(e.desk.Hindrance(it, action.Person{Name: caller.Name, Approve: caller.Roles.Approve}))
	return out
}

// HindranceOf is a refusal as it is shown; nil for none.
func HindranceOf(r *action.RefusedError) *Hindrance {
	if r == nil {
		return nil
	}
	return &Hindrance{string(r.Code), r.Text}
}

// statuses are the words of the API for where an action stands, where they are others.
var statuses = map[action.State]string{action.Proposed: "pending", action.Succeeded: "done"}

func status(s action.State) string {
	if word, ok := statuses[s]; ok {
		return word
	}
	return string(s)
}

// ApprovalOf is an action as it is shown in a language.
func ApprovalOf(it *desk.Item, language string) Approval {
	out := Approval{
		ID: it.ID, Kind: wording.Name(string(it.Kind)), Action: wording.Name(string(it.Kind)), Because: long(it.Reason), Proposed: it.Proposed,
		Expires: it.Expires, Proposer: wording.Name(it.Proposer), Status: status(it.State), Altered: it.Proposal == nil,
	}
	if p := it.Proposal; p != nil {
		shown := action.ShownIn(p.Arguments, language)
		out.Action, out.Effect, out.Blast, out.Target = shown.Change, shown.Effect, shown.Blast, p.Arguments.Target()
		out.Service, out.Environment, out.Evidence, out.Measures = p.Service, p.Environment, p.Evidence, p.Measures
		out.Finding, out.Approvers = p.Proposer.By == action.ByFinding, p.Approvers
		out.Document, out.Digest = string(it.Bytes), it.Digest
	}
	var people []string
	for _, s := range it.Trail {
		out.Steps = append(out.Steps, ApprovalStep{Status: status(s.State), At: s.At, By: wording.Name(s.By), Text: long(s.Text)})
		switch s.State {
		case action.Seconded, action.Approved, action.Denied:
			out.Reason = long(s.Text)
			if s.By != "" {
				people = append(people, wording.Name(s.By))
			}
		case action.Executing:
		default:
			out.Result, out.Verdict = long(s.Text), string(s.Verdict)
		}
	}
	out.DecidedBy = strings.Join(people, ", ")
	return out
}

// maxReason is the longest reason, in characters.
const maxReason = action.MaxText

// Decide implements Service.
func (e *Engine) Decide(ctx context.Context, caller Caller, d Decision) (Approval, error) {
	if !caller.Roles.Approve {
		return Approval{}, ErrForbidden
	}
	if reason := strings.TrimSpace(d.Reason); reason == "" || utf8.RuneCountInString(reason) > maxReason {
		return Approval{}, fmt.Errorf("%w: reason: say in 1 to %d characters why", ErrInvalid, maxReason)
	}
	it, err := e.desk.Decide(ctx, caller.Tenant, d.ID, action.Person{Name: caller.Name, Approve: true}, d.Approve, d.Digest, d.Reason)
	if err != nil {
		return Approval{}, acting(err)
	}
	return e.approvalFor(&it, caller, d.Language), nil
}

// Propose implements Service.
func (e *Engine) Propose(ctx context.Context, caller Caller, r ProposalRequest) (Approval, error) {
	if !caller.Roles.Operate {
		return Approval{}, ErrForbidden
	}
	request := r.Order
	if text := strings.TrimSpace(r.Text); text != "" {
		read, ok := action.ReadOrder(text, e.desk.Services(caller.Tenant))
		if !ok {
			return Approval{}, fmt.Errorf("%w: text: orders no action of the catalogue; there are %v", ErrInvalid, action.Kinds())
		}
		request = completed(read, &r.Order)
		if request.Reason == "" {
			request.Reason = text
		}
	}
	it, err := e.desk.Propose(ctx, caller.Tenant, caller.Name, request, nil)
	if err != nil {
		return Approval{}, acting(err)
	}
	return e.approvalFor(&it, caller, r.Language), nil
}

// completed adds to what a sentence says what it leaves out. What both say, the sentence says.
func completed(read action.Order, with *action.Order) action.Order {
	if read.Service == "" {
		read.Service = with.Service
	}
	if read.Replicas == 0 && read.Factor == 0 && read.Add == 0 {
		read.Replicas, read.Factor, read.Add = with.Replicas, with.Factor, with.Add
	}
	if read.Version == "" {
		read.Version = with.Version
	}
	if read.Minutes == 0 {
		read.Minutes = with.Minutes
	}
	read.Parameters, read.Reason = with.Parameters, with.Reason
	return read
}

// Work takes the steps of actions that are due. It ends when its context does.
func (e *Engine) Work(ctx context.Context) error { return e.desk.Work(ctx) }

// Due tells when there is something to do before the next look.
func (e *Engine) Due() <-chan struct{} { return e.desk.Kick() }

// Chronicle is what has become of actions, for pipelines.
func (e *Engine) Chronicle() action.Chronicle { return e.desk }

// forbidding are the refusals that are about the person or the policy, not about the state of things.
var forbidding = map[action.Code]bool{
	action.CodeRole: true, action.CodeSelf: true, action.CodeTwice: true, action.CodeNameless: true, action.CodeReadOnly: true,
}

// acting tells apart what the store did not do, what is wrong with a request, and what is refused.
func acting(err error) error {
	var refused *action.RefusedError
	var wrong *action.InvalidError
	switch {
	case errors.Is(err, desk.ErrNotFound):
		return fmt.Errorf("action: %w", ErrNotFound)
	case errors.As(err, &refused):
		if forbidding[refused.Code] {
			return fmt.Errorf("%w: %w", ErrForbidden, refused)
		}
		return fmt.Errorf("%w: %w", ErrConflict, refused)
	case errors.As(err, &wrong):
		return fmt.Errorf("%w: %w", ErrInvalid, wrong)
	case errors.Is(err, desk.ErrStore):
		return fail(err)
	}
	return fmt.Errorf("%w: %w", ErrOutside, err)
}

// audit writes who did what.
func (e *Engine) audit(ctx context.Context, store history.Store, caller Caller, what, whose, detail string, now time.Time) error {
	var id [12]byte
	if _, err := rand.Read(id[:]); err != nil {
		return fmt.Errorf("naming an audit record: %w", err)
	}
	err := store.Write(ctx, &history.Batch{Audits: []history.Audit{{
		Tenant: history.Tenant(caller.Tenant), ID: hex.EncodeToString(id[:]), At: now, Who: caller.Name, From: caller.From, Whose: whose, What: what, Detail: detail,
	}}})
	if err != nil {
		return fail(fmt.Errorf("writing the audit log: %w", err))
	}
	return nil
}
