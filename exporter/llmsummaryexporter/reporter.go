package llmsummaryexporter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/figures"
	"github.com/braidotel/braid/internal/periodical"
	"github.com/braidotel/braid/internal/schedule"
)

const (
	// lookEvery is how often is looked whether a report is due. Not the time until it is: a clock may be set.
	lookEvery = 20 * time.Second
	// settle is how long after its instant a report waits for figures that come late.
	settle = time.Minute
	// reportsKey holds which reports were written and sent.
	reportsKey = "reports"
	// Bounds of the table of figures: 62 days of 10 figures are 150 KiB a tenant, and 16 bytes a figure more.
	maxFigureTenants = 100
	maxFigureNames   = 40
	maxFigureSeries  = 20_000
)

// plan is a report with its schedule.
type plan struct {
	periodical.Config

	schedule schedule.Schedule
}

// key names a tenant's reports of a plan.
func (p *plan) key(tenant string) string { return p.Name + "\x00" + tenant }

// progress is what was done of the reports, kept over a restart where there is a storage.
type progress struct {
	// Done is the latest instant that was seen to, by plan and tenant.
	Done map[string]int64 `json:"done"`
	// Sent are the receivers that have the report of an instant of which others do not.
	Sent map[string][]string `json:"sent,omitempty"`
}

// reporter writes reports when they are due.
type reporter struct {
	s        *summarizer
	plans    []plan
	progress progress
	waiting  map[string]*paper // told, but not where it goes; by plan and tenant
	began    time.Time
}

// newReporter reads the figures of before; nil where no report is configured.
func (s *summarizer) newReporter(ctx context.Context, now time.Time) (*reporter, error) {
	switch {
	case len(s.cfg.Reports) == 0 && s.measured:
		return nil, errors.New("a metrics pipeline names this exporter, and it has no use for metrics: add reports, or take it out of that pipeline")
	case len(s.cfg.Reports) == 0:
		return nil, nil
	case !s.measured:
		return nil, errors.New("reports: their figures come from metrics: name this exporter in a metrics pipeline as well")
	}
	r := &reporter{s: s, began: now, waiting: map[string]*paper{}, progress: progress{Done: map[string]int64{}, Sent: map[string][]string{}}}
	for _, c := range s.cfg.Reports {
		c = c.WithDefaults(s.cfg.Languages[0])
		at, err := c.Schedule(time.UTC)
		if err != nil {
			return nil, fmt.Errorf("reports: %s: %w", c.Name, err)
		}
		if len(c.To.Receivers) > 0 {
			if err := c.CheckReceivers(s.pager.Receivers()); err != nil {
				return nil, err
			}
		}
		r.plans = append(r.plans, plan{c, at})
	}
	if err := r.load(ctx); err != nil {
		return nil, err
	}
	return r, nil
}

// newTable returns the table of figures; nil where no report is configured.
func newTable(cfg *Config) (*figures.Table, error) {
	if len(cfg.Reports) == 0 {
		return nil, nil
	}
	return figures.New(figures.Limits{Tenants: maxFigureTenants, Names: maxFigureNames, Series: maxFigureSeries, Keep: cfg.reach()})
}

// load reads what was kept. Figures that are damaged begin anew: a report that says how much it knows is better than none.
func (r *reporter) load(ctx context.Context) error {
	if r.s.storage == nil {
		return nil
	}
	get := func(key string) ([]byte, error) { return r.s.storage.Get(ctx, key) }
	raw, err := get(reportsKey)
	if err != nil {
		return fmt.Errorf("storage: reading %s: %w", reportsKey, err)
	}
	if raw != nil && json.Unmarshal(raw, &r.progress) != nil {
		r.s.set.Logger.Warn("Which reports were written could not be read: those that are due now are written again")
	}
	r.s.tableMu.Lock()
	defer r.s.tableMu.Unlock()
	if err := r.s.table.Load(get); err != nil {
		r.s.set.Logger.Warn("Figures of reports could not all be read", zap.Error(err))
	}
	return nil
}

// run writes reports and keeps figures until the context ends, and then once more.
func (r *reporter) run(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-ticker.C:
			r.tick(ctx, time.Now())
		}
		r.keep(context.WithoutCancel(ctx))
	}
}

// tick sees to the latest instant of each plan: what was missed while nobody ran is made up, once. What fails is tried again
// at the next tick.
func (r *reporter) tick(ctx context.Context, now time.Time) {
	r.s.tableMu.Lock()
	tenants, dropped := r.s.table.Tenants(), r.s.table.Dropped()
	r.s.tableMu.Unlock()
	r.s.noteDropped(ctx, dropped)
	slices.Sort(tenants)
	for i := range r.plans {
		p := &r.plans[i]
		at, ok := p.schedule.Last(now.Add(-settle))
		if !ok {
			continue
		}
		for _, tenant := range tenants {
			if at.Unix() <= r.done(p, tenant) || ctx.Err() != nil {
				continue
			}
			if err := r.report(ctx, p, tenant, at); err != nil {
				r.s.set.Logger.Warn("A report was not written, or not sent to all; it is tried again", zap.String("report", p.Name), zap.Time("due", at), zap.Error(err))
				continue
			}
			r.progress.Done[p.key(tenant)] = at.Unix()
			delete(r.progress.Sent, p.key(tenant))
			r.remember(ctx)
		}
	}
}

// done is the latest instant that needs nothing more. Without a memory of it, what was due before the start is not made up.
func (r *reporter) done(p *plan, tenant string) int64 {
	if at, ok := r.progress.Done[p.key(tenant)]; ok {
		return at
	}
	return r.began.Add(-settle).Unix()
}

// remember keeps which reports were written.
func (r *reporter) remember(ctx context.Context) {
	if r.s.storage == nil {
		return
	}
	raw, err := json.Marshal(r.progress)
	if err == nil {
		err = r.s.storage.Set(ctx, reportsKey, raw)
	}
	if err != nil {
		r.s.set.Logger.Warn("Which reports were written could not be kept: after a restart the last may be written again", zap.Error(err))
	}
}

// keep writes the figures that changed.
func (r *reporter) keep(ctx context.Context) {
	if r.s.storage == nil {
		return
	}
	r.s.tableMu.Lock()
	changes, err := r.s.table.Changes()
	r.s.tableMu.Unlock()
	var ops []*storage.Operation
	for key, value := range changes {
		if value == nil {
			ops = append(ops, storage.DeleteOperation(key))
		} else {
			ops = append(ops, storage.SetOperation(key, value))
		}
	}
	if err == nil && len(ops) > 0 {
		ctx, cancel := context.WithTimeout(ctx, r.s.cfg.Timeout.Timeout)
		defer cancel()
		err = r.s.storage.Batch(ctx, ops...)
	}
	if err != nil {
		r.s.tableMu.Lock()
		r.s.table.Unkept()
		r.s.tableMu.Unlock()
		r.s.set.Logger.Warn("Figures of reports could not be kept; it is tried again", zap.Error(err))
	}
}
