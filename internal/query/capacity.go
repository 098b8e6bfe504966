package query

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/query/measure"
	"github.com/braidotel/braid/internal/query/wording"
	"github.com/braidotel/braid/internal/question"
)

// resource is what may run out, somewhere.
type resource struct {
	id, name    string  // of the measure, and of the host it is nearest to its limit at
	now, peak   float64 // at that host; peak of the last days
	limit       float64
	probability float64       // of passing the limit within the horizon
	timeTo      time.Duration // until that is more likely than not; 0 where it is not foreseen
	growth      float64       // a week, in points
	reading     *reading
}

// resources that forecasts are made of, and the metric of telemetry behind each.
var resources = []struct{ id, metric string }{
	{"cpu", "system.cpu.utilization"}, {"memory", "system.memory.utilization"}, {"disk", "system.filesystem.utilization"},
}

const (
	defaultLimit = 90
	// likely is the probability, in percent, from which more is advised; possible, from which a look is.
	likely   = 50
	possible = 20
	// scarce is the peak from which more is advised without a forecast.
	scarce = 80
	// lookBack is the time whose peak counts, and over which growth is measured.
	lookBack = 7 * 24 * time.Hour
)

// capacityForecast says which resource passes its limit when and how likely, and what room this hour's peak leaves.
func capacityForecast(ctx context.Context, in *inquiry) error {
	ids := measure.Expand(in.q.Metrics)
	ids = slices.DeleteFunc(ids, func(id string) bool { return !isResource(id) })
	if len(ids) == 0 {
		for _, r := range resources {
			ids = append(ids, r.id)
		}
	}
	all := make([]*resource, len(ids))
	g, gctx := group(ctx)
	for i, id := range ids {
		g.Go(func() (err error) { all[i], err = in.resource(gctx, id); return err })
	}
	var chart *answer.Chart
	g.Go(func() (err error) { chart, err = in.outlookChart(gctx, ids[0]); return err })
	if err := g.Wait(); err != nil {
		return err
	}
	for i, r := range all {
		if r == nil {
			in.lacks(in.label("metric", ids[i]))
		}
	}
	all = slices.DeleteFunc(all, func(r *resource) bool { return r == nil })
	if len(all) == 0 {
		return lacking(ids)
	}
	slices.SortStableFunc(all, func(a, b *resource) int { return compareDesc(a.danger(), b.danger()) })
	in.capacityFacts(all)
	in.capacitySentences(all)
	in.capacityTable(all)
	if chart != nil {
		in.answer.Charts = append(in.answer.Charts, *chart)
	}
	in.follow("capacity.follow_users", "capacity.follow_region")
	return nil
}

func isResource(id string) bool {
	return slices.ContainsFunc(resources, func(r struct{ id, metric string }) bool { return r.id == id })
}

// danger orders resources: by probability, then by how near the peak is to the limit.
func (r *resource) danger() float64 { return 10*orZero(r.probability) + 100*r.peak/r.limit }

func orZero(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}

// resource finds where a resource is scarcest and what is foretold of it; nil without data.
func (in *inquiry) resource(ctx context.Context, id string) (*resource, error) {
	now, err := in.read(ctx, id, in.cut(measure.Host), question.Interval{Start: in.now.Add(-question.NowSpan), End: in.now})
	if err != nil || now.empty() {
		return nil, err
	}
	peaks, err := in.peaks(ctx, now)
	if err != nil {
		return nil, err
	}
	r := &resource{id: id, limit: now.measure.Limit, probability: math.NaN(), reading: now}
	if r.limit == 0 {
		r.limit = defaultLimit
	}
	if in.q.Args.ThresholdPct > 0 {
		r.limit = in.q.Args.ThresholdPct
	}
	for _, row := range now.rows {
		p := max(row.value, peaks[row.names[0]].highest)
		if r.name == "" || p > r.peak {
			r.name, r.now, r.peak, r.growth = row.names[0], row.value, p, peaks[row.names[0]].growth
		}
	}
	if m := in.q.Args.Multiplier; m > 0 {
		r.peak *= m
	}
	return r, in.foretell(ctx, r)
}

// trend is what the last days say of a host.
type trend struct{ highest, growth float64 }

// peaks reads the hourly means of the last days by host.
func (in *inquiry) peaks(ctx context.Context, now *reading) (map[string]trend, error) {
	const step = time.Hour
	times := grid(question.Interval{Start: in.now.Add(-lookBack), End: in.now}, step)
	curves, err := in.course(ctx, now.source.Curve(now.cut, step), now.source, now.cut, times, step)
	if err != nil {
		return nil, err
	}
	out := map[string]trend{}
	for _, c := range curves {
		t := trend{}
		if i := peak(c.values); i >= 0 {
			t.highest = *c.values[i]
		}
		half := len(c.values) / 2
		early, late := meanOf(c.values[:half]), meanOf(c.values[half:])
		if early > 0 && late > 0 && c.values[0] != nil {
			t.growth = 2 * (late - early)
		}
		out[c.names[0]] = t
	}
	return out, nil
}

func meanOf(values []*float64) float64 {
	sum, n := 0.0, 0.0
	for _, v := range values {
		if v != nil {
			sum, n = sum+*v, n+1
		}
	}
	if n == 0 {
		return 0
	}
	return sum / n
}

func (in *inquiry) capacityFacts(all []*resource) {
	for i, r := range all {
		id := r.id
		name := in.text("common.of", with{"@who": r.name, "@what": in.label("metric", r.id)})
		w, source := window(r.reading.window), r.reading.query
		in.fact(answer.Fact{ID: id, Name: name, Value: r.now, Unit: "%", Window: w, Source: source})
		past := answer.Window{Start: in.now.Add(-lookBack), End: in.now}
		in.fact(answer.Fact{ID: id + ".peak", Name: in.text("capacity.peak_of", with{"@what": name}), Value: r.peak, Unit: "%", Window: past, Source: source})
		in.fact(answer.Fact{ID: id + ".limit", Name: in.text("common.limit_of", with{"@what": name}), Value: r.limit, Unit: "%", Window: w, Source: "question or seasonality::limits"})
		in.fact(answer.Fact{ID: id + ".room", Name: in.text("capacity.room_of", with{"@what": name}), Value: max(0, r.limit-r.peak), Unit: wording.Points, Window: past, Source: id + ".limit − " + id + ".peak"})
		ahead := answer.Window{Start: in.now, End: in.q.Range.End}
		if !math.IsNaN(r.probability) {
			in.fact(answer.Fact{ID: id + ".probability", Name: in.text("capacity.probability_of", with{"@what": name}), Value: round(r.probability), Unit: "%", Window: ahead, Source: "braid.threshold.probability"})
		}
		if r.timeTo > 0 {
			in.fact(answer.Fact{ID: id + ".time", Name: in.text("capacity.time_of", with{"@what": name}), Value: r.timeTo.Seconds(), Unit: "s", Window: ahead, Source: "braid.threshold.time_to"})
		}
		if math.Abs(r.growth) >= 1 {
			in.fact(answer.Fact{ID: id + ".growth", Name: in.text("capacity.growth_of", with{"@what": name}), Value: r.growth, Unit: wording.Points, Text: wording.Signed(r.growth, wording.Points, in.lang), Window: past, Source: source})
		}
		if i == 0 {
			in.answer.Key = []string{id, id + ".peak", id + ".room"}
			if in.get(id+".probability") != nil {
				in.answer.Key = []string{id + ".probability", id + ".peak", id + ".room"}
			}
		}
	}
	if h := in.q.Range.End.Sub(in.now); h > 0 {
		in.fact(answer.Fact{ID: "horizon", Name: in.phrase("capacity.horizon"), Value: in.horizon().Seconds(), Unit: "s", Window: answer.Window{Start: in.now, End: in.now.Add(in.horizon())}, Source: "seasonality::emit::horizons"})
	}
}

func (in *inquiry) capacitySentences(all []*resource) {
	top := all[0]
	in.headline(in.advice(top), in.resourceSlots(top))
	for _, r := range all {
		w := in.resourceSlots(r)
		severity := answer.SeverityInfo
		switch {
		case orZero(r.probability) >= likely || r.now >= r.limit:
			severity = answer.SeverityCritical
		case orZero(r.probability) >= possible || r.peak >= scarce:
			severity = answer.SeverityWarning
		}
		in.find(severity, r.danger(), nil, "capacity.room", w)
		if in.get(r.id+".probability") != nil && in.get("horizon") != nil {
			in.find(severity, r.danger()-1, nil, "capacity.chance", w)
		}
		if in.get(r.id+".time") != nil {
			in.find(severity, r.danger()-2, nil, "capacity.when", w)
		}
		if in.get(r.id+".growth") != nil {
			in.find(answer.SeverityInfo, r.danger()-3, nil, "capacity.growth", w)
		}
	}
	switch asked := in.q.Args.ThresholdPct; {
	case !in.lore.metrics["braid_threshold_probability"]:
		in.note("common.bring", with{"@line": "processors: [seasonality]"})
	case asked > 0 && asked != defaultLimit && math.IsNaN(top.probability) && top.now < top.limit:
		in.note("common.bring", with{"@line": "seasonality::metrics::limits: {name: " + limitName(asked) + ", value: " + strconv.FormatFloat(asked/100, 'f', -1, 64) + "}"})
	}
}

// advice chooses what to say by what was asked and what is foreseen.
func (in *inquiry) advice(r *resource) string {
	foretold := !math.IsNaN(r.probability)
	switch ask := in.q.Args.Ask; {
	case ask == "time_to_threshold" && r.timeTo > 0:
		return "capacity.passes_in"
	case ask == "time_to_threshold" && r.now >= r.limit:
		return "capacity.passed"
	case ask == "time_to_threshold":
		return "capacity.passes_not"
	case ask == "probability" && foretold:
		return "capacity.probability"
	case ask == "probability" && r.now >= r.limit:
		return "capacity.passed"
	case ask == "probability":
		return "capacity.no_forecast"
	case in.q.Args.Multiplier > 0 && r.peak >= r.limit:
		return "capacity.multiplied_no"
	case in.q.Args.Multiplier > 0:
		return "capacity.multiplied_yes"
	case ask == "headroom":
		return "capacity.headroom"
	case r.now >= r.limit:
		return "capacity.now"
	case foretold && r.probability >= likely:
		return "capacity.needed"
	case foretold && r.probability >= possible || r.peak >= scarce:
		return "capacity.soon"
	}
	return "capacity.enough"
}

func (in *inquiry) resourceSlots(r *resource) with {
	return with{
		"@what": in.label("metric", r.id), "@host": r.name, "now": r.id, "peak": r.id + ".peak", "limit": r.id + ".limit", "room": r.id + ".room",
		"probability": r.id + ".probability", "time": r.id + ".time", "growth": r.id + ".growth", "horizon": "horizon",
	}
}

func (in *inquiry) capacityTable(all []*resource) {
	t := answer.Table{Title: in.phrase("capacity.table"), Columns: []answer.Column{
		in.column("common.figure", ""), in.column("common.host", ""), in.column("common.now", "%"), in.column("capacity.peak", "%"),
		in.column("capacity.limit", "%"), in.column("capacity.probability_column", "%"), in.column("capacity.time", "s"),
	}}
	for _, r := range all {
		timeTo := math.NaN()
		if r.timeTo > 0 {
			timeTo = r.timeTo.Seconds()
		}
		t.Rows = append(t.Rows, []answer.Cell{called(in.label("metric", r.id), ""), called(r.name, ""), in.cell(r.now, "%"), in.cell(r.peak, "%"), in.cell(r.limit, "%"),
			in.cell(r.probability, "%"), in.cell(timeTo, "s")})
	}
	in.answer.Tables = append(in.answer.Tables, t)
}

// outlookChart draws the last day of a resource and what is foretold of the next.
func (in *inquiry) outlookChart(ctx context.Context, id string) (*answer.Chart, error) {
	const step = 30 * time.Minute
	span := question.Interval{Start: in.now.Add(-24 * time.Hour), End: in.now}
	times := grid(span, step)
	past, err := in.draw(ctx, id, in.cut(), times, step)
	if err != nil || len(past) == 0 {
		return nil, err
	}
	m, _ := measure.Find(id)
	limit := m.Limit
	c := &answer.Chart{Title: in.label("metric", id), Kind: "line", Unit: m.Unit, Times: unix(times), Limit: &limit}
	c.Series = []answer.Series{{Name: in.phrase("common.now"), Style: "now", Values: past[0].values}}
	in.peakOf(c, times)
	return c, in.drawForecast(ctx, id, c)
}
