package top

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// View is everything a refresh shows.
type View struct {
	Now      time.Time
	Source   string
	Problem  string // why the figures may be old; empty when all is well
	Snapshot Snapshot
	// Alerts are the newest events that are more than a session's beginning or end, the newest last. They have a place of
	// their own, where the coming and going does not push them out.
	Alerts []Event
	// Events are the newest other ones, the newest last.
	Events []Event
	// Width and Height of the terminal in characters; 0 means as much as it takes.
	Width, Height int
}

// maxField bounds what an attribute may take up of a line.
const maxField = 40

// Render writes the table. What comes from telemetry is cut to size and stripped of control characters: anyone may send it.
func Render(w io.Writer, v *View) error {
	var b strings.Builder
	s := &v.Snapshot
	fmt.Fprintf(&b, "Braid  %s  %s\n", v.Now.Format(time.TimeOnly), v.Source)
	if v.Problem != "" {
		fmt.Fprintf(&b, "%s\n", clean(v.Problem, 4*maxField))
	}
	fmt.Fprintf(&b, "\n%s sessions open, %s started, %s ended%s\n", number(s.Active), number(s.Started), number(s.Ended), totals(s))
	for _, x := range s.Business {
		fmt.Fprintf(&b, "%s\n", businessLine(&x))
	}
	b.WriteByte('\n')
	m := newMatrix(s)
	regions := len(m.regions)
	if v.Height > 0 {
		free := v.Height - strings.Count(b.String(), "\n") - min(len(v.Events), 4) - len(v.Alerts) - 7
		regions = min(regions, max(free, 3))
	}
	if err := m.write(&b, regions); err != nil {
		return err
	}
	if len(v.Alerts) > 0 {
		b.WriteString("\nAlerts\n")
		for _, e := range v.Alerts {
			fmt.Fprintln(&b, eventLine(&e))
		}
	}
	b.WriteString("\nNewest sessions\n")
	events := v.Events
	if v.Height > 0 {
		free := v.Height - strings.Count(b.String(), "\n") - 1
		events = events[len(events)-min(len(events), max(free, 1)):]
	}
	for _, e := range events {
		fmt.Fprintln(&b, eventLine(&e))
	}
	_, err := io.WriteString(w, cut(b.String(), v.Width))
	return err
}

// cut shortens every line to the width, so that none wraps and the count of lines holds.
func cut(text string, width int) string {
	if width <= 0 {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if runes := []rune(line); len(runes) > width {
			lines[i] = string(runes[:width])
		}
	}
	return strings.Join(lines, "\n")
}

// totals lists the distinct visitors over all places.
func totals(s *Snapshot) string {
	var b strings.Builder
	for _, identity := range s.Identities {
		if n, ok := s.Total.Users[identity]; ok {
			fmt.Fprintf(&b, ", %s %ss", number(n), clean(identity, maxField))
		}
	}
	if b.Len() > 0 {
		fmt.Fprintf(&b, " in %s", clean(cmp.Or(s.Window, "window"), maxField))
	}
	return b.String()
}

func businessLine(x *Business) string {
	text := fmt.Sprintf("%s %s: %s", clean(x.Event, maxField), clean(x.Outcome, maxField), number(x.Count))
	if x.Value != 0 {
		text += fmt.Sprintf(" worth %s %s", number(x.Value), clean(x.Currency, maxField))
	}
	return text
}

// shown are the attributes an event line has room for, with what they are called there.
var shown = []struct{ key, name string }{
	{"user.id", "user"}, {"session.id", "session"}, {"braid.session.other_id", "other"}, {"client.address", "client"},
	{"braid.region", "region"}, {"braid.session.end_reason", "reason"}, {"braid.session.duration", "seconds"},
	{"braid.session.requests", "requests"}, {"braid.login.attempts", "attempts"},
}

func eventLine(e *Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %-29s", e.Time.Local().Format(time.DateTime), clean(e.Name, maxField))
	for _, s := range shown {
		if v := e.Attributes[s.key]; v != "" {
			fmt.Fprintf(&b, " %s=%s", s.name, clean(v, maxField))
		}
	}
	return b.String()
}

// clean makes foreign text safe to print: no control or formatting characters, at most n characters.
func clean(text string, n int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '�'
	}, strings.ToValidUTF8(text, "�"))
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return text
}

// number prints a count with thousands separated.
func number(v float64) string {
	text := strconv.FormatFloat(v, 'f', 0, 64)
	if v != float64(int64(v)) {
		text = strconv.FormatFloat(v, 'f', 2, 64)
	}
	whole, fraction, broken := strings.Cut(text, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if broken {
		whole += "." + fraction
	}
	return sign + whole
}
