package llmsummaryexporter

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/braidotel/braid/internal/query/document"
	"github.com/braidotel/braid/internal/schedule"
)

// ReportConfig is a report by the clock, of the figures that pass through the metrics pipelines that name this exporter. For
// collectors without a history: the assistant's reports say more, and more exactly.
type ReportConfig struct {
	// Name tells it from the others: lower case letters, digits and hyphens. Required.
	Name string `mapstructure:"name"`
	// Cron says when: minute, hour, day of the month, month, day of the week, or @daily, @weekly, @monthly. Required.
	Cron string `mapstructure:"cron"`
	// TimeZone is the IANA zone of Cron and of the days. Default UTC.
	TimeZone string `mapstructure:"time_zone"`
	// Period is what it is about: yesterday, last_week (from Monday on) or last_month. Default last_week.
	Period string `mapstructure:"period"`
	// Audience is exec (people, money, incidents) or ops (requests and security events too). Default ops.
	Audience string `mapstructure:"audience"`
	// Language is ko or en. Default the first of languages.
	Language string `mapstructure:"language"`
	// To says where it goes besides the history and the file.
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

// Periods of reports.
const (
	yesterday = "yesterday"
	lastWeek  = "last_week"
	lastMonth = "last_month"
)

var reportName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

func (c *Config) validateReports() error {
	var errs []error
	seen := map[string]bool{}
	for i := range c.Reports {
		r := &c.Reports[i]
		fail := func(field, text string, args ...any) {
			errs = append(errs, fmt.Errorf("reports[%d]::%s: %s", i, field, fmt.Sprintf(text, args...)))
		}
		one := func(field, value string, of ...string) {
			if value != "" && !slices.Contains(of, value) {
				fail(field, "%q is none of %v", value, of)
			}
		}
		switch {
		case !reportName.MatchString(r.Name):
			fail("name", "%q is not 1 to 40 lower case letters, digits and hyphens", r.Name)
		case seen[r.Name]:
			fail("name", "%q is that of another report", r.Name)
		}
		seen[r.Name] = true
		if _, err := time.LoadLocation(r.TimeZone); err != nil {
			fail("time_zone", "%q is not an IANA time zone such as Asia/Seoul", r.TimeZone)
		} else if _, err := r.schedule(); err != nil {
			fail("cron", "%q: %v", r.Cron, err)
		}
		one("period", r.Period, yesterday, lastWeek, lastMonth)
		one("audience", r.Audience, "exec", "ops")
		one("language", r.Language, "ko", "en")
		for _, format := range r.To.Formats {
			one("to::formats", format, document.HTML, document.Markdown)
		}
		if len(r.To.Receivers) > 0 && c.Notifications.File == "" {
			fail("to::receivers", "name the Alertmanager configuration that has them in notifications::file")
		}
	}
	return errors.Join(errs...)
}

// withDefaults fills what is left out.
func (r ReportConfig) withDefaults(language string) ReportConfig {
	for _, d := range []struct {
		field *string
		value string
	}{{&r.Period, lastWeek}, {&r.Audience, "ops"}, {&r.Language, language}} {
		if *d.field == "" {
			*d.field = d.value
		}
	}
	if len(r.To.Formats) == 0 {
		r.To.Formats = []string{document.HTML, document.Markdown}
	}
	return r
}

func (r *ReportConfig) schedule() (schedule.Schedule, error) {
	zone, err := time.LoadLocation(r.TimeZone)
	if err != nil {
		return schedule.Schedule{}, err
	}
	return schedule.Parse(r.Cron, zone)
}

// span is the period that a report of an instant is about, and the one before it.
func (r *ReportConfig) span(at time.Time) (before, from, to time.Time) {
	zone, err := time.LoadLocation(r.TimeZone)
	if err != nil {
		zone = time.UTC // excluded by Validate
	}
	at = at.In(zone)
	to = time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, zone)
	switch r.Period {
	case yesterday:
		return to.AddDate(0, 0, -2), to.AddDate(0, 0, -1), to
	case lastMonth:
		to = to.AddDate(0, 0, 1-to.Day())
		return to.AddDate(0, -2, 0), to.AddDate(0, -1, 0), to
	}
	to = to.AddDate(0, 0, -(int(to.Weekday())+6)%7)
	return to.AddDate(0, 0, -14), to.AddDate(0, 0, -7), to
}

// reach is how far back figures are kept for the reports there are.
func (c *Config) reach() time.Duration {
	const day = 24 * time.Hour
	reach := time.Duration(0)
	for _, r := range c.Reports {
		switch r.withDefaults("").Period {
		case yesterday:
			reach = max(reach, 3*day)
		case lastMonth:
			reach = max(reach, 93*day)
		default:
			reach = max(reach, 21*day)
		}
	}
	return reach
}
