package assistantextension

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/periodical"
	"github.com/braidotel/braid/internal/query"
	"github.com/braidotel/braid/internal/question"
	"github.com/braidotel/braid/internal/schedule"
)

// ReportConfig is a report that is written by the clock. It is kept in the history and shown under Reports. Its time zone is
// that of the extension unless it names one, its language en.
type ReportConfig struct {
	periodical.Config `mapstructure:",squash"`

	// Tenant is whose report it is. Default the deployment's only one.
	Tenant string `mapstructure:"tenant"`
}

func (c *Config) validateReports() error {
	var reports []*periodical.Config
	for i := range c.Reports {
		reports = append(reports, &c.Reports[i].Config)
	}
	return periodical.Validate(reports, periodical.Rules{Receivers: c.Notifications.File != "", Period: func(period string) error {
		if _, err := question.ParseExpr(period); err != nil {
			return fmt.Errorf("%q is no time such as last_week", period)
		}
		return nil
	}})
}

// scheduled is what writes the report of an instant, once.
type scheduled interface {
	WriteScheduled(ctx context.Context, caller query.Caller, r query.ReportRequest, schedule string, at time.Time) (query.Report, error)
	Report(ctx context.Context, caller query.Caller, id, format string) ([]byte, error)
	ReportSent(ctx context.Context, caller query.Caller, r query.Report, receiver string) (bool, error)
	NoteReportSent(ctx context.Context, caller query.Caller, r query.Report, receiver string) error
}

// clerk writes reports when they are due.
type clerk struct {
	writer scheduled
	sender sender // nil where no report is sent
	link   string // to the page; may be empty
	logger *zap.Logger
	zone   string
	plans  []plan
}

type plan struct {
	periodical.Config

	tenant   string
	schedule schedule.Schedule
	done     time.Time // the last instant that was seen to
}

func newClerk(c *Config, writer scheduled, logger *zap.Logger) (*clerk, error) {
	zone, err := c.location()
	if err != nil {
		return nil, err
	}
	out := &clerk{writer: writer, logger: logger, zone: zone.String(), link: c.Notifications.Link}
	if out.sender, err = newSender(c, logger); err != nil {
		return nil, err
	}
	for _, r := range c.Reports {
		s, err := r.Schedule(zone)
		if err != nil {
			return nil, fmt.Errorf("reports: %s: %w", r.Name, err)
		}
		out.plans = append(out.plans, plan{Config: r.WithDefaults("en"), tenant: r.Tenant, schedule: s})
	}
	return out, nil
}

// lookEvery is how often is looked whether a report is due. Not the time until it is: a clock may be set.
const lookEvery = 20 * time.Second

// run writes reports until the context ends.
func (c *clerk) run(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		c.tick(ctx, time.Now())
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// tick sees to each plan's latest instant: what was missed while nobody ran is made up, once. One that fails is tried again
// at the next tick.
func (c *clerk) tick(ctx context.Context, now time.Time) {
	for i := range c.plans {
		p := &c.plans[i]
		at, ok := p.schedule.Last(now)
		if !ok || !at.After(p.done) {
			continue
		}
		err := c.write(ctx, p, at)
		switch {
		case err == nil, errors.Is(err, query.ErrNotFound): // there is no data of it, and will not be
			p.done = at
		case ctx.Err() == nil:
			c.logger.Warn("A scheduled report was not written; it is tried again", zap.String("report", p.Name), zap.Time("due", at), zap.Error(err))
		}
	}
}

func (c *clerk) write(ctx context.Context, p *plan, at time.Time) error {
	caller := query.Caller{Name: "schedule " + p.Name, Tenant: p.tenant, Roles: query.Roles{View: true, Operate: true}}
	zone := p.TimeZone
	if zone == "" {
		zone = c.zone
	}
	r, err := c.writer.WriteScheduled(ctx, caller, query.ReportRequest{Period: p.Period, Audience: p.Audience, Language: p.Language, TimeZone: zone}, p.Name, at)
	if err != nil {
		return err
	}
	if p.To.Directory == "" && len(p.To.Receivers) == 0 {
		return nil
	}
	pages := map[string][]byte{}
	for _, format := range p.To.Formats {
		if pages[format], err = c.writer.Report(ctx, caller, r.ID, format); err != nil {
			return fmt.Errorf("reading the report: %w", err)
		}
	}
	return errors.Join(p.To.Place(r.ID, pages), c.deliver(ctx, caller, p, r, pages))
}
