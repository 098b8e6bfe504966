package question

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
