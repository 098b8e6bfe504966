package assistantextension

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/query"
	"github.com/braidotel/braid/internal/question"
	"github.com/braidotel/braid/internal/schedule"
)

// ReportConfig is a report that is written by the clock. It is kept in the history and shown under Reports.
type ReportConfig struct {
	// Name tells it from the others: lower case letters, digits and hyphens. Required.
	Name string `mapstructure:"name"`
	// Cron says when: minute, hour, day of the month, month, day of the week, or @daily, @weekly, @monthly. Required.
	Cron string `mapstructure:"cron"`
	// TimeZone of Cron and of the report. Default time_zone.
	TimeZone string `mapstructure:"time_zone"`
	// Period is what it is about, such as last_week, yesterday or last_month. Default last_week.
	Period string `mapstructure:"period"`
	// Audience is exec or ops. Default ops.
	Audience string `mapstructure:"audience"`
	// Language is ko or en. Default en.
	Language string `mapstructure:"language"`
	// Tenant is whose report it is. Default the deployment's only one.
	Tenant string `mapstructure:"tenant"`
	// To says where it goes besides the history.
	To ReportTo `mapstructure:"to"`
}

// ReportTo says where a report goes.
type ReportTo struct {
	// Directory gets a file of each format; it must exist. Default none.
	Directory string `mapstructure:"directory"`
	// Receivers are those of notifications::file that it is sent to. Default none.
	Receivers []string `mapstructure:"receivers"`
	// Formats are html and md. Default both.
	Formats []string `mapstructure:"formats"`
}

var reportName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

func (c *Config) validateReports() error {
	var errs []error
	seen := map[string]bool{}
	for i := range c.Reports {
		r := &c.Reports[i]
		fail := func(field, text string, args ...any) {
			errs = append(errs, fmt.Errorf("reports::%d::%s: %s", i, field, fmt.Sprintf(text, args...)))
		}
		if !reportName.MatchString(r.Name) {
			fail("name", "%q is not 1 to 40 lower case letters, digits and hyphens", r.Name)
		} else if seen[r.Name] {
			fail("name", "%q is that of another report", r.Name)
		}
		seen[r.Name] = true
		if _, err := time.LoadLocation(r.TimeZone); err != nil {
			fail("time_zone", "%q is not an IANA time zone such as Asia/Seoul", r.TimeZone)
		} else if _, err := r.schedule(c); err != nil {
			fail("cron", "%q: %v", r.Cron, err)
		}
		if _, err := question.ParseExpr(r.withDefaults().Period); err != nil {
			fail("period", "%q is no time such as last_week", r.Period)
		}
		if r.Audience != "" && r.Audience != "exec" && r.Audience != "ops" {
			fail("audience", "%q is neither exec nor ops", r.Audience)
		}
		if r.Language != "" && r.Language != "ko" && r.Language != "en" {
			fail("language", "%q is neither ko nor en", r.Language)
		}
		for _, format := range r.To.Formats {
			if format != "html" && format != "md" {
				fail("to::formats", "%q is neither html nor md", format)
			}
		}
	}
	return errors.Join(errs...)
}

func (r ReportConfig) withDefaults() ReportConfig {
	for _, d := range []struct {
		field *string
		value string
	}{{&r.Period, "last_week"}, {&r.Audience, "ops"}, {&r.Language, "en"}} {
		if *d.field == "" {
			*d.field = d.value
		}
	}
	if len(r.To.Formats) == 0 {
		r.To.Formats = []string{"html", "md"}
	}
	return r
}

func (r *ReportConfig) schedule(c *Config) (schedule.Schedule, error) {
	zone, err := c.location()
	if r.TimeZone != "" {
		zone, err = time.LoadLocation(r.TimeZone)
	}
	if err != nil {
		return schedule.Schedule{}, err
	}
	return schedule.Parse(r.Cron, zone)
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
	ReportConfig
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
		s, err := r.schedule(c)
		if err != nil {
			return nil, fmt.Errorf("reports::%s: %w", r.Name, err)
		}
		out.plans = append(out.plans, plan{ReportConfig: r.withDefaults(), schedule: s})
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
	caller := query.Caller{Name: "schedule " + p.Name, Tenant: p.Tenant, Roles: query.Roles{View: true, Operate: true}}
	zone := p.TimeZone
	if zone == "" {
		zone = c.zone
	}
	r, err := c.writer.WriteScheduled(ctx, caller, query.ReportRequest{Period: p.Period, Audience: p.Audience, Language: p.Language, TimeZone: zone}, p.Name, at)
	if err != nil {
		return err
	}
	return errors.Join(c.file(ctx, caller, p, r), c.deliver(ctx, caller, p, r))
}

// file puts a report into its directory, where it has one.
func (c *clerk) file(ctx context.Context, caller query.Caller, p *plan, r query.Report) error {
	if p.To.Directory == "" {
		return nil
	}
	for _, format := range slices.Compact(slices.Sorted(slices.Values(p.To.Formats))) {
		body, err := c.writer.Report(ctx, caller, r.ID, format)
		if err != nil {
			return fmt.Errorf("reading the report: %w", err)
		}
		if err := place(p.To.Directory, r.ID+"."+format, body); err != nil {
			return fmt.Errorf("to::directory: %w", err)
		}
	}
	return nil
}

// place writes a file whole or not at all. One that is there already is left as it is.
func place(directory, name string, body []byte) error {
	path := filepath.Join(directory, name)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	draft, err := os.CreateTemp(directory, ".report-*")
	if err != nil {
		return err
	}
	_, err = draft.Write(body)
	if err = errors.Join(err, draft.Close()); err == nil {
		err = os.Rename(draft.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(draft.Name()))
	}
	return nil
}
