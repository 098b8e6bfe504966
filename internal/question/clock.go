package question

import "strings"

// A clockTime is a time of day as said; half of them leave open which half of the day is meant.
type clockTime struct {
	minutes int
	open    bool // neither am nor pm was said, and both are possible
	to      int
}

// parts of the day, minutes after midnight. What "오후" and "afternoon" cover differs between the languages.
var parts = map[string]Part{
	"dawn": {0, 6 * 60}, "am": {0, 12 * 60}, "lunch": {12 * 60, 13 * 60}, "noon": {12 * 60, 13 * 60}, "pm": {12 * 60, 24 * 60},
	"afternoon": {12 * 60, 18 * 60}, "evening": {18 * 60, 21 * 60}, "night": {21 * 60, 24 * 60}, "midnight": {0, 60},
}

// looseDay reads a part of a day or a clock time whose day is not named beside it.
func (r *timeReader) looseDay(i int) (timeNode, bool) {
	n, ok := r.partOfDay(i)
	if !ok {
		return timeNode{}, false
	}
	n.loose = true
	n.expr.Kind = ExprDay
	if !r.future && n.expr.Part.From > r.minute { // "저녁에" at noon was yesterday's
		n.expr.N = -1
	}
	if j := r.glue(n.to); r.class(j, "day") != "" { // "at 3pm yesterday"
		if day, ok := r.named(j); ok && day.expr.takesPart() && day.expr.Part == nil {
			n.expr.N, n.to, n.loose = day.expr.N, day.to, false
		}
	} else if day, ok := r.datedPart(j, r.class(j, "part")); ok { // "between 9 and 10 this morning"
		n.expr.N, n.to, n.loose = day.expr.N, day.to, false
	}
	return n, true
}

// partOfDay reads 오후, 오후 3시, 9시부터 11시까지, from 9 to 11am, 9:30.
func (r *timeReader) partOfDay(i int) (timeNode, bool) {
	name := r.class(i, "part")
	part, named := parts[name]
	j := i
	if named {
		j = r.glue(i + 1)
	}
	if !named && (r.is(j, "dir.from") || r.is(j, "dir.since")) {
		since := r.is(j, "dir.since")
		n, ok := r.clockRange(r.glue(j+1), "", true)
		n.expr.Since = n.expr.Since || since
		return n, ok
	}
	if n, ok := r.clockRange(j, name, false); ok {
		return n, true
	}
	if !named {
		return timeNode{}, false
	}
	n := timeNode{expr: Expr{Part: &part}, to: i + 1}
	if r.is(n.to, "p.from") || r.is(n.to, "dir.since") {
		n.expr.Since = true
		n.to++
	}
	return n, true
}

// clockRange reads one clock time or two with a range between. bare lets plain numbers stand for hours (from 9 to 11).
func (r *timeReader) clockRange(i int, part string, bare bool) (timeNode, bool) {
	first, ok := r.clock(i, part, bare)
	if !ok {
		first, ok = r.hourBefore(i, part)
	}
	if !ok {
		return timeNode{}, false
	}
	j := first.to
	if k := r.glue(j); r.is(k, "p.from") || r.is(k, "p.to") { // 2시쯤부터
		j = k
	}
	begins := r.is(j, "p.from") || r.is(j, "dir.to") || r.is(j, "cue.vs")
	k := j
	if begins {
		k = r.glue(j + 1)
	}
	nextPart := r.class(k, "part")
	if _, ok := parts[nextPart]; ok {
		k = r.glue(k + 1)
	} else {
		nextPart = part
	}
	if second, ok := r.clock(k, nextPart, begins && bare); ok && (begins || k == j) {
		return r.between(first, second), true
	}
	from := r.settle(first)
	n := timeNode{expr: Expr{Part: &Part{From: from, To: from + 60}}, to: j}
	switch {
	case r.is(j, "p.from"), r.is(j, "dir.since"):
		n.expr.Since = true
		n.to++
	case r.is(j, "p.to"):
		n.expr.Part = &Part{From: 0, To: from}
		n.to++
	}
	return n, true
}

// hourBefore reads the 9 of "9~11시": a plain number directly before a clock time.
func (r *timeReader) hourBefore(i int, part string) (clockTime, bool) {
	if i+1 >= len(r.tokens) || r.tokens[i].quantity == nil || r.tokens[i].quantity.unit != "" {
		return clockTime{}, false
	}
	j := i + 1
	if r.is(j, "dir.to") {
		j++
	}
	if _, ok := r.clock(j, part, false); !ok {
		return clockTime{}, false
	}
	return r.clock(i, part, true)
}

func (r *timeReader) between(first, second clockTime) timeNode {
	from := r.settle(first)
	to := second.minutes
	if second.open && !first.open && to <= from || second.open && first.open && to <= from {
		to += 12 * 60
	}
	if first.open && !second.open && first.minutes+12*60 < to && second.minutes > 12*60 {
		from = first.minutes + 12*60 // "from 1 to 3pm"
	}
	if to <= from {
		to = 24 * 60
	}
	n := timeNode{expr: Expr{Part: &Part{From: from, To: min(to, 24*60)}}, to: second.to}
	if r.is(n.to, "p.to") {
		n.to++
	}
	return n
}

// settle decides an open hour: office hours, unless that is still to come today.
func (r *timeReader) settle(c clockTime) int {
	if c.open && c.minutes < 7*60 && (r.future || c.minutes+12*60 <= r.minute) {
		return c.minutes + 12*60
	}
	return c.minutes
}

// clock reads one clock time at a place.
func (r *timeReader) clock(i int, part string, bare bool) (clockTime, bool) {
	if i >= len(r.tokens) {
		return clockTime{}, false
	}
	t := &r.tokens[i]
	if t.literal != nil && t.literal.kind == "clock" {
		return r.literalClock(t.literal.value, part, i+1)
	}
	q := t.quantity
	if q == nil || q.value < 0 || q.value > 24 || q.value != float64(int(q.value)) {
		return clockTime{}, false
	}
	c := clockTime{minutes: int(q.value) * 60, to: i + 1}
	switch q.unit {
	case "clock", "clock_half":
		if q.unit == "clock_half" {
			c.minutes += 30
		} else if i+1 < len(r.tokens) {
			if m := r.tokens[i+1].quantity; m != nil && m.unit == "minute" && m.value < 60 {
				c.minutes += int(m.value)
				c.to++
			}
		}
	case "clock_am":
		part = "am"
	case "clock_pm":
		part = "pm"
	case "":
		if !bare {
			if q.value < 1 || part == "" {
				return clockTime{}, false
			}
		}
	default:
		return clockTime{}, false
	}
	return halfOfDay(c, part), true
}

func (r *timeReader) literalClock(text, part string, to int) (clockTime, bool) {
	hours, minutes, _ := strings.Cut(text, ":")
	c := clockTime{minutes: atoi(hours)*60 + atoi(minutes), to: to}
	if part == "" && to < len(r.tokens) {
		if r.is(to, "unit.am") {
			part, c.to = "am", to+1
		} else if r.is(to, "unit.pm") {
			part, c.to = "pm", to+1
		}
	}
	c = halfOfDay(c, part)
	c.open = c.open && len(hours) == 1
	return c, true
}

// halfOfDay applies 오전, 오후, 밤 … to an hour on a twelve-hour clock.
func halfOfDay(c clockTime, part string) clockTime {
	hour := c.minutes / 60
	switch part {
	case "am", "dawn", "midnight":
		if hour == 12 {
			c.minutes -= 12 * 60
		}
	case "pm", "afternoon", "evening", "lunch", "noon":
		if hour < 12 {
			c.minutes += 12 * 60
		}
	case "night":
		if hour >= 6 && hour < 12 {
			c.minutes += 12 * 60
		}
	default:
		c.open = hour >= 1 && hour < 12
	}
	return c
}
