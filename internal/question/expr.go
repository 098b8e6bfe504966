package question

import (
	"fmt"
	"strings"
	"time"
)

// ExprKind says how an Expr finds its interval.
type ExprKind uint8

// The kinds of time expression, with their canonical form.
const (
	ExprDefault     ExprKind = iota // "default": the question names no time
	ExprNow                         // "now": the last five minutes
	ExprDay                         // "today", "yesterday", "day:-2", "day:1"
	ExprWeek                        // "this_week", "last_week", "next_week", "week:-2"
	ExprWeekend                     // "weekend:0": Saturday and Sunday of that week
	ExprMonth                       // "this_month", …
	ExprQuarter                     // "this_quarter", …
	ExprYear                        // "this_year", …
	ExprWeekday                     // "weekday:fri:-1": the last Friday before today; 1 the next after today, 0 this week's
	ExprDate                        // "date:2026-11-03"
	ExprLast                        // "last:PT30M"
	ExprNext                        // "next:PT3H"
	ExprAgo                         // "ago:PT2H": the five minutes that ended then
	ExprSinceDeploy                 // "since_deploy": only data can tell
	ExprSpan                        // "date:2026-11-01..date:2026-11-03": from the start of one to the end of another
)

// NowSpan is how long "now" lasts.
const NowSpan = 5 * time.Minute

// A Part narrows a day to [From, To), minutes after midnight.
type Part struct{ From, To int }

// An Expr is a time expression, not yet resolved against a clock.
type Expr struct {
	Kind    ExprKind
	N       int // offset in days, weeks, months, quarters, years; see ExprWeekday
	Weekday time.Weekday
	Date    time.Time // midnight, any zone: only its calendar date counts
	Period  Period
	Part    *Part
	Since   bool  // from its start until now
	To      *Expr // of a span
}

var dayNames = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// String is the canonical form.
func (e Expr) String() string {
	out := e.base()
	if e.Part != nil {
		if e.Part.To == e.Part.From+60 {
			out += "@" + clockText(e.Part.From)
		} else {
			out += "@" + clockText(e.Part.From) + "-" + clockText(e.Part.To)
		}
	}
	if e.Since {
		out = "since:" + out
	}
	return out
}

func clockText(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

func (e Expr) base() string {
	relative := func(unit string) string {
		switch e.N {
		case -1:
			return "last_" + unit
		case 0:
			return "this_" + unit
		case 1:
			return "next_" + unit
		}
		return fmt.Sprintf("%s:%d", unit, e.N)
	}
	switch e.Kind {
	case ExprDefault:
		return "default"
	case ExprNow:
		return "now"
	case ExprDay:
		switch e.N {
		case 0:
			return "today"
		case -1:
			return "yesterday"
		}
		return fmt.Sprintf("day:%d", e.N)
	case ExprWeek:
		return relative("week")
	case ExprWeekend:
		return fmt.Sprintf("weekend:%d", e.N)
	case ExprMonth:
		return relative("month")
	case ExprQuarter:
		return relative("quarter")
	case ExprYear:
		return relative("year")
	case ExprWeekday:
		return fmt.Sprintf("weekday:%s:%d", dayNames[e.Weekday], e.N)
	case ExprDate:
		return "date:" + e.Date.Format(time.DateOnly)
	case ExprLast:
		return "last:" + e.Period.String()
	case ExprNext:
		return "next:" + e.Period.String()
	case ExprAgo:
		return "ago:" + e.Period.String()
	case ExprSinceDeploy:
		return "since_deploy"
	case ExprSpan:
		start := e
		start.Kind, start.To = ExprDate, nil
		return start.base() + ".." + e.To.String()
	}
	return ""
}

// Resolve gives the absolute interval at a clock, whose location is the asker's time zone. Periods not yet over end
// now. It is zero for a default and for what only data can tell.
func (e Expr) Resolve(now time.Time) Interval {
	if e.Part != nil {
		day := e.firstDay(now)
		start, end := atMinute(day, e.Part.From), atMinute(day, e.Part.To)
		if e.Since {
			return Interval{Start: start, End: now}
		}
		return Interval{Start: start, End: end}
	}
	out := e.whole(now)
	if e.Since {
		out.End = now
	}
	return out
}

func atMinute(day time.Time, minutes int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), minutes/60, minutes%60, 0, 0, day.Location())
}

func midnight(t time.Time) time.Time { return atMinute(t, 0) }

// firstDay is the midnight at which the expression begins, for a Part to be counted from.
func (e Expr) firstDay(now time.Time) time.Time {
	e.Part, e.Since = nil, false
	out := e.whole(now)
	if out.IsZero() || e.Kind == ExprNow {
		return midnight(now)
	}
	return midnight(out.Start)
}

func (e Expr) whole(now time.Time) Interval {
	today := midnight(now)
	calendar := func(start, end time.Time) Interval {
		if start.Before(now) && end.After(now) {
			end = now
		}
		return Interval{Start: start, End: end}
	}
	day := func(start time.Time) Interval { return calendar(start, start.AddDate(0, 0, 1)) }
	switch e.Kind {
	case ExprNow:
		return Interval{Start: now.Add(-NowSpan), End: now}
	case ExprDay:
		return day(today.AddDate(0, 0, e.N))
	case ExprWeek:
		start := monday(today).AddDate(0, 0, 7*e.N)
		return calendar(start, start.AddDate(0, 0, 7))
	case ExprWeekend:
		start := monday(today).AddDate(0, 0, 7*e.N+5)
		return calendar(start, start.AddDate(0, 0, 2))
	case ExprMonth:
		start := time.Date(now.Year(), now.Month()+time.Month(e.N), 1, 0, 0, 0, 0, now.Location())
		return calendar(start, start.AddDate(0, 1, 0))
	case ExprQuarter:
		month := (now.Month()-1)/3*3 + 1 + time.Month(3*e.N)
		start := time.Date(now.Year(), month, 1, 0, 0, 0, 0, now.Location())
		return calendar(start, start.AddDate(0, 3, 0))
	case ExprYear:
		start := time.Date(now.Year()+e.N, 1, 1, 0, 0, 0, 0, now.Location())
		return calendar(start, start.AddDate(1, 0, 0))
	case ExprWeekday:
		return day(e.weekday(today))
	case ExprDate:
		return day(e.date(now))
	case ExprLast:
		return Interval{Start: e.Period.before(now), End: now}
	case ExprNext:
		return Interval{Start: now, End: e.Period.after(now)}
	case ExprAgo:
		end := e.Period.before(now)
		return Interval{Start: end.Add(-NowSpan), End: end}
	case ExprSpan:
		return calendar(e.date(now), e.To.whole(now).End)
	case ExprDefault, ExprSinceDeploy:
	}
	return Interval{}
}

func (e Expr) date(now time.Time) time.Time {
	return time.Date(e.Date.Year(), e.Date.Month(), e.Date.Day(), 0, 0, 0, 0, now.Location())
}

func (e Expr) weekday(today time.Time) time.Time {
	if e.N == 0 {
		return monday(today).AddDate(0, 0, (int(e.Weekday)+6)%7)
	}
	back := (int(today.Weekday()) - int(e.Weekday) + 7) % 7
	if back == 0 {
		back = 7
	}
	if e.N < 0 {
		return today.AddDate(0, 0, -back+7*(e.N+1))
	}
	return today.AddDate(0, 0, 7*e.N-back%7)
}

// monday is the beginning of the week of a day.
func monday(day time.Time) time.Time {
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}

// ComparisonKind says what a Comparison compares with.
type ComparisonKind uint8

// The kinds of comparison, with their canonical form.
const (
	CompareNone         ComparisonKind = iota // ""
	CompareShift                              // "shift:P1D": the same interval, a period earlier; a year is 364 days
	CompareBaseline                           // "baseline": usual behaviour
	CompareBeforeDeploy                       // "before_deploy"
	CompareExpr                               // "expr:yesterday@15:00": an interval of its own
)

// A Comparison is what the time asked about is compared with.
type Comparison struct {
	Kind  ComparisonKind
	Shift Period
	Expr  Expr
}

// String is the canonical form.
func (c Comparison) String() string {
	switch c.Kind {
	case CompareShift:
		return "shift:" + c.Shift.String()
	case CompareBaseline:
		return "baseline"
	case CompareBeforeDeploy:
		return "before_deploy"
	case CompareExpr:
		return "expr:" + c.Expr.String()
	case CompareNone:
	}
	return ""
}

// Resolve gives the interval compared with, for the interval asked about; zero where there is none or only data can tell.
func (c Comparison) Resolve(asked Interval, now time.Time) Interval {
	switch {
	case c.Kind == CompareShift && !asked.IsZero():
		return Interval{Start: c.Shift.before(asked.Start), End: c.Shift.before(asked.End)}
	case c.Kind == CompareExpr:
		return c.Expr.Resolve(now)
	}
	return Interval{}
}

// canonicalName strips what distinguishes forms of one concept: "day.-1" is class "day", name "-1".
func canonicalName(concept string) (class, name string) {
	class, name, _ = strings.Cut(concept, ".")
	return class, name
}
