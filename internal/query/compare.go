package query

import (
	"context"
	"math"
	"net/url"
	"slices"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/query/measure"
	"github.com/braidotel/braid/internal/query/wording"
	"github.com/braidotel/braid/internal/question"
)

// compared is one figure now and then.
type compared struct {
	id        string // of the measure, and of its fact
	now, then *reading
}

// usage is what "system usage" means to an operator beside what hosts are used of.
var usage = []string{"throughput", "latency_p95", "error_rate"}

// compare answers how a time stands beside another, or beside what is usual.
func compare(ctx context.Context, in *inquiry) error {
	ids := measure.Expand(in.q.Metrics)
	if slices.Contains(in.q.Metrics, "system_usage") {
		for _, id := range usage {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	all := make([]compared, len(ids))
	var services, regions [2]*reading
	var charts []answer.Chart
	g, gctx := group(ctx)
	for i, id := range ids {
		all[i].id = id
		g.Go(func() (err error) { return in.compareOne(gctx, &all[i]) })
	}
	g.Go(func() (err error) { services, err = in.both(gctx, ids[0], measure.Service); return err })
	g.Go(func() (err error) { regions, err = in.both(gctx, ids[0], measure.Region); return err })
	g.Go(func() (err error) { charts, err = in.overlays(gctx, ids); return err })
	if err := g.Wait(); err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(c compared) bool { return !c.now.empty() }) {
		return lacking(ids)
	}
	in.compareFacts(all)
	in.compareSentences(all)
	in.compareTable(all)
	in.places("common.by_service", services, func(name string) string { return "/sessions?service=" + url.QueryEscape(name) })
	in.places("common.by_region", regions, func(name string) string { return "/sessions?region=" + url.QueryEscape(name) })
	in.answer.Charts = charts
	in.follow("compare.follow_why", "compare.follow_week", "compare.follow_capacity")
	return nil
}

func (in *inquiry) compareOne(ctx context.Context, c *compared) (err error) {
	if c.now, err = in.read(ctx, c.id, in.cut(), in.q.Range); err != nil {
		return err
	}
	if err = in.judge(ctx, c.now); err != nil || in.q.CompareTo.IsZero() {
		return err
	}
	c.then, err = in.read(ctx, c.id, in.cut(), in.q.CompareTo)
	return err
}

// both reads a figure by a dimension, now and then.
func (in *inquiry) both(ctx context.Context, id string, by measure.Dim) (out [2]*reading, err error) {
	cut := in.cut(by)
	if out[0], err = in.read(ctx, id, cut, in.q.Range); err != nil || in.q.CompareTo.IsZero() {
		return out, err
	}
	out[1], err = in.read(ctx, id, cut, in.q.CompareTo)
	return out, err
}

// when says the time compared with in words.
func (in *inquiry) when() string {
	if in.q.Compare.Kind == question.CompareExpr {
		return in.label(question.ClassTime, in.q.Compare.Expr.String())
	}
	return in.label(question.ClassCompare, in.q.Compare.String())
}

func (in *inquiry) compareFacts(all []compared) {
	for _, c := range all {
		name := in.label(question.ClassMetric, c.id)
		if c.now.empty() {
			in.lacks(name)
			continue
		}
		in.figure(c.id, name, c.now)
		if then := c.then.one(); !math.IsNaN(then) {
			in.versus(c.id, then, in.when(), window(in.q.CompareTo))
		} else if !in.q.CompareTo.IsZero() {
			in.answer.Quality.Complete = false
			in.note("compare.no_then", with{"@what": name, "@when": in.when()})
		}
		if len(in.answer.Key) < 4 {
			in.answer.Key = append(in.answer.Key, c.id)
		}
	}
}

// figure adds a reading's only value as a fact, with what is usual.
func (in *inquiry) figure(id, name string, r *reading) string {
	return in.fact(answer.Fact{
		ID: id, Name: name, Value: r.one(), Unit: r.measure.Unit, Window: window(r.window), Source: r.query, Usual: r.usual(),
	})
}

// compareSentences write the headline from the first two figures and a finding of each that is worth one.
func (in *inquiry) compareSentences(all []compared) {
	said := 0
	for _, c := range all {
		f := in.get(c.id)
		if f == nil {
			continue
		}
		if said < 2 {
			if said > 0 {
				in.answer.Headline = append(in.answer.Headline, answer.Piece{Text: " "})
			}
			in.answer.Headline = append(in.answer.Headline, in.sentence(f)...)
			said++
		}
		in.unusual(f, c.now.measure)
	}
	in.diverging()
}

// sentence says how a figure stands beside what it is compared with.
func (in *inquiry) sentence(f *answer.Fact) answer.Text {
	w := with{"@what": f.Name, "now": f.ID, "then": f.Then, "change": f.Change, "@when": in.when()}
	switch {
	case f.Then != "":
		key := "compare." + direction(f.Value, in.get(f.Then).Value)
		if key != "compare.same" {
			key += kindOf(f.Unit)
		}
		if f.Change == "" {
			key = "compare.from_nothing"
		}
		return in.say(key, w)
	case f.Usual != nil && in.q.Compare.Kind == question.CompareBaseline:
		return in.say("compare."+aside(f)+"_usual", in.withUsual(f, w))
	}
	return in.say("compare.only_now", w)
}

// kindOf tells how a difference of such a unit is spoken of: as more, or as higher.
func kindOf(unit string) string {
	switch unit {
	case "{user}", "{session}", "{failure}", "{event}", "{request}":
		return "_count"
	}
	return "_level"
}

// steady is the greatest difference, in percent, that is called none.
const steady = 2

func direction(now, then float64) string {
	percent := 0.0
	if then != 0 {
		percent = 100 * (now - then) / math.Abs(then)
	} else if now > 0 {
		percent = 100
	}
	switch {
	case percent >= steady:
		return "up"
	case percent <= -steady:
		return "down"
	}
	return "same"
}

// aside tells on which side of its usual band a figure lies.
func aside(f *answer.Fact) string {
	switch {
	case f.Value > f.Usual.High:
		return "above"
	case f.Value < f.Usual.Low:
		return "below"
	}
	return "within"
}

// withUsual adds the median of what is usual as a fact.
func (in *inquiry) withUsual(f *answer.Fact, w with) with {
	id := f.ID + ".usual"
	if in.get(id) == nil {
		median, unit, name, win := f.Usual.Median, f.Unit, f.Name, f.Window
		in.fact(answer.Fact{ID: id, Name: name + ", " + in.phrase("common.usual"), Value: median, Unit: unit, Window: win, Source: "braid.baseline"})
	}
	w["usual"] = id
	return w
}

// unusual adds a finding where a figure is outside of its usual band, or near its limit.
func (in *inquiry) unusual(f *answer.Fact, m *measure.Measure) {
	value, id, name, usual := f.Value, f.ID, f.Name, f.Usual
	if m.Limit > 0 && m.Worse == measure.WorseUp && value >= m.Limit {
		in.find(answer.SeverityCritical, value/m.Limit, nil, "compare.over_limit", with{"@what": name, "now": id, "limit": in.limit(id, name, m)})
		return
	}
	if usual == nil {
		return
	}
	side := aside(f)
	if side == "within" {
		return
	}
	severity := answer.SeverityInfo
	if side == "above" && m.Worse == measure.WorseUp || side == "below" && m.Worse == measure.WorseDown || m.Worse == measure.WorseNeither {
		severity = answer.SeverityWarning
	}
	in.find(severity, distance(value, usual), nil, "compare.is_"+side, in.withUsual(f, with{"@what": name, "now": id}))
}

// limit adds where trouble begins as a fact.
func (in *inquiry) limit(id, name string, m *measure.Measure) string {
	limit := id + ".limit"
	if in.get(limit) == nil {
		in.fact(answer.Fact{ID: limit, Name: in.text("common.limit_of", with{"@what": name}), Value: m.Limit, Unit: m.Unit, Window: answer.Window{Start: in.now, End: in.now}, Source: "braid"})
	}
	return limit
}

// distance is how far a value is from its usual median, in half widths of the band.
func distance(v float64, usual *answer.Band) float64 {
	half := max((usual.High-usual.Low)/2, 1e-9)
	return math.Abs(v-usual.Median) / half
}

// diverges is the least change, in percent, by which people and load go apart.
const diverges = 10

// diverging tells when fewer people cause more load, or more people less of it: then the requests are not the usual ones.
func (in *inquiry) diverging() {
	users, cpu := in.get("concurrent_users"), in.get("cpu")
	if users == nil || cpu == nil || users.Change == "" || cpu.Change == "" {
		return
	}
	up := func(f *answer.Fact) float64 { return 100 * (f.Value/in.get(f.Then).Value - 1) }
	if up(users) <= -diverges && up(cpu) >= diverges {
		in.find(answer.SeverityWarning, up(cpu), nil, "compare.load_without_users", with{"users": users.Change, "cpu": cpu.Change})
	}
}

// compareTable lists every figure.
func (in *inquiry) compareTable(all []compared) {
	t := answer.Table{Title: in.phrase("compare.table"), Columns: []answer.Column{
		in.column("common.figure", ""), in.column("common.now", "1"), in.column("common.then", "1"), in.column("common.change_column", "%"), in.column("common.usual", "1"),
	}}
	for _, c := range all {
		if c.now.empty() {
			continue
		}
		unit := c.now.measure.Unit
		cells := []answer.Cell{called(in.label(question.ClassMetric, c.id), ""), in.cell(c.now.one(), unit), in.cell(c.then.one(), unit),
			in.changeCell(c.now.one(), c.then.one(), unit), in.bandCell(c.now.usual(), unit)}
		t.Rows = append(t.Rows, cells)
	}
	in.answer.Tables = append(in.answer.Tables, t)
}

func (in *inquiry) bandCell(b *answer.Band, unit string) answer.Cell {
	if b == nil {
		return answer.Cell{Text: "–"}
	}
	return answer.Cell{Text: wording.Figure(b.Low, unit, in.lang) + " – " + wording.Figure(b.High, unit, in.lang), Value: &b.Median}
}

// maxRows bounds a table.
const maxRows = 20

// places adds a table of a figure by service or region, the greatest change first.
func (in *inquiry) places(title string, both [2]*reading, path func(string) string) {
	now, then := both[0], both[1]
	if now.empty() {
		return
	}
	rows := slices.Clone(now.rows)
	slices.SortStableFunc(rows, func(a, b row) int {
		return compareDesc(weigh(a.value, then.of(a.names[0])), weigh(b.value, then.of(b.names[0])))
	})
	unit := now.measure.Unit
	t := answer.Table{Title: in.title(title), Total: len(rows), Columns: []answer.Column{
		in.column("common.place", ""), in.column("common.now", unit), in.column("common.then", unit), in.column("common.change_column", "%"),
	}}
	for _, r := range rows[:min(len(rows), maxRows)] {
		was := then.of(r.names[0])
		t.Rows = append(t.Rows, []answer.Cell{called(in.region(r.names[0]), path(r.names[0])), in.cell(r.value, unit), in.cell(was, unit), in.changeCell(r.value, was, unit)})
	}
	t.Truncated = len(rows) > len(t.Rows)
	in.answer.Tables = append(in.answer.Tables, t)
}

// weigh is how remarkable a change is: by its size, where there is anything to compare with.
func weigh(now, then float64) float64 {
	if math.IsNaN(then) {
		return 0
	}
	return math.Abs(now - then)
}

func compareDesc(a, b float64) int {
	switch {
	case a > b:
		return -1
	case a < b:
		return 1
	}
	return 0
}
