package question

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// A text is one wording in each language.
type text map[Language]string

// labels are the words of labels.yaml.
type labels struct {
	Intents, Metrics, Times, Compares, Names, Reasons, Phrases map[string]text

	Suggestions []struct {
		Near []string
		Ko   string
		En   string
	}
}

// readLabels reads how a reading is told, once for all parsers.
var readLabels = sync.OnceValues(func() (*labels, error) {
	var l labels
	if err := readYAML("labels.yaml", &l); err != nil {
		return nil, err
	}
	return &l, nil
})

// or gives a wording, or the canonical form where there is none.
func or(table map[string]text, key string, lang Language) string {
	if t, ok := table[key]; ok {
		return t[lang]
	}
	return key
}

// restate says in one line how a question was read: intent, metrics, time, comparison, filters, arguments.
func (l *labels) restate(q *Query, lang Language) string {
	if q.Outcome == OutcomeDecline {
		out := or(l.Reasons, string(q.Reason), lang)
		if len(q.Unknown) > 0 {
			out += " " + l.Phrases["unknown"][lang] + strings.Join(q.Unknown, ", ")
		}
		return out
	}
	what := []string{or(l.Intents, string(q.Intent), lang)}
	if len(q.Metrics) > 0 {
		names := make([]string, len(q.Metrics))
		for i, m := range q.Metrics {
			names[i] = or(l.Metrics, m, lang)
		}
		what = append(what, strings.Join(names, " · "))
	}
	what = append(what, l.when(q, lang)...)
	for _, pair := range q.Filters.pairs() {
		what = append(what, or(l.Names, pair[0], lang)+" "+pair[1])
	}
	args := q.Args.Map()
	for _, name := range slices.Sorted(maps.Keys(args)) {
		what = append(what, fmt.Sprintf("%s %v", or(l.Names, name, lang), args[name]))
	}
	if q.Outcome == OutcomeConfirm {
		what = append(what, l.Phrases["confirm"][lang])
	}
	return l.Phrases["read_as"][lang] + strings.Join(what, " / ")
}

// when tells the time and the comparison, in words and absolutely.
func (l *labels) when(q *Query, lang Language) []string {
	var out []string
	e, suffix := q.Time, ""
	if e.Kind == ExprDefault {
		e, suffix = DefaultTime(q.Intent), l.Phrases["unnamed"][lang]
	}
	if e.Kind != ExprDefault {
		out = append(out, l.expr(e, lang)+q.Range.clock()+suffix)
	}
	if q.Compare.Kind == CompareNone {
		return out
	}
	with := q.Compare.String()
	if q.Compare.Kind == CompareExpr {
		with = l.expr(q.Compare.Expr, lang)
	}
	return append(out, l.Phrases["compared_with"][lang]+or(l.Compares, with, lang)+q.CompareTo.clock())
}

func (l *labels) expr(e Expr, lang Language) string {
	canonical := e.String()
	base, part, _ := strings.Cut(canonical, "@")
	if part != "" {
		part = " " + part
	}
	return or(l.Times, base, lang) + part
}

// clock writes an interval as people read it.
func (i Interval) clock() string {
	if i.IsZero() {
		return ""
	}
	const full, short = "2006-01-02 15:04", "15:04"
	end := i.End.Format(full)
	if i.End.Sub(i.Start) < 24*time.Hour && i.End.Day() == i.Start.Day() {
		end = i.End.Format(short)
	}
	return " (" + i.Start.Format(full) + " – " + end + ")"
}

// suggestionsOffered is how many questions a refusal offers.
const suggestionsOffered = 3

// suggest gives questions that can be asked, those near what was understood first.
func (l *labels) suggest(lang Language, f *facts) []string {
	var near, others []string
	for _, s := range l.Suggestions {
		say := s.En
		if lang == Korean {
			say = s.Ko
		}
		if f != nil && f.has(s.Near...) {
			near = append(near, say)
		} else {
			others = append(others, say)
		}
	}
	return append(near, others...)[:suggestionsOffered]
}
