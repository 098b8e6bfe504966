package question

import (
	"strconv"
	"strings"
	"time"
)

// dated reads calendar dates: 11월 3일, Nov 3rd, 3 November, 2026-11-03, 11/3, 15일, 10월.
func (r *timeReader) dated(i int) (timeNode, bool) {
	t := &r.tokens[i]
	if t.literal != nil && t.literal.kind == "date" {
		return r.literalDate(t.literal.value, i+1)
	}
	if q := t.quantity; q != nil {
		switch {
		case q.unit == "moy" && q.value >= 1 && q.value <= 12:
			return r.monthAndDay(time.Month(q.value), i+1)
		case q.unit == "day" && t.dayOfMonth && q.value >= 1 && q.value <= 31 && !r.measured(i+1):
			return r.dayOfMonth(int(q.value), i+1)
		case (q.unit == "" || q.unit == "ordinal") && q.value >= 1 && q.value <= 31:
			if name := r.class(r.glue(i+1), "moy"); name != "" {
				return r.dateOf(time.Month(atoi(name)), int(q.value), r.glue(i+1)+1)
			}
		}
		return timeNode{}, false
	}
	if name := r.class(i, "moy"); name != "" {
		n, ok := r.monthAndDay(time.Month(atoi(name)), i+1)
		if ok && n.expr.Kind == ExprMonth && t.is("stop") { // "may" is a verb more often than a month
			return timeNode{}, false
		}
		return n, ok
	}
	return timeNode{}, false
}

// measured reports whether a number of days is a length: 3일 전, 3일 동안, 3일 이상.
func (r *timeReader) measured(i int) bool {
	if r.tokens[i-1].bound != "" {
		return true
	}
	for _, concept := range []string{"dir.ago", "dir.later", "dir.for", "dir.within", "bound.atleast", "bound.atmost", "cue.exceed", "cue.before"} {
		if r.is(r.glue(i), concept) {
			return true
		}
	}
	return false
}

func (r *timeReader) literalDate(text string, to int) (timeNode, bool) {
	fields := strings.FieldsFunc(text, func(c rune) bool { return c == '-' || c == '/' || c == '.' })
	numbers := make([]int, len(fields))
	for i, field := range fields {
		n, err := strconv.Atoi(field)
		if err != nil {
			return timeNode{}, false
		}
		numbers[i] = n
	}
	if len(numbers) == 2 {
		return r.dateOf(time.Month(numbers[0]), numbers[1], to)
	}
	return r.exactDate(numbers[0], time.Month(numbers[1]), numbers[2], to)
}

func (r *timeReader) exactDate(year int, month time.Month, day, to int) (timeNode, bool) {
	date := time.Date(year, month, day, 0, 0, 0, 0, r.today.Location())
	if date.Month() != month || date.Day() != day {
		return timeNode{}, false
	}
	return timeNode{expr: Expr{Kind: ExprDate, Date: date}, to: to}, true
}

func (r *timeReader) monthAndDay(month time.Month, i int) (timeNode, bool) {
	j := r.glue(i)
	if j < len(r.tokens) {
		if q := r.tokens[j].quantity; q != nil && q.value >= 1 && q.value <= 31 && (q.unit == "day" || q.unit == "" || q.unit == "ordinal") {
			return r.dateOf(month, int(q.value), j+1)
		}
	}
	year := r.today.Year()
	if month > r.today.Month() && !r.future {
		year--
	}
	return r.monthOf(year, month, i), true
}

// monthOf is a calendar month as an offset from this one.
func (r *timeReader) monthOf(year int, month time.Month, to int) timeNode {
	offset := (year-r.today.Year())*12 + int(month) - int(r.today.Month())
	return timeNode{expr: Expr{Kind: ExprMonth, N: offset}, to: to}
}

// dateOf chooses the year: the last such date, or the next one where the question looks ahead. A day the month does not
// have in that year (29 February) is looked for in the years around.
func (r *timeReader) dateOf(month time.Month, day, to int) (timeNode, bool) {
	for back := range 8 {
		year := r.today.Year() - back
		if r.future {
			year = r.today.Year() + back
		}
		n, ok := r.exactDate(year, month, day, to)
		if ok && (r.future && !n.expr.Date.Before(r.today) || !r.future && !n.expr.Date.After(r.today)) {
			return n, true
		}
	}
	return timeNode{}, false
}

func (r *timeReader) dayOfMonth(day, to int) (timeNode, bool) {
	for back := range 4 {
		month := -back
		if r.future {
			month = back
		}
		first := time.Date(r.today.Year(), r.today.Month()+time.Month(month), 1, 0, 0, 0, 0, r.today.Location())
		n, ok := r.exactDate(first.Year(), first.Month(), day, to)
		if ok && (r.future && !n.expr.Date.Before(r.today) || !r.future && !n.expr.Date.After(r.today)) {
			return n, true
		}
	}
	return timeNode{}, false
}
