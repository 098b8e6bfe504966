package question

import (
	"slices"
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
	if !ok && (from || since && (i+1 >= len(r.tokens) || r.class(i+1, "day") != "")) { // bare hours: "since 11", "between 9 and 10"
		n, ok = r.expression(start)
	}
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
	if last.Before(first) && to.expr.Kind == ExprWeekday { // Monday to Wednesday, asked on a Wednesday
		last = last.AddDate(0, 0, 7)
	}
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
