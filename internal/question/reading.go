package question

import "strings"

// readings tie each part of a query to the words that gave it.
func (f *facts) readings(q *Query, r *rule, times timeReading) []Reading {
	text := q.read()
	var out []Reading
	add := func(part, value string, from, to int) {
		start, end := f.tokens[from].start, f.tokens[to-1].end
		out = append(out, Reading{Part: part, Value: value, Text: text[start:end], Start: start, End: end})
	}
	for _, alternatives := range r.when {
		if at := f.find(alternatives...); at >= 0 {
			add("intent", string(q.Intent), at, at+1)
		}
	}
	for _, m := range q.Metrics {
		if at := f.find("metric." + m); at >= 0 {
			add("metric", m, at, at+1)
		}
	}
	if n := times.asked; n != nil && q.Time.Kind != ExprSinceDeploy {
		add("time", q.Time.String(), n.from, min(n.to, len(f.tokens)))
	}
	if n := times.compared; n != nil {
		add("compare", q.Compare.String(), n.from, min(n.to, len(f.tokens)))
	} else if at := f.find("cue.baseline"); at >= 0 && q.Compare.Kind == CompareBaseline {
		add("compare", q.Compare.String(), at, at+1)
	}
	for i := range f.tokens {
		if filter := f.gave(i, q.Filters); filter != "" {
			add("filter", filter, i, i+1)
		}
	}
	return out
}

// read is the text the tokens lie in: as corrected, if it was.
func (q *Query) read() string {
	if q.Corrected != "" {
		return q.Corrected
	}
	return q.Text
}

// gave names the filter a token gave, "" if none.
func (f *facts) gave(i int, filters Filters) string {
	t := &f.tokens[i]
	for _, pair := range filters.pairs() {
		if t.literal != nil && strings.EqualFold(strings.TrimLeft(t.literal.value, "vV"), strings.TrimLeft(pair[1], "vV")) {
			return pair[0] + "=" + pair[1]
		}
		for _, concept := range t.concepts {
			if class, name := canonicalName(concept); class == pair[0] && (name == pair[1] || class == "region") {
				return class + "=" + name
			}
		}
	}
	return ""
}
