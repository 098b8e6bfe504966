package question

import (
	"slices"
	"time"
)

// A timeReading is which time is asked about and what it is compared with, with the nodes that said so.
type timeReading struct {
	time            Expr
	comparison      Comparison
	asked, compared *timeNode
}

// compares are the concepts that turn one of two times into what is compared with.
var compares = []string{"cue.vs", "cue.compare", "p.than", "time.sametime", "time.sameweekday", "cue.high", "cue.low", "cue.baseline", "cue.wow", "cue.dod", "cue.mom", "cue.yoy"}

// periodWords are comparisons said without naming the period before.
var periodWords = []struct {
	concept string
	period  Period
}{{"cue.wow", Period{Days: 7}}, {"cue.dod", Period{Days: 1}}, {"cue.mom", Period{Months: 1}}, {"cue.yoy", Period{Years: 1}}}

// readTimes decides the roles of the time expressions. Only a comparing question has a second one.
func readTimes(f *facts, nodes []timeNode, comparing bool, now time.Time) timeReading {
	var out timeReading
	if !comparing {
		if n := asked(nodes); n != nil {
			out.time, out.asked = n.expr, n
		}
		return out
	}
	index := -1
	if f.has("cue.baseline") {
		out.comparison = Comparison{Kind: CompareBaseline}
	} else {
		index = comparedNode(f, nodes)
	}
	var rest []timeNode
	for i := range nodes {
		if i == index {
			out.compared = &nodes[i]
		} else {
			rest = append(rest, nodes[i])
		}
	}
	if n := asked(rest); n != nil {
		out.time, out.asked = n.expr, n
	}
	if out.compared != nil {
		out.comparison = compareWith(out.compared, out.time, now)
		return out
	}
	for _, word := range periodWords {
		if f.has(word.concept) && out.comparison.Kind == CompareNone {
			out.comparison = Comparison{Kind: CompareShift, Shift: word.period}
		}
	}
	if out.comparison.Kind == CompareNone && f.has("time.sameweekday") {
		out.comparison = Comparison{Kind: CompareShift, Shift: Period{Days: 7}}
	}
	if out.comparison.Kind == CompareNone {
		out.comparison = Comparison{Kind: CompareBaseline} // "has it grown?" means: than it should be
	}
	return out
}

// asked is the time asked about: the most telling of several. "Now" beside another time only says "tell me now".
func asked(nodes []timeNode) *timeNode {
	var best *timeNode
	for i := range nodes {
		n := &nodes[i]
		if best == nil || best.expr.Kind == ExprNow || best.loose && !n.loose {
			best = n
		}
	}
	return best
}

// comparedNode gives the index of the time compared with: the one marked so (어제보다, vs last week, 어제 같은 시간),
// else the earliest, unless it is the present that stands alone.
func comparedNode(f *facts, nodes []timeNode) int {
	if i := slices.IndexFunc(nodes, func(n timeNode) bool { return n.same && !isPresent(n.expr) }); i >= 0 {
		return i
	}
	marked := func(n timeNode) bool {
		if isPresent(n.expr) {
			return false
		}
		after := n.to < len(f.tokens) && (f.tokens[n.to].is("p.than") || f.tokens[n.to].is("cue.vs") && f.tokens[n.to].korean)
		before := n.from > 0 && f.tokens[n.from-1].is("cue.vs") || n.from > 1 && f.tokens[n.from-2].is("cue.vs") && f.tokens[n.from-1].is("stop")
		return after || before && !f.tokens[n.from].korean
	}
	if i := slices.IndexFunc(nodes, marked); i >= 0 {
		return i
	}
	best := -1
	for i := range nodes {
		if isPresent(nodes[i].expr) {
			continue
		}
		if best < 0 || age(nodes[i].expr) > age(nodes[best].expr) {
			best = i
		}
	}
	return best
}

func isPresent(e Expr) bool {
	switch e.Kind {
	case ExprNow:
		return true
	case ExprDay, ExprWeek, ExprMonth, ExprQuarter, ExprYear:
		return e.N >= 0
	default:
		return e.Since
	}
}

// age orders expressions by how far back they reach, against a fixed clock.
func age(e Expr) time.Duration {
	now := time.Date(2026, 11, 18, 14, 30, 0, 0, time.UTC)
	at := e.Resolve(now)
	if at.IsZero() {
		return 0
	}
	return now.Sub(at.Start)
}

// compareWith turns the time compared with into a shift of the time asked about. A part of a day that differs from the
// one asked about cannot be a shift and is compared as it is.
func compareWith(n *timeNode, asked Expr, now time.Time) Comparison {
	e := n.expr
	if e.Part != nil && isMoment(asked) && e.Part.To-e.Part.From <= 60 && e.Part.From == now.Hour()*60+now.Minute() {
		e.Part = nil // "yesterday at 2:30 against now", asked at 2:30
	}
	if e.Part != nil && !samePart(e, asked) {
		return Comparison{Kind: CompareExpr, Expr: e}
	}
	if shift, ok := distance(e, asked, now); ok {
		return Comparison{Kind: CompareShift, Shift: shift}
	}
	return Comparison{Kind: CompareExpr, Expr: e}
}

func isMoment(e Expr) bool { return e.Kind == ExprNow || e.Kind == ExprDefault }

func samePart(e, asked Expr) bool { return asked.Part != nil && *asked.Part == *e.Part }

// distance is the period between the time compared with and the time asked about; false where it is not ahead of it.
func distance(e, asked Expr, now time.Time) (Period, bool) {
	units := 0
	if asked.Kind == e.Kind {
		units = asked.N
	}
	n := units - e.N
	switch e.Kind {
	case ExprWeek, ExprWeekend:
		return Period{Days: 7 * n}, n > 0
	case ExprMonth:
		if n%12 == 0 && isMoment(asked) { // the weekdays have to line up
			return Period{Years: n / 12}, n > 0
		}
		return Period{Months: n}, n > 0
	case ExprQuarter:
		return Period{Months: 3 * n}, n > 0
	case ExprYear:
		return Period{Years: n}, n > 0
	case ExprAgo, ExprLast:
		return e.Period.days(), true
	case ExprDay, ExprWeekday, ExprDate:
		day := midnight(now)
		if asked.Kind == ExprDay || asked.Kind == ExprWeekday || asked.Kind == ExprDate {
			day = asked.firstDay(now)
		}
		days := int(day.Sub(e.firstDay(now)).Round(24*time.Hour) / (24 * time.Hour))
		return Period{Days: days}, days > 0
	default:
		return Period{}, false
	}
}
