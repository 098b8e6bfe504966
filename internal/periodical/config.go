// Package periodical is what reports by the clock have in common, whoever writes them: when, about which period, for whom, and
// where they go.
package periodical

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/query/document"
	"github.com/braidotel/braid/internal/schedule"
)

// Audiences of reports.
const (
	// Executives are told of people, money and incidents.
	Executives = "exec"
	// Operators are told of the rest as well.
	Operators = "ops"
)

// LastWeek is the period of reports that name none.
const LastWeek = "last_week"

// Config is a report by the clock.
type Config struct {
	// Name tells it from the others: lower case letters, digits and hyphens. Required.
	Name string `mapstructure:"name"`
	// Cron says when: minute, hour, day of the month, month, day of the week, or @daily, @weekly, @monthly. Required.
	Cron string `mapstructure:"cron"`
	// TimeZone is the IANA zone of Cron and of the report. The default is the component's to say.
	TimeZone string `mapstructure:"time_zone"`
	// Period is what it is about, such as yesterday or last_month. Default last_week.
	Period string `mapstructure:"period"`
	// Audience is exec or ops. Default ops.
	Audience string `mapstructure:"audience"`
	// Language is ko or en. The default is the component's to say.
	Language string `mapstructure:"language"`
	// To says where it goes besides the history.
	To To `mapstructure:"to"`
}

// To says where a report goes.
type To struct {
	// Directory gets a file of each format; it must exist. Default none.
	Directory string `mapstructure:"directory"`
	// Receivers are those of notifications::file that it is sent to. Default none.
	Receivers []string `mapstructure:"receivers"`
	// Formats are html and md. Default both.
	Formats []string `mapstructure:"formats"`
}

var name = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

// Rules are what a component asks of its reports beyond what all have in common.
type Rules struct {
	// Period says what is wrong with a period; nil if nothing is.
	Period func(string) error
	// Receivers says that there is a file that has receivers.
	Receivers bool
}

// Validate reports every error at once, by its place in reports.
func Validate(reports []*Config, rules Rules) error {
	var errs []error
	for i, c := range reports {
		fail := func(field, text string, args ...any) {
			errs = append(errs, fmt.Errorf("reports::%d::%s: %s", i, field, fmt.Sprintf(text, args...)))
		}
		switch {
		case !name.MatchString(c.Name):
			fail("name", "%q is not 1 to 40 lower case letters, digits and hyphens", c.Name)
		case slices.ContainsFunc(reports[:i], func(other *Config) bool { return other.Name == c.Name }):
			fail("name", "%q is that of another report", c.Name)
		}
		c.validate(fail, rules)
	}
	return errors.Join(errs...)
}

func (c *Config) validate(fail func(field, text string, args ...any), rules Rules) {
	if _, err := time.LoadLocation(c.TimeZone); err != nil {
		fail("time_zone", "%q is not an IANA time zone such as Asia/Seoul", c.TimeZone)
	} else if _, err := c.Schedule(time.UTC); err != nil {
		fail("cron", "%q: %v", c.Cron, err)
	}
	filled := c.WithDefaults("en")
	if err := rules.Period(filled.Period); err != nil {
		fail("period", "%v", err)
	}
	either := func(field, value, a, b string) {
		if value != a && value != b {
			fail(field, "%q is neither %s nor %s", value, a, b)
		}
	}
	either("audience", filled.Audience, Executives, Operators)
	either("language", filled.Language, "ko", "en")
	for _, format := range filled.To.Formats {
		either("to::formats", format, document.HTML, document.Markdown)
	}
	if len(c.To.Receivers) > 0 && !rules.Receivers {
		fail("to::receivers", "name the Alertmanager configuration that has them in notifications::file")
	}
}

// WithDefaults fills what is left out, but for the time zone.
func (c Config) WithDefaults(language string) Config {
	for _, d := range []struct {
		field *string
		value string
	}{{&c.Period, LastWeek}, {&c.Audience, Operators}, {&c.Language, language}} {
		if *d.field == "" {
			*d.field = d.value
		}
	}
	if len(c.To.Formats) == 0 {
		c.To.Formats = []string{document.HTML, document.Markdown}
	}
	return c
}

// Schedule is when it is due, in its own time zone or else in the given one.
func (c *Config) Schedule(zone *time.Location) (schedule.Schedule, error) {
	if c.TimeZone != "" {
		var err error
		if zone, err = time.LoadLocation(c.TimeZone); err != nil {
			return schedule.Schedule{}, err
		}
	}
	return schedule.Parse(c.Cron, zone)
}

// CheckReceivers fails on a receiver that is not among those there are.
func (c *Config) CheckReceivers(known []string) error {
	for _, r := range c.To.Receivers {
		if !slices.Contains(known, r) {
			return fmt.Errorf("reports: %s: to::receivers: notifications::file has no receiver %q; it has %s", c.Name, r, strings.Join(known, ", "))
		}
	}
	return nil
}
