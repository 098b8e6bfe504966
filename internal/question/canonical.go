package question

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// relatives are the names of the periods around now, by their distance.
var relatives = map[string]int{"last": -1, "this": 0, "next": 1}

var units = map[string]ExprKind{"day": ExprDay, "week": ExprWeek, "weekend": ExprWeekend, "month": ExprMonth, "quarter": ExprQuarter, "year": ExprYear}

var named = map[string]Expr{
	"default": {}, "now": {Kind: ExprNow}, "today": {Kind: ExprDay}, "yesterday": {Kind: ExprDay, N: -1}, "since_deploy": {Kind: ExprSinceDeploy},
}

// ParseExpr reads the canonical form that Expr.String writes.
func ParseExpr(canonical string) (Expr, error) {
	text, since := strings.CutPrefix(canonical, "since:")
	base, part, narrowed := strings.Cut(text, "@")
	e, err := parseBase(base)
	if err != nil {
		return Expr{}, fmt.Errorf("time %q: %w", canonical, err)
	}
	e.Since = since
	if narrowed {
		if e.Part, err = parsePart(part); err != nil {
			return Expr{}, fmt.Errorf("time %q: %w", canonical, err)
		}
	}
	return e, nil
}

func parseBase(base string) (Expr, error) {
	if e, ok := named[base]; ok {
		return e, nil
	}
	if first, last, ok := strings.Cut(base, ".."); ok {
		return parseSpan(first, last)
	}
	if distance, unit, ok := strings.Cut(base, "_"); ok {
		n, known := relatives[distance]
		kind, is := units[unit]
		if known && is {
			return Expr{Kind: kind, N: n}, nil
		}
	}
	word, rest, _ := strings.Cut(base, ":")
	switch word {
	case "last", "next", "ago":
		period, err := parsePeriod(rest)
		return Expr{Kind: map[string]ExprKind{"last": ExprLast, "next": ExprNext, "ago": ExprAgo}[word], Period: period}, err
	case "date":
		day, err := time.Parse(time.DateOnly, rest)
		return Expr{Kind: ExprDate, Date: day}, err
	case "weekday":
		name, distance, _ := strings.Cut(rest, ":")
		for i, day := range dayNames {
			if day == name {
				n, err := distant(distance)
				return Expr{Kind: ExprWeekday, Weekday: time.Weekday(i), N: n}, err
			}
		}
	}
	if kind, ok := units[word]; ok && rest != "" {
		n, err := distant(rest)
		return Expr{Kind: kind, N: n}, err
	}
	return Expr{}, fmt.Errorf("%q is no time expression such as today, last_week or last:PT1H", base)
}

// distant reads how many units away something is.
func distant(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err == nil && (n > maxUnits || n < -maxUnits) {
		err = fmt.Errorf("%d is too far away", n)
	}
	return n, err
}

func parseSpan(first, last string) (Expr, error) {
	e, err := parseBase(first)
	if err != nil {
		return Expr{}, err
	}
	to, err := parseBase(last)
	if err != nil {
		return Expr{}, err
	}
	if e.Kind != ExprDate || to.Kind != ExprDate {
		return Expr{}, errors.New("a span goes from one date to another")
	}
	e.Kind, e.To = ExprSpan, &to
	return e, nil
}

func parsePart(text string) (*Part, error) {
	first, last, ranged := strings.Cut(text, "-")
	from, err := minutes(first)
	if err != nil {
		return nil, err
	}
	to := from + 60
	if ranged {
		if to, err = minutes(last); err != nil {
			return nil, err
		}
	}
	if to <= from {
		return nil, fmt.Errorf("%q ends before it begins", text)
	}
	return &Part{From: from, To: to}, nil
}

func minutes(clock string) (int, error) {
	hour, minute, ok := strings.Cut(clock, ":")
	h, errHour := strconv.Atoi(hour)
	m, errMinute := strconv.Atoi(minute)
	if !ok || errHour != nil || errMinute != nil || h < 0 || m < 0 || m > 59 || h*60+m > 24*60 {
		return 0, fmt.Errorf("%q is no time of day such as 14:30", clock)
	}
	return h*60 + m, nil
}

// ParseComparison reads the canonical form that Comparison.String writes.
func ParseComparison(canonical string) (Comparison, error) {
	switch kind, rest, _ := strings.Cut(canonical, ":"); kind {
	case "":
		return Comparison{}, nil
	case "baseline":
		return Comparison{Kind: CompareBaseline}, nil
	case "before_deploy":
		return Comparison{Kind: CompareBeforeDeploy}, nil
	case "shift":
		period, err := parsePeriod(rest)
		return Comparison{Kind: CompareShift, Shift: period}, err
	case "expr":
		e, err := ParseExpr(rest)
		return Comparison{Kind: CompareExpr, Expr: e}, err
	}
	return Comparison{}, fmt.Errorf("%q is no comparison such as shift:P1D or baseline", canonical)
}

// Class is what kind of canonical value a Label is of.
type Class string

// The classes.
const (
	ClassIntent  Class = "intent"
	ClassMetric  Class = "metric"
	ClassTime    Class = "time"
	ClassCompare Class = "compare"
	ClassName    Class = "name" // of a filter or an argument
	ClassReason  Class = "reason"
)

// Label says a canonical value in words; the value itself where there are none for it.
func (p *Parser) Label(class Class, value string, lang Language) string {
	switch class {
	case ClassIntent:
		return or(p.labels.Intents, value, lang)
	case ClassMetric:
		return or(p.labels.Metrics, value, lang)
	case ClassTime:
		base, part, _ := strings.Cut(value, "@")
		return strings.TrimSpace(or(p.labels.Times, base, lang) + " " + part)
	case ClassCompare:
		return or(p.labels.Compares, value, lang)
	case ClassName:
		return or(p.labels.Names, value, lang)
	case ClassReason:
		return or(p.labels.Reasons, value, lang)
	}
	return value
}

// Suggestions are questions that can be asked, all there are, in a fixed order.
func (p *Parser) Suggestions(lang Language) []string {
	out := make([]string, 0, len(p.labels.Suggestions))
	for _, s := range p.labels.Suggestions {
		if lang == Korean {
			out = append(out, s.Ko)
		} else {
			out = append(out, s.En)
		}
	}
	return out
}
