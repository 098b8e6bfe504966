package question

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// A timeNode is one time expression found in the tokens.
type timeNode struct {
	expr     Expr
	from, to int  // tokens
	same     bool // "at the same time", "same weekday": said of what is compared with
	loose    bool // only a part of a day or a clock time: belongs to a day named elsewhere, or today
	window   bool // a length of time without last or next: may as well be a threshold
}

// A timeReader finds time expressions by recursive descent over the tokens.
type timeReader struct {
	tokens []token
	today  time.Time
	minute int  // of the day, now
	future bool // the question looks ahead: Friday is the next one
	apart  bool // the question compares: "from yesterday to today" are two times
}

func newTimeReader(tokens []token, now time.Time, future bool) *timeReader {
	return &timeReader{tokens: tokens, today: midnight(now), minute: now.Hour()*60 + now.Minute(), future: future}
}

// nodes gives all time expressions of the question, loose ones merged into the day they belong to.
func (r *timeReader) nodes() []timeNode {
	var out []timeNode
	for i := 0; i < len(r.tokens); {
		n, ok := r.node(i)
		if !ok {
			i++
			continue
		}
		out = append(out, n)
		i = max(n.to, i+1)
	}
	return r.merged(out)
}

// merged gives loose parts ("… 밤 9시") to the only day without one.
func (r *timeReader) merged(nodes []timeNode) []timeNode {
	host := slices.IndexFunc(nodes, func(n timeNode) bool { return !n.loose && n.expr.takesPart() && n.expr.Part == nil })
	loose := slices.IndexFunc(nodes, func(n timeNode) bool { return n.loose })
	if host < 0 || loose < 0 {
		return nodes
	}
	nodes[host].expr.Part = nodes[loose].expr.Part
	nodes[host].expr.Since = nodes[host].expr.Since || nodes[loose].expr.Since
	return slices.Delete(nodes, loose, loose+1)
}

func (e Expr) takesPart() bool {
	return e.Kind == ExprDay || e.Kind == ExprDate || e.Kind == ExprWeekday
}

// node reads one expression with what stands before and after it: since yesterday, 어제부터, from Monday to Wednesday.
func (r *timeReader) node(i int) (timeNode, bool) {
	start := i
	since := r.is(i, "dir.since")
	from := r.is(i, "dir.from")
	until := r.is(i, "dir.to")
	if since || from || until {
		i = r.glue(i + 1)
	}
	n, ok := r.expression(i)
	if !ok {
		return timeNode{}, false
	}
	switch {
	case since:
		n.expr.Since = true
	case until && n.expr.Part != nil && n.expr.Part.To == n.expr.Part.From+60 && !r.is(start, "stop"):
		n.expr.Part = &Part{From: 0, To: n.expr.Part.From}
	}
	if since || from {
		n.from = start
	}
	return r.extent(n, from), true
}

// extent reads what follows an expression: until another one, or until now.
func (r *timeReader) extent(n timeNode, from bool) timeNode {
	i := n.to
	begins := r.is(i, "p.from") || from && r.is(i, "dir.to") || r.is(i, "dir.to") && n.expr.takesPart() && n.expr.Part == nil && !r.is(i, "stop")
	if begins && n.expr.takesPart() && !r.apart {
		if end, ok := r.expression(r.glue(i + 1)); ok && end.expr.takesPart() && !end.loose {
			return r.span(n, end)
		}
	}
	switch {
	case (r.is(i, "p.from") || r.is(i, "dir.since")) && !r.apart:
		n.to = i + 1
		switch n.expr.Kind {
		case ExprAgo:
			n.expr = Expr{Kind: ExprLast, Period: n.expr.Period}
		case ExprNow:
		default:
			n.expr.Since = true
		}
		if r.is(n.to, "dir.since") { // 어제부터 이후로
			n.to++
		}
	case n.expr.Kind == ExprDay && n.expr.N > 0 && r.is(i, "p.to"):
		n.to = i + 1
	}
	return n
}

// span joins two days into one interval.
func (r *timeReader) span(from, to timeNode) timeNode {
	now := atMinute(r.today, r.minute)
	first, last := from.expr.firstDay(now), to.expr.firstDay(now)
	if last.Before(first) {
		return from
	}
	end := Expr{Kind: ExprDate, Date: last}
	n := timeNode{expr: Expr{Kind: ExprSpan, Date: first, To: &end}, from: from.from, to: to.to}
	if r.is(n.to, "p.to") {
		n.to++
	}
	return n
}

// expression reads a day or longer period, narrowed by a part of the day and by clock times.
func (r *timeReader) expression(i int) (timeNode, bool) {
	n, ok := r.base(i)
	if !ok {
		return timeNode{}, false
	}
	n.from = i
	if n.expr.takesPart() && !n.loose {
		r.narrow(&n)
		if hours, ok := r.clockRange(r.glue(n.to), "night", false); ok && r.class(i, "part") == "lastnight" { // 어젯밤 11시
			n.expr.Part, n.to = hours.expr.Part, hours.to
		}
	}
	for same := true; same; {
		same = false
		for _, concept := range []string{"time.sametime", "time.sameweekday"} {
			if j := r.glue(n.to); r.is(j, concept) {
				n.same, same, n.to = true, true, j+1
			}
		}
	}
	return n, true
}

// narrow reads "오후 3시", "at 3pm", "밤" after a day.
func (r *timeReader) narrow(n *timeNode) {
	if n.expr.Part != nil {
		return
	}
	if part, ok := r.partOfDay(r.glue(n.to)); ok {
		n.expr.Part, n.expr.Since, n.to = part.expr.Part, n.expr.Since || part.expr.Since, part.to
	}
}

func (r *timeReader) base(i int) (timeNode, bool) {
	if i >= len(r.tokens) {
		return timeNode{}, false
	}
	for _, read := range []func(int) (timeNode, bool){r.named, r.sinceModifier, r.dated, r.counted, r.looseDay} {
		if n, ok := read(i); ok {
			return n, true
		}
	}
	return timeNode{}, false
}

var periodKinds = map[string]ExprKind{
	"day": ExprDay, "week": ExprWeek, "weekend": ExprWeekend, "month": ExprMonth, "quarter": ExprQuarter, "year": ExprYear,
}

// named reads the periods that have names: 어제, last month, 지난주 금요일, tonight.
func (r *timeReader) named(i int) (timeNode, bool) {
	for _, concept := range r.tokens[i].concepts {
		class, name := canonicalName(concept)
		kind, ok := periodKinds[class]
		switch {
		case concept == "time.now":
			return timeNode{expr: Expr{Kind: ExprNow}, to: i + 1}, true
		case class == "wd":
			return timeNode{expr: Expr{Kind: ExprWeekday, Weekday: weekdayOf(name), N: r.direction()}, to: i + 1}, true
		case class == "part":
			if n, ok := r.datedPart(i, name); ok {
				return n, true
			}
		case ok:
			n := timeNode{expr: Expr{Kind: kind, N: atoi(name)}, to: i + 1}
			return r.within(n), true
		}
	}
	return timeNode{}, false
}

func (r *timeReader) direction() int {
	if r.future {
		return 1
	}
	return -1
}

func weekdayOf(name string) time.Weekday { return time.Weekday(slices.Index(dayNames[:], name)) }

// within reads the day inside a week or month: 지난주 금요일, 이번 달 3일, Friday of last week.
func (r *timeReader) within(n timeNode) timeNode {
	j := r.glue(n.to)
	if j >= len(r.tokens) {
		return n
	}
	switch n.expr.Kind {
	case ExprWeek:
		if day := r.class(j, "wd"); day != "" {
			start := monday(r.today).AddDate(0, 0, 7*n.expr.N+(int(weekdayOf(day))+6)%7)
			return timeNode{expr: Expr{Kind: ExprDate, Date: start}, to: j + 1}
		}
	case ExprMonth:
		if q := r.tokens[j].quantity; q != nil && q.unit == "day" && q.value >= 1 && q.value <= 31 {
			start := time.Date(r.today.Year(), r.today.Month()+time.Month(n.expr.N), int(q.value), 0, 0, 0, 0, r.today.Location())
			return timeNode{expr: Expr{Kind: ExprDate, Date: start}, to: j + 1}
		}
	case ExprYear:
		if q := r.tokens[j].quantity; q != nil && q.unit == "moy" && q.value >= 1 && q.value <= 12 {
			return r.monthOf(r.today.Year()+n.expr.N, time.Month(q.value), j+1)
		}
	default:
	}
	return n
}

// datedPart reads the parts of a day that name the day as well.
func (r *timeReader) datedPart(i int, name string) (timeNode, bool) {
	day := func(n, from, to int) (timeNode, bool) {
		return timeNode{expr: Expr{Kind: ExprDay, N: n, Part: &Part{From: from * 60, To: to * 60}}, to: i + 1}, true
	}
	switch name {
	case "todayam":
		return day(0, 0, 12)
	case "todayafternoon":
		return day(0, 12, 18)
	case "todayevening":
		return day(0, 18, 21)
	case "tonight":
		return day(0, 18, 24)
	case "lastnight":
		return day(-1, 21, 24)
	case "overnight":
		return day(-1, 21, 30)
	}
	return timeNode{}, false
}

// sinceModifier reads last, this, next with a weekday or a length of time: 지난 금요일, last 2 hours, 앞으로 3시간.
func (r *timeReader) sinceModifier(i int) (timeNode, bool) {
	last, this, next := r.is(i, "mod.last"), r.is(i, "mod.this"), r.is(i, "mod.next")
	if !last && !this && !next {
		return timeNode{}, false
	}
	j := r.glue(i + 1)
	if day := r.class(j, "wd"); day != "" {
		n := -1
		if this {
			n = 0
		} else if next {
			n = 1
		}
		return timeNode{expr: Expr{Kind: ExprWeekday, Weekday: weekdayOf(day), N: n}, to: j + 1}, true
	}
	if this {
		return timeNode{}, false
	}
	period, to, ok := r.period(j)
	if !ok {
		return timeNode{}, false
	}
	kind := ExprLast
	if next {
		kind = ExprNext
	}
	if k := r.glue(to); r.is(k, "dir.for") || r.is(k, "dir.within") {
		to = k + 1
	}
	return timeNode{expr: Expr{Kind: kind, Period: period}, to: to}, true
}

// period reads a length of time.
func (r *timeReader) period(i int) (Period, int, bool) {
	if i >= len(r.tokens) {
		return Period{}, i, false
	}
	if q := r.tokens[i].quantity; q != nil {
		p, ok := q.period()
		return p, i + 1, ok
	}
	if span := r.class(i, "span"); span != "" {
		p, err := parsePeriod(span)
		return p, i + 1, err == nil
	}
	return Period{}, i, false
}

// counted reads a length of time with its direction: 3일 전, 2 hours ago, in 3 hours, 두 시간 안에, 30분 동안.
func (r *timeReader) counted(i int) (timeNode, bool) {
	ahead := r.is(i, "dir.within") || r.is(i, "dir.for")
	start := i
	if ahead {
		i = r.glue(i + 1)
	}
	period, to, ok := r.period(i)
	if !ok {
		return timeNode{}, false
	}
	j := r.glue(to)
	switch {
	case r.is(j, "dir.ago") || r.is(j, "cue.before"):
		return timeNode{expr: ago(period), to: j + 1}, true
	case r.is(j, "dir.later"), r.is(j, "dir.within") && isKorean(&r.tokens[j]):
		return timeNode{expr: Expr{Kind: ExprNext, Period: period}, to: j + 1}, true
	case r.is(j, "dir.for") && isKorean(&r.tokens[j]), ahead && r.is(start, "dir.for"):
		kind := ExprLast
		if r.future {
			kind = ExprNext
		}
		return timeNode{expr: Expr{Kind: kind, Period: period}, to: max(to, j), window: true}, true
	case ahead:
		return timeNode{expr: Expr{Kind: ExprNext, Period: period}, to: to, window: !r.future}, true
	}
	return timeNode{}, false
}

// isKorean reports whether a word is written after, not before, what it belongs to.
func isKorean(t *token) bool { return t.korean }

// ago is a day for days and longer, five minutes for hours and shorter.
func ago(p Period) Expr {
	switch {
	case p.Clock != 0:
		return Expr{Kind: ExprAgo, Period: p}
	case p.Years != 0:
		return Expr{Kind: ExprYear, N: -p.Years}
	case p.Months != 0:
		return Expr{Kind: ExprMonth, N: -p.Months}
	}
	return Expr{Kind: ExprDay, N: -p.Days}
}

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

// is reports whether the token at a place has a concept.
func (r *timeReader) is(i int, concept string) bool {
	return i < len(r.tokens) && r.tokens[i].is(concept)
}

// class gives the name of a token within a class of concepts, "" if it has none.
func (r *timeReader) class(i int, class string) string {
	if i < len(r.tokens) {
		return r.tokens[i].class(class)
	}
	return ""
}

// glue steps over what joins the pieces of one expression: 의, 에, of, at, the.
func (r *timeReader) glue(i int) int {
	for steps := 0; steps < 2 && i < len(r.tokens); steps++ {
		t := &r.tokens[i]
		plain := t.kind == tokenParticle && t.is("p") || t.kind == tokenWord && len(t.concepts) == 1 && t.is("stop") && t.to-t.from <= 6
		if !plain {
			break
		}
		i++
	}
	return i
}
