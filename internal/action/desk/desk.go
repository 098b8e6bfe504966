// Package desk is where actions are proposed, decided, executed and looked at afterwards. What it knows is in the history,
// and every step is one compare-and-set there: of any number of people, requests, processes and replicas one takes it.
package desk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/internal/history"
)

// Errors that callers tell apart, beside those of package action.
var (
	// ErrNotFound is for an action that does not exist, or not for this tenant.
	ErrNotFound = errors.New("there is no such action")
	// ErrStore is in the chain of errors of the history.
	ErrStore = errors.New("the history")
)

// Options configure a Desk.
type Options struct {
	// Policy says what may be done where. Required: action.DefaultPolicy.
	Policy action.Policy
	// Services are all that actions may concern.
	Services []action.Service
	// Executors do the actions; one that is not here is not configured.
	Executors map[action.Kind]action.Executor
	// Timeout ends one execution. Default 30 seconds.
	Timeout time.Duration
	// Observe is how long after an execution its effect is looked at. Default 5 minutes.
	Observe time.Duration
	// Begin is how soon after its approval an execution must begin; what did not, because the collector stopped, never
	// does. Default 2 minutes.
	Begin time.Duration
	// Pending is how many proposals of a tenant wait at most. Default 50.
	Pending int
}

// Signals measures a service now, by the figures that a reader would look at.
type Signals func(ctx context.Context, tenant, service string) ([]action.Measure, error)

// Desk is safe for concurrent use.
type Desk struct {
	options Options
	store   func() history.Store
	signals Signals
	clock   func() time.Time
	kick    chan struct{}

	proposing sync.Mutex // so that the same is not proposed twice at once
	mu        sync.Mutex // guards what follows
	tenants   map[string]bool
	running   map[string]bool      // begun by this process and not ended
	errs      []error              // that no caller heard of: Work tells them
	tried     map[string]time.Time // when a finding's proposal was last attempted, by id
	changed   chan struct{}        // closed at the next step
}

// maxErrors bounds the errors that wait to be told.
const maxErrors = 16

// maxTenants bounds the tenants whose actions are followed up; those of the configuration always are.
const maxTenants = 1000

// New returns a desk over a history. clock tells the time, signals may be nil.
func New(o Options, store func() history.Store, signals Signals, clock func() time.Time) *Desk {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&o.Timeout, 30 * time.Second}, {&o.Observe, 5 * time.Minute}, {&o.Begin, 2 * time.Minute}} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	if o.Pending <= 0 {
		o.Pending = 50
	}
	d := &Desk{
		options: o, store: store, signals: signals, clock: clock, kick: make(chan struct{}, 1),
		tenants: map[string]bool{"": true}, running: map[string]bool{}, tried: map[string]time.Time{}, changed: make(chan struct{}),
	}
	for i := range o.Services {
		d.tenants[o.Services[i].Tenant] = true
	}
	return d
}

// Kick tells when there is something to do before the next tick.
func (d *Desk) Kick() <-chan struct{} { return d.kick }

func (d *Desk) wake() {
	select {
	case d.kick <- struct{}{}:
	default:
	}
}

// Services are those of a tenant that actions may concern.
func (d *Desk) Services(tenant string) []action.Service {
	var out []action.Service
	for _, s := range d.options.Services {
		if s.Tenant == tenant {
			out = append(out, s)
		}
	}
	return out
}

// Tenants are those that have services.
func (d *Desk) Tenants() []string {
	var out []string
	for i := range d.options.Services {
		if t := d.options.Services[i].Tenant; !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// Offers reports whether an action is configured.
func (d *Desk) Offers(k action.Kind) bool { return d.options.Executors[k] != nil }

// follow makes a tenant's actions be seen to.
func (d *Desk) follow(tenant string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.tenants) < maxTenants {
		d.tenants[tenant] = true
	}
}

func (d *Desk) failed(id string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.errs) < maxErrors {
		d.errs = append(d.errs, fmt.Errorf("action %s: %w", id, err))
	}
}

// attempting reports whether a finding's proposal may be made now: one that cannot be, for its limits or because a cluster
// does not answer, is not tried again before a proposal would have expired.
func (d *Desk) attempting(id string) bool {
	now := d.clock()
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.tried, func(_ string, at time.Time) bool { return now.Sub(at) >= d.options.Policy.Expiry })
	if _, tried := d.tried[id]; tried || len(d.tried) >= maxTenants {
		return false
	}
	d.tried[id] = now
	return true
}

// unheard takes the errors that no caller heard of.
func (d *Desk) unheard() []error {
	d.mu.Lock()
	defer d.mu.Unlock()
	errs := d.errs
	d.errs = nil
	return errs
}
