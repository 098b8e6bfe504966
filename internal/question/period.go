package question

import (
	"fmt"
	"strings"
	"time"
)

// A Period is a length of time as people say it: calendar units, which have no fixed length, beside clock time.
type Period struct {
	Years, Months, Days int
	Clock               time.Duration
}

// IsZero reports whether the period is empty.
func (p Period) IsZero() bool { return p == Period{} }

// String is the ISO 8601 form: P7D, PT30M. Weeks are days, because a shift by a week keeps the weekday.
func (p Period) String() string {
	var out strings.Builder
	out.WriteByte('P')
	for _, part := range []struct {
		n    int
		unit string
	}{{p.Years, "Y"}, {p.Months, "M"}, {p.Days, "D"}} {
		if part.n != 0 {
			fmt.Fprintf(&out, "%d%s", part.n, part.unit)
		}
	}
	switch {
	case p.Clock == 0:
	case p.Clock%time.Hour == 0:
		fmt.Fprintf(&out, "T%dH", p.Clock/time.Hour)
	case p.Clock%time.Minute == 0:
		fmt.Fprintf(&out, "T%dM", p.Clock/time.Minute)
	default:
		fmt.Fprintf(&out, "T%gS", p.Clock.Seconds())
	}
	return out.String()
}

// parsePeriod reads the ISO forms that String writes.
func parsePeriod(iso string) (Period, error) {
	var p Period
	rest, ok := strings.CutPrefix(iso, "P")
	clock := false
	for ok && rest != "" {
		if rest[0] == 'T' {
			clock, rest = true, rest[1:]
			continue
		}
		var n int
		var unit byte
		if _, err := fmt.Sscanf(rest, "%d%c", &n, &unit); err != nil {
			return Period{}, fmt.Errorf("period %q: %w", iso, err)
		}
		rest = strings.TrimLeft(rest, "0123456789")[1:]
		switch {
		case clock && unit == 'H':
			p.Clock += time.Duration(n) * time.Hour
		case clock && unit == 'M':
			p.Clock += time.Duration(n) * time.Minute
		case clock && unit == 'S':
			p.Clock += time.Duration(n) * time.Second
		case unit == 'D':
			p.Days += n
		case unit == 'M':
			p.Months += n
		case unit == 'Y':
			p.Years += n
		default:
			return Period{}, fmt.Errorf("period %q: unknown unit %q", iso, unit)
		}
	}
	if p.IsZero() {
		return Period{}, fmt.Errorf("period %q is empty", iso)
	}
	return p, nil
}

// maxUnits bounds what a question may ask for: beyond it, calendar arithmetic has no use and could overflow.
const maxUnits = 4000

// period turns a quantity with a unit of time into a Period.
func (q quantity) period() (Period, bool) {
	n := q.value
	if n <= 0 || n > maxUnits {
		return Period{}, false
	}
	clock := func(unit time.Duration) (Period, bool) {
		return Period{Clock: time.Duration(n * float64(unit))}, true
	}
	switch q.unit {
	case "second":
		return clock(time.Second)
	case "minute":
		return clock(time.Minute)
	case "hour":
		return clock(time.Hour)
	}
	if n != float64(int(n)) {
		return Period{}, false
	}
	switch q.unit {
	case "day":
		return Period{Days: int(n)}, true
	case "week":
		return Period{Days: 7 * int(n)}, true
	case "month":
		return Period{Months: int(n)}, true
	case "quarter":
		return Period{Months: 3 * int(n)}, true
	case "year":
		return Period{Years: int(n)}, true
	}
	return Period{}, false
}

// weeksPerYear days shift by a year: 52 whole weeks, so that Wednesday meets Wednesday.
const weeksPerYear = 52

// days tells whole days of clock time as days: who says 24 hours means the same hour yesterday.
func (p Period) days() Period {
	const day = 24 * time.Hour
	return Period{Years: p.Years, Months: p.Months, Days: p.Days + int(p.Clock/day), Clock: p.Clock % day}
}

// before moves a time back by a period in local calendar terms. The 31st less a month is the last day of that month.
func (p Period) before(t time.Time) time.Time {
	if p.Months != 0 {
		t = addMonths(t, -p.Months)
	}
	return t.AddDate(0, 0, -p.Days-7*weeksPerYear*p.Years).Add(-p.Clock)
}

// after moves a time on by a period.
func (p Period) after(t time.Time) time.Time {
	if p.Months != 0 {
		t = addMonths(t, p.Months)
	}
	return t.AddDate(0, 0, p.Days+7*weeksPerYear*p.Years).Add(p.Clock)
}

func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}
