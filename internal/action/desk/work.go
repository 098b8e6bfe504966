package desk

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/internal/history"
)

// Work takes the steps that are due: it executes what was approved, one after the other, gives up what was not begun or not
// ended, and looks at the effect of what was done. It is called now and then, and after Kick.
func (d *Desk) Work(ctx context.Context) error {
	d.mu.Lock()
	tenants := slices.Sorted(maps.Keys(d.tenants))
	d.mu.Unlock()
	errs := d.unheard()
	for _, tenant := range tenants {
		list, err := d.latest(ctx, tenant)
		if err != nil {
			return err
		}
		for i := range list {
			if err := d.see(ctx, &list[i]); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// see takes one action's next step, if it is due.
func (d *Desk) see(ctx context.Context, a *history.Action) error {
	r, now := record(a), d.clock()
	switch r.State {
	case action.Proposed, action.Seconded:
		if now.Before(r.Expires) {
			return nil
		}
		return d.step(ctx, a, r, action.Step{State: action.Expired, At: now.UTC()})
	case action.Approved:
		if d.lapsed(r, now) {
			return d.step(ctx, a, r, action.Step{State: action.Expired, At: now.UTC(), Text: notBegun})
		}
		return d.execute(ctx, a, r)
	case action.Executing:
		if !d.lost(r, now) {
			return nil
		}
		return d.step(ctx, a, r, action.Step{State: action.Unknown, At: now.UTC(), Text: joined(notEnded, d.look(ctx, r))})
	case action.Succeeded, action.Unknown:
		if now.Sub(since(r)) < d.options.Observe {
			return nil
		}
		return d.verify(ctx, a, r)
	default:
		return nil
	}
}

// What is said of actions that a stop of the collector came between.
const (
	notBegun = "It was approved, and the collector stopped before it began. Nothing was done; propose it again."
	notEnded = "The collector stopped while it was being done. Whether it was done is not known; it is not done again."
)

// lapsed reports whether an approved action was not begun in time.
func (d *Desk) lapsed(r *action.Record, now time.Time) bool {
	return !now.Before(r.Expires) || now.Sub(since(r)) >= d.options.Begin && !d.runs(r.ID)
}

// lost reports whether nobody can be executing an action any more: this process is not, and for others it takes too long.
func (d *Desk) lost(r *action.Record, now time.Time) bool {
	return !d.runs(r.ID) && now.Sub(since(r)) >= d.options.Timeout+grace
}

// grace is how much later than its timeout an execution is written down at most.
const grace = 30 * time.Second

func since(r *action.Record) time.Time {
	if n := len(r.Trail); n > 0 {
		return r.Trail[n-1].At
	}
	return time.Time{}
}

func (d *Desk) runs(id string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.running[id]
}

func (d *Desk) run(id string, on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if on {
		d.running[id] = true
	} else {
		delete(d.running, id)
	}
}

func (d *Desk) step(ctx context.Context, a *history.Action, r *action.Record, s action.Step) error {
	_, err := d.advance(ctx, a, r, s)
	return err
}

// execute does what was approved, once: whoever wins the step to Executing does it, and that step is durable before.
func (d *Desk) execute(ctx context.Context, a *history.Action, r *action.Record) error {
	now := d.clock()
	p, err := r.Claim(&d.options.Policy, now)
	executor := d.options.Executors[action.Kind(a.Name)]
	if err == nil && executor == nil {
		err = errors.New("this action is not configured any more")
	}
	if err != nil {
		return d.step(ctx, a, r, action.Step{State: action.Expired, At: now.UTC(), Text: "Not done: " + err.Error()})
	}
	d.run(r.ID, true)
	defer d.run(r.ID, false)
	won, err := d.advance(ctx, a, r, action.Step{State: action.Executing, At: now.UTC(), Digest: r.Digest})
	if err != nil || !won {
		return err // another one executes it, or nobody: an error of the history may hide that the step was taken
	}
	end := action.Step{State: action.Failed}
	if err := d.audit(ctx, r.Tenant, "", "action.executing", r.ID, r.Digest); err != nil {
		end.Text = "Not done: " + err.Error()
	} else {
		end.State, end.Text = d.attempt(ctx, executor, p)
	}
	end.At = d.clock().UTC()
	// The outcome is written down also where the collector is being stopped.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace/2)
	defer cancel()
	return d.step(ctx, a, r, end)
}

// attempt executes and says how that ended.
func (d *Desk) attempt(ctx context.Context, executor action.Executor, p *action.Proposal) (action.State, string) {
	ctx, cancel := context.WithTimeout(ctx, d.options.Timeout)
	defer cancel()
	done, err := executor.Execute(ctx, p)
	switch {
	case err == nil:
		return action.Succeeded, action.Clean(done)
	case errors.Is(err, action.ErrNotDone):
		return action.Failed, action.Clean("Not done: " + err.Error())
	}
	return action.Unknown, action.Clean("Whether it was done is not known; it is not done again: " + err.Error())
}

// verify looks at the signals that the proposal showed, and at the target itself.
func (d *Desk) verify(ctx context.Context, a *history.Action, r *action.Record) error {
	s := action.Step{State: action.Verified, At: d.clock().UTC(), Verdict: action.NoData}
	if p, err := r.Open(); err == nil {
		s.Verdict, s.Text = action.Compare(p.Measures, d.measure(ctx, p.Tenant, p.Service))
		s.Text = action.Clean(joined(s.Text, d.look(ctx, r)))
	}
	return d.step(ctx, a, r, s)
}

// look says what there is now; nothing where that cannot be seen.
func (d *Desk) look(ctx context.Context, r *action.Record) string {
	p, err := r.Open()
	if err != nil {
		return ""
	}
	executor := d.options.Executors[p.Arguments.Kind()]
	if executor == nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, d.options.Timeout)
	defer cancel()
	seen, err := executor.Look(ctx, p)
	if err != nil {
		return ""
	}
	return action.Clean(seen)
}
