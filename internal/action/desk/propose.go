package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/internal/history"
)

// Propose files what a person wants for others to decide. It changes nothing but that.
func (d *Desk) Propose(ctx context.Context, tenant, person string, r action.Order, evidence []action.Evidence) (Item, error) {
	p, err := d.draft(ctx, tenant, action.Proposer{By: action.ByPerson, Name: action.Clean(person)}, &r, evidence)
	if err != nil {
		return Item{}, err
	}
	p.ID = fresh()
	return d.file(ctx, p)
}

// Suggest files what a finding speaks for. The same incident proposes the same action once, whoever looks at it and
// however often; false tells that it has, or that there is nothing to propose.
func (d *Desk) Suggest(ctx context.Context, tenant string, f *action.Finding) (Item, bool, error) {
	r, ok := action.Suggest(f)
	if !ok || !d.Offers(r.Action) || d.service(tenant, r.Service) == nil {
		return Item{}, false, nil
	}
	sum := sha256.Sum256([]byte(tenant + "\x00" + f.Incident + "\x00" + string(r.Action)))
	id := hex.EncodeToString(sum[:12])
	if _, err := d.find(ctx, tenant, id); err == nil || !d.attempting(id) {
		return Item{}, false, nil
	}
	r.Reason = "Incident " + action.Clean(f.Incident)
	p, err := d.draft(ctx, tenant, action.Proposer{By: action.ByFinding, Name: action.Clean(f.Incident)}, &r, f.Evidence)
	if err != nil {
		return Item{}, false, err
	}
	p.ID = id
	item, err := d.file(ctx, p)
	if err != nil {
		return Item{}, false, err
	}
	if p.Unattended(&d.options.Policy) {
		d.unattended(ctx, tenant, id)
	}
	return item, true, nil
}

// draft makes a request exact.
func (d *Desk) draft(ctx context.Context, tenant string, by action.Proposer, r *action.Order, evidence []action.Evidence) (*action.Proposal, error) {
	if missing := r.Missing(); missing != "" {
		return nil, &action.InvalidError{Field: missing, Text: "is missing"}
	}
	executor := d.options.Executors[r.Action]
	if executor == nil {
		return nil, &action.InvalidError{Field: "action", Text: fmt.Sprintf("%s is not configured; see actions of the assistant extension", r.Action)}
	}
	service := d.service(tenant, r.Service)
	if r.Service != "" && service == nil {
		return nil, &action.InvalidError{Field: "service", Text: fmt.Sprintf("%q is none of actions::services of the assistant extension", action.Clean(r.Service))}
	}
	p := &action.Proposal{Tenant: tenant, Proposer: by, Reason: action.Clean(r.Reason), Evidence: evidence}
	if service != nil {
		p.Service, p.Environment = service.Name, service.Environment
	}
	policy := &d.options.Policy
	if p.Mode = policy.ModeOf(r.Action, p.Environment); p.Mode == action.ReadOnly {
		return nil, &action.RefusedError{Code: action.CodeReadOnly, Text: fmt.Sprintf("%s is read_only in this environment", r.Action)}
	}
	p.Approvers = policy.Approvers(r.Action, p.Environment)
	ctx, cancel := context.WithTimeout(ctx, d.options.Timeout)
	defer cancel()
	err := d.known(ctx, tenant, r.Session)
	if err != nil {
		return nil, err
	}
	if p.Arguments, err = executor.Resolve(ctx, tenant, service, *r); err != nil {
		return nil, err
	}
	p.Measures = d.measure(ctx, tenant, p.Service)
	p.Proposed = d.clock().UTC().Truncate(time.Second)
	p.Expires = p.Proposed.Add(policy.Expiry)
	return p, nil
}

// known refuses a session that is not the tenant's, or not open.
func (d *Desk) known(ctx context.Context, tenant, session string) error {
	if session == "" {
		return nil
	}
	page, err := d.store().Sessions(ctx, history.SessionQuery{Tenant: history.Tenant(tenant), ID: session, State: history.OpenSession, Limit: 1})
	if err != nil {
		return stored(err)
	}
	if len(page.Items) == 0 {
		return &action.InvalidError{Field: "session", Text: "there is no open session of that id"}
	}
	return nil
}

// measure looks at a service's signals; without any a proposal is made all the same.
func (d *Desk) measure(ctx context.Context, tenant, service string) []action.Measure {
	if d.signals == nil || service == "" {
		return nil
	}
	list, err := d.signals(ctx, tenant, service)
	if err != nil {
		return nil
	}
	return list[:min(len(list), action.MaxMeasures)]
}

// service is one that a tenant may act upon, by its name.
func (d *Desk) service(tenant, name string) *action.Service {
	i := slices.IndexFunc(d.options.Services, func(s action.Service) bool { return s.Tenant == tenant && s.Name == name })
	if i < 0 {
		return nil
	}
	return &d.options.Services[i]
}

// file writes a proposal, unless the same waits already or too many do.
func (d *Desk) file(ctx context.Context, p *action.Proposal) (Item, error) {
	text, digest, err := p.Encode(d.options.Policy.Limits)
	if err != nil {
		return Item{}, err
	}
	d.follow(p.Tenant)
	d.proposing.Lock()
	defer d.proposing.Unlock()
	if err := d.room(ctx, p); err != nil {
		return Item{}, err
	}
	a := history.Action{
		Tenant: history.Tenant(p.Tenant), ID: p.ID, Name: string(p.Arguments.Kind()), Arguments: string(text), Digest: digest, Reason: p.Reason,
		Proposer: p.Proposer.Name, Proposed: p.Proposed, Expires: p.Expires, State: history.ActionProposed,
	}
	if err := d.audit(ctx, p.Tenant, p.Proposer.Name, "action.proposed", p.ID, digest); err != nil {
		return Item{}, err
	}
	if err := d.store().Write(ctx, &history.Batch{Actions: []history.Action{a}, Events: []history.Event{event(&a, record(&a), p.Proposed)}}); err != nil {
		return Item{}, stored(err)
	}
	d.stepped()
	return d.item(&a, d.clock()), nil
}

// room refuses what waits already: an action on one target is decided, and done, before there is another.
func (d *Desk) room(ctx context.Context, p *action.Proposal) error {
	list, err := d.latest(ctx, p.Tenant)
	if err != nil {
		return err
	}
	now, waiting := d.clock(), 0
	for i := range list {
		it := d.item(&list[i], now)
		if it.State.Pending() {
			waiting++
		}
		busy := it.State.Pending() || it.State == action.Approved || it.State == action.Executing
		if busy && it.Proposal != nil && it.Proposal.Arguments.Target() == p.Arguments.Target() {
			return &action.RefusedError{Code: action.CodeRepeated, Text: fmt.Sprintf("%s on %s is %s already, as %s; decide that first", it.Kind, p.Arguments.Target(), it.State, it.ID)}
		}
	}
	if waiting >= d.options.Pending {
		return &action.RefusedError{Code: action.CodeTooMany, Text: fmt.Sprintf("%d proposals wait for a decision; decide some first", waiting)}
	}
	return nil
}
