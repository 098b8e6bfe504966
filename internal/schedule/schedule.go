// Package schedule says when what happens by the clock is due: the instants of a cron expression in a time zone. It keeps no
// time of its own.
package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Schedule is the instants of one expression. The zero value has none.
type Schedule struct {
	spec cron.Schedule
	zone *time.Location
}

// Closest is how near two instants may be.
const Closest = 10 * time.Minute

// horizon is how far back Last looks.
const horizon = 370 * 24 * time.Hour

var (
	errZone  = errors.New("holds a time zone; give it beside the expression")
	errEvery = errors.New("@every has no fixed instants; write for example 0 * * * *")
	errClose = fmt.Errorf("is due more often than every %s", Closest)
	errNever = errors.New("is never due")
)

// Parse reads the five fields of cron (minute, hour, day of the month, month, day of the week), or @daily, @weekly,
// @monthly and their like.
func Parse(expression string, zone *time.Location) (Schedule, error) {
	switch {
	case strings.Contains(expression, "TZ="):
		return Schedule{}, errZone
	case strings.HasPrefix(strings.TrimSpace(expression), "@every"):
		return Schedule{}, errEvery
	}
	spec, err := cron.ParseStandard(expression)
	if err != nil {
		return Schedule{}, err
	}
	s := Schedule{spec: spec, zone: zone}
	return s, s.sparse()
}

// sparse holds the instants of some days apart.
func (s Schedule) sparse() error {
	at := s.Next(time.Date(2026, time.January, 1, 0, 0, 0, 0, s.zone))
	if at.IsZero() {
		return errNever
	}
	for range 200 {
		next := s.Next(at)
		if next.IsZero() {
			return nil
		}
		if next.Sub(at) < Closest {
			return errClose
		}
		at = next
	}
	return nil
}

// Next is the first instant after a time; zero where there is none within five years. Of an hour that the clock goes
// through twice only the first counts.
func (s Schedule) Next(after time.Time) time.Time {
	at := s.spec.Next(after.In(s.zone))
	for !at.IsZero() && at.Add(-time.Hour).Format(time.DateTime) == at.Format(time.DateTime) {
		at = s.spec.Next(at)
	}
	return at
}

// Last is the latest instant that is not after a time; false where there was none within a year.
func (s Schedule) Last(now time.Time) (time.Time, bool) {
	for back := time.Hour; ; back *= 2 {
		at := s.Next(now.Add(-min(back, horizon)).Add(-time.Second))
		if at.IsZero() || at.After(now) {
			if back > horizon {
				return time.Time{}, false
			}
			continue
		}
		for next := s.Next(at); !next.IsZero() && !next.After(now); next = s.Next(at) {
			at = next
		}
		return at, true
	}
}
