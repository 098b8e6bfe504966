package llmsummaryexporter

import (
	"fmt"
	"time"

	"github.com/braidotel/braid/internal/periodical"
)

// Periods of reports.
const (
	yesterday = "yesterday"
	lastWeek  = periodical.LastWeek
	lastMonth = "last_month"
)

func (c *Config) validateReports() error {
	var reports []*periodical.Config
	for i := range c.Reports {
		reports = append(reports, &c.Reports[i])
	}
	return periodical.Validate(reports, periodical.Rules{Receivers: c.Notifications.File != "", Period: func(period string) error {
		switch period {
		case yesterday, lastWeek, lastMonth:
			return nil
		}
		return fmt.Errorf("%q is none of %s, %s and %s", period, yesterday, lastWeek, lastMonth)
	}})
}

// span is the period that a report of an instant is about, and the one before it.
func span(r *periodical.Config, at time.Time) (before, from, to time.Time) {
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
		switch r.WithDefaults("").Period {
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
