// Package measure says where the figures that can be asked for come from: for each, the PromQL over whichever of several
// metrics a deployment has, cut by service, host or region, and the series that tells what is usual.
package measure

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Dim is what a figure can be cut or filtered by.
type Dim string

// The dimensions.
const (
	Service   Dim = "service"
	Host      Dim = "host"
	Region    Dim = "region"
	Operation Dim = "operation"
	Statement Dim = "statement"
	Page      Dim = "page"
	Event     Dim = "event"
	Outcome   Dim = "outcome"
	Currency  Dim = "currency"
	Callee    Dim = "callee" // what Service calls
	Store     Dim = "store"  // the database system that is called, of calls to databases only
)

// Worse says in which direction a figure is bad news.
type Worse int

// The directions.
const (
	WorseNeither Worse = iota
	WorseUp
	WorseDown
)

// Measure is one figure that can be asked for.
type Measure struct {
	// ID is the metric's name in questions.
	ID string
	// Unit is a UCUM unit of the values.
	Unit  string
	Worse Worse
	// Limit is where trouble begins, in Unit; 0 where nothing says so.
	Limit float64
	// Least is the smallest difference worth a word, in Unit.
	Least float64
	// Sources are tried in order; the first whose series a deployment has is taken.
	Sources []Source
	// Bring is what a configuration lacks where there is no source.
	Bring string
}

// Source is one way to a figure. In its expressions $sel stands for matchers with a comma behind, $by for a grouping,
// $w for the width of the window.
type Source struct {
	// Needs are the series that must exist: a metric's name, with matchers in braces or without.
	Needs []string
	// Over is the figure over the window that ends at the instant of evaluation.
	Over string
	// At is the figure at that instant, for what is itself already a window's count; empty takes Over.
	At string
	// Most is the greatest figure within $w, for the course of what has peaks worth seeing; empty takes Over.
	Most string
	// Identity is what sketches of the same figure count; empty where there are none.
	Identity string
	// Usual is the selector of braid.baseline for the same series, without braces around $sel; empty where there is none.
	Usual string
	// Scale turns values of Usual into the unit of the measure; 0 is 1. Complement takes them from 1 before that.
	Scale      float64
	Complement bool
	// Labels are the labels of the dimensions it can be cut by.
	Labels map[Dim]string
	// Keyed tells that a series without a dimension's label is the total over it.
	Keyed bool
	// Per is the dimension without which it has no figure, as what it counts would be counted several times; empty where it
	// has one.
	Per Dim
}

// Cut is how a figure is narrowed and grouped.
type Cut struct {
	Where map[Dim][]string
	By    []Dim
}

// Can reports whether the source has all dimensions of a cut.
func (s *Source) Can(c Cut) bool {
	if s.Per != "" && len(c.Where[s.Per]) == 0 && !slices.Contains(c.By, s.Per) {
		return false
	}
	for d := range c.Where {
		if s.Labels[d] == "" {
			return false
		}
	}
	return !slices.ContainsFunc(c.By, func(d Dim) bool { return s.Labels[d] == "" })
}

// Pick returns the first source that a deployment has and that can be cut so.
func (m *Measure) Pick(has func(series string) bool, c Cut) (*Source, bool) {
	for i := range m.Sources {
		s := &m.Sources[i]
		if s.Can(c) && !slices.ContainsFunc(s.Needs, func(n string) bool { return !has(n) }) {
			return s, true
		}
	}
	return nil, false
}

// atMost is the widest window for which the value at its end stands for all of it.
const atMost = 10 * time.Minute

// Value is the query of the figure over a window, to be evaluated at its end.
func (s *Source) Value(c Cut, window time.Duration) string {
	if s.At != "" && window <= atMost {
		return s.fill(s.At, c, window)
	}
	return s.fill(s.Over, c, window)
}

// Curve is the query of the figure's course, to be evaluated every step.
func (s *Source) Curve(c Cut, step time.Duration) string {
	switch {
	case s.At != "" && step <= atMost:
		return s.fill(s.At, c, step)
	case s.Most != "":
		return s.fill(s.Most, c, step)
	}
	return s.fill(s.Over, c, step)
}

// Band is the query of what is usual, by braid_bound; false where nothing learns it.
func (s *Source) Band(c Cut) (string, bool) {
	if s.Usual == "" {
		return "", false
	}
	metric, matchers, _ := strings.Cut(s.Usual, "{")
	return "avg by (braid_bound" + s.group(c, ", ") + ") (" + metric + "{" + s.sel(c) + matchers + ")", true
}

// zero is nought of each group that an expression has. Where nothing is grouped it is known without reading them.
func zero(of string) string { return "$zero<" + of + ">" }

func (s *Source) fill(expr string, c Cut, window time.Duration) string {
	if before, rest, found := strings.Cut(expr, "$zero<"); found {
		of, after, _ := strings.Cut(rest, ">")
		nought := "vector(0)"
		if len(c.By) > 0 {
			nought = "0 * " + of
		}
		expr = before + nought + after
	}
	by := ""
	if group := s.group(c, ""); group != "" {
		by = " by (" + group + ") "
	}
	return strings.NewReplacer("$sel", s.sel(c), "$by", by, "$w", Duration(window)).Replace(expr)
}

// group lists the labels of a cut's grouping.
func (s *Source) group(c Cut, before string) string {
	if len(c.By) == 0 {
		return ""
	}
	labels := make([]string, len(c.By))
	for i, d := range c.By {
		labels[i] = s.Labels[d]
	}
	return before + strings.Join(labels, ", ")
}

// dims is all dimensions in a fixed order, so that equal cuts are equal queries.
var dims = []Dim{Service, Host, Region, Operation, Statement, Page, Event, Outcome, Currency, Callee, Store}

// sel writes a cut's matchers. Values are quoted, whatever they hold.
func (s *Source) sel(c Cut) string {
	var b strings.Builder
	for _, d := range dims {
		label := s.Labels[d]
		values := c.Where[d]
		switch {
		case label == "":
		case len(values) == 1:
			b.WriteString(label + "=" + strconv.Quote(values[0]) + ",")
		case len(values) > 1:
			quoted := make([]string, len(values))
			for i, v := range values {
				quoted[i] = regexpQuote(v)
			}
			b.WriteString(label + "=~" + strconv.Quote(strings.Join(quoted, "|")) + ",")
		case slices.Contains(c.By, d):
			b.WriteString(label + `!="",`)
		case s.Keyed:
			b.WriteString(label + `="",`)
		}
	}
	return b.String()
}

func regexpQuote(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(`\.+*?()|[]{}^$`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Quote writes a label's value for PromQL.
func Quote(value string) string { return strconv.Quote(value) }

// Duration writes a length of time for PromQL: whole seconds at least.
func Duration(d time.Duration) string {
	return strconv.FormatInt(max(1, int64(d/time.Second)), 10) + "s"
}

// Expand replaces a metric that stands for several by those.
func Expand(ids []string) []string {
	var out []string
	for _, id := range ids {
		more, ok := groups[id]
		if !ok {
			more = []string{id}
		}
		for _, m := range more {
			if !slices.Contains(out, m) {
				out = append(out, m)
			}
		}
	}
	return out
}

var groups = map[string][]string{
	"system_usage": {"cpu", "memory", "disk", "network"},
	"web_vitals":   {"lcp", "inp", "cls"},
}

// Find returns a measure by its metric's name.
func Find(id string) (*Measure, bool) {
	m, ok := index[id]
	return m, ok
}
