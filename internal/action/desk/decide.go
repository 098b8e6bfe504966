package desk

import (
	"context"
	"errors"

	"github.com/braidotel/braid/internal/action"
)

// Decide approves exactly the bytes with a digest, or denies them, in a person's name and with a reason. The decision is in
// the audit log before it is final; so is one that is refused.
func (d *Desk) Decide(ctx context.Context, tenant, id string, by action.Person, approve bool, digest, reason string) (Item, error) {
	if !by.Approve {
		return Item{}, &action.RefusedError{Code: action.CodeRole, Text: "this needs the role approver"}
	}
	by.Name, reason = action.Clean(by.Name), action.Clean(reason)
	if reason == "" {
		return Item{}, &action.InvalidError{Field: "reason", Text: "is empty; say why, for whoever reads it later"}
	}
	d.follow(tenant)
	a, err := d.find(ctx, tenant, id)
	if err != nil {
		return Item{}, err
	}
	r, now := record(a), d.clock()
	step := action.Step{At: now.UTC(), By: by.Name, Text: reason}
	if approve {
		step.Digest = digest
		step.State, err = r.Approve(by, digest, &d.options.Policy, now)
	} else {
		step.State, err = r.Deny(by, now)
	}
	if err != nil {
		return Item{}, errors.Join(err, d.audit(ctx, tenant, by.Name, "action.refused", id, joined(err.Error(), reason)))
	}
	if err := d.audit(ctx, tenant, by.Name, "action."+string(step.State), id, joined(a.Digest, reason)); err != nil {
		return Item{}, err
	}
	won, err := d.advance(ctx, a, r, step)
	if err != nil {
		return Item{}, err
	}
	if !won {
		return Item{}, &action.RefusedError{Code: action.CodeDecided, Text: "somebody else decided in the meantime; look again"}
	}
	if step.State == action.Approved {
		d.wake()
	}
	return d.item(a, now), nil
}

// Hindrance is why a person cannot approve an action as it stands; nil where they can, and where nothing is left to decide.
// It changes nothing.
func (d *Desk) Hindrance(it *Item, by action.Person) *action.RefusedError {
	by.Name = action.Clean(by.Name)
	return it.Hindrance(by, &d.options.Policy, d.clock())
}

// unattended approves in nobody's name what the policy lets findings do.
func (d *Desk) unattended(ctx context.Context, tenant, id string) {
	a, err := d.find(ctx, tenant, id)
	if err != nil {
		d.failed(id, err)
		return
	}
	r := record(a)
	if err := d.audit(ctx, tenant, "", "action.approved", id, joined(a.Digest, "autonomous")); err != nil {
		d.failed(id, err)
		return
	}
	step := action.Step{State: action.Approved, At: d.clock().UTC(), Digest: a.Digest, Unattended: true, Text: "autonomous in this environment"}
	if won, err := d.advance(ctx, a, r, step); err != nil {
		d.failed(id, err)
	} else if won {
		d.wake()
	}
}
