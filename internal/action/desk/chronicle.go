package desk

import (
	"context"
	"slices"
	"time"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/internal/history"
)

var _ action.Chronicle = (*Desk)(nil)

// Happenings implements action.Chronicle.
func (d *Desk) Happenings(ctx context.Context, after time.Time) ([]action.Happening, error) {
	d.mu.Lock()
	tenants := make([]string, 0, len(d.tenants))
	for t := range d.tenants {
		tenants = append(tenants, t)
	}
	d.mu.Unlock()
	var out []action.Happening
	for _, tenant := range tenants {
		list, err := d.latest(ctx, tenant)
		if err != nil {
			return nil, err
		}
		for i := range list {
			for _, h := range happenings(&list[i]) {
				if h.At.After(after) {
					out = append(out, h)
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b action.Happening) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return a.Number - b.Number
	})
	return out, nil
}

// happenings are the steps of one action, the proposal first.
func happenings(a *history.Action) []action.Happening {
	r := record(a)
	first := action.Happening{
		Tenant: r.Tenant, ID: r.ID, Kind: action.Kind(a.Name), State: action.Proposed, At: a.Proposed, By: a.Proposer, Proposer: a.Proposer,
		Digest: r.Digest, Text: a.Reason,
	}
	if p, err := r.Open(); err == nil {
		first.Target, first.Service, first.Environment = p.Arguments.Target(), p.Service, p.Environment
		first.Change = action.ShownIn(p.Arguments, action.English).Change
		if end, ok := p.Arguments.(action.End); ok {
			first.Session = end.Session
		}
	}
	out := []action.Happening{first}
	for i, s := range r.Trail {
		h := first
		h.Number, h.State, h.At, h.By, h.Text, h.Verdict = i+1, s.State, s.At, s.By, s.Text, s.Verdict
		out = append(out, h)
	}
	return out
}

// Changed implements action.Chronicle.
func (d *Desk) Changed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.changed
}

// stepped tells whoever follows that a step was taken.
func (d *Desk) stepped() {
	d.mu.Lock()
	defer d.mu.Unlock()
	close(d.changed)
	d.changed = make(chan struct{})
}
