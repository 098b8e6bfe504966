package slo

import (
	"fmt"
	"time"
)

// Objective is one promise.
type Objective struct {
	// Name is metadata::name, Title metadata::displayName or else the name.
	Name        string
	Title       string
	Description string
	// Service is whose promise it is.
	Service string
	// Target is the share of good events promised, between 0 and 1.
	Target float64
	// Window is what the promise is about.
	Window Window
	// Total counts what could go well, Good what went well; of Bad, which may be given instead of Good, the rest did.
	Total, Good, Bad Indicator
	// File is where it was written.
	File string
}

// Indicator says what to count. It is zero where it was not given.
type Indicator struct {
	// Query is PromQL in which $window stands for the width; its series are summed. Empty: the transactions of the service.
	Query string
	// Own are the service's own transactions, narrowed by what follows.
	Own bool
	// Outcome is success, failure or empty for any.
	Outcome string
	// FasterThan counts transactions below a duration; zero counts any.
	FasterThan time.Duration
	// Operation narrows to one operation, such as "POST /payments".
	Operation string
}

// IsZero tells whether nothing was given.
func (i Indicator) IsZero() bool { return i == Indicator{} }

// Window is a span of time that moves along, or one of the calendar.
type Window struct {
	// Length is of a rolling window, or about that of one of the calendar.
	Length time.Duration
	// Months or Days is how long a calendar window is; both are zero for a rolling one.
	Months, Days int
	// From is where calendar windows are counted from, in their time zone.
	From time.Time
}

// Rolling tells whether the window moves along with the time.
func (w Window) Rolling() bool { return w.Months == 0 && w.Days == 0 }

// At gives the window at a time: when it began, and when it ends.
func (w Window) At(now time.Time) (from, to time.Time) {
	if w.Rolling() {
		return now.Add(-w.Length), now
	}
	now = now.In(w.From.Location())
	if now.Before(w.From) {
		return w.From, w.From.AddDate(0, w.Months, w.Days)
	}
	n := 0
	if w.Months > 0 {
		n = ((now.Year()-w.From.Year())*12 + int(now.Month()-w.From.Month())) / w.Months
	} else {
		n = int(now.Sub(w.From).Hours()/24) / w.Days
	}
	for n > 0 && now.Before(w.From.AddDate(0, n*w.Months, n*w.Days)) {
		n--
	}
	for !now.Before(w.From.AddDate(0, (n+1)*w.Months, (n+1)*w.Days)) {
		n++
	}
	return w.From.AddDate(0, n*w.Months, n*w.Days), w.From.AddDate(0, (n+1)*w.Months, (n+1)*w.Days)
}

// FieldError is a mistake in an objective, and how to mend it.
type FieldError struct {
	File  string
	Line  int
	Name  string // of the objective, as far as it is known
	Field string // such as spec::objectives::0::target
	Text  string
}

func (e *FieldError) Error() string {
	return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, e.Field, e.Text)
}
