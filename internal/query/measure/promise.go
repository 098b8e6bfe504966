package measure

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Transactions is what of a service's transactions to count.
type Transactions struct {
	// Outcome is success, failure, or empty for both.
	Outcome string
	// Below counts those that took less; zero counts all.
	Below time.Duration
}

// Count is the query of how many transactions there were over a window, to be evaluated at its end; false where a
// deployment has none of the metrics that say it, or none that can be cut so.
func (t Transactions) Count(has func(series string) bool, c Cut, window time.Duration) (string, bool) {
	for i := range dialects {
		d := &dialects[i]
		s := Source{Needs: []string{d.metric}, Labels: d.labels, Over: t.over(d)}
		if s.Can(c) && !slices.ContainsFunc(s.Needs, func(n string) bool { return !has(n) }) {
			return s.fill(s.Over, c, window), true
		}
	}
	return "", false
}

func (t Transactions) over(d *dialect) string {
	matchers := d.entry
	switch t.Outcome {
	case "failure":
		matchers += d.failed
	case "success":
		matchers += strings.NewReplacer("=~", "!~", "=", "!=").Replace(d.failed)
	}
	all := "sum$by(increase(" + d.metric + "{$sel" + matchers + "}[$w]))"
	if t.Below <= 0 {
		return "histogram_count(" + all + ")"
	}
	limit := t.Below.Seconds()
	if d.scale == "" { // told in milliseconds
		limit *= 1000
	}
	return "histogram_fraction(0, " + strconv.FormatFloat(limit, 'g', -1, 64) + ", " + all + ") * histogram_count(" + all + ")"
}
