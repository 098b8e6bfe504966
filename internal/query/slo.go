package query

import (
	"context"
	"math"
	"slices"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/query/measure"
	"github.com/braidotel/braid/internal/slo"
)

// objective is the availability promised where nobody said otherwise, in percent.
const objective = 99.9

// sloStatus says how much of the error budget is left: of the objectives that the documents hold, or else of a default one.
func sloStatus(ctx context.Context, in *inquiry) error {
	list, errs := in.engine.objectives()
	if service := in.q.Filters.Service; service != "" {
		list = slices.DeleteFunc(slices.Clone(list), func(o *slo.Objective) bool { return o.Service != service })
	}
	if len(list) > 0 {
		found, err := in.standing(ctx, list[:min(len(list), maxObjectives)])
		if err != nil {
			return err
		}
		if slices.ContainsFunc(found, func(k kept) bool { return !math.IsNaN(k.Reached) }) {
			in.tellPromises(found, errs)
			return nil
		}
	}
	return defaultStatus(ctx, in)
}

// defaultStatus is of the availability of what there is.
func defaultStatus(ctx context.Context, in *inquiry) error {
	var total, services *reading
	g, gctx := group(ctx)
	g.Go(func() (err error) { total, err = in.read(gctx, "availability", in.cut(), in.q.Range); return err })
	g.Go(func() (err error) {
		services, err = in.read(gctx, "availability", in.cut(measure.Service), in.q.Range)
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	if total.empty() {
		return lacking([]string{"availability"})
	}
	name := in.label("metric", "availability")
	if where := in.where(); where != "" {
		name = in.text("common.of", with{"@who": where, "@what": name})
	}
	id := in.figure("availability", name, total)
	promised := in.fact(answer.Fact{ID: "objective", Name: in.phrase("slo.objective"), Value: objective, Unit: "%", Text: "99.9 %", Window: window(in.q.Range), Source: "default objective"})
	left := in.fact(answer.Fact{ID: "budget", Name: in.phrase("slo.budget"), Value: budget(total.one()), Unit: "%", Window: window(in.q.Range), Source: "(availability − objective) ÷ (100 − objective)"})
	in.answer.Key = []string{id, left, promised}
	key := "slo.kept"
	if total.one() < objective {
		key = "slo.broken"
	}
	in.headline(key, with{"now": id, "left": left, "objective": promised})
	in.note("slo.default", nil)
	in.sloTable(services)
	in.follow("compare.follow_why", "top.follow_errors")
	return nil
}

// budget is how much of what may fail has not failed yet, in percent; never less than nothing.
func budget(availability float64) float64 {
	return max(0, 100*(availability-objective)/(100-objective))
}

func (in *inquiry) sloTable(services *reading) {
	if services.empty() {
		return
	}
	rows := slices.Clone(services.rows)
	slices.SortStableFunc(rows, func(a, b row) int { return compareDesc(b.value, a.value) })
	t := answer.Table{Title: in.phrase("common.by_service"), Total: len(rows), Truncated: len(rows) > maxRows, Columns: []answer.Column{
		in.column("common.service", ""), in.column(in.label("metric", "availability"), "%"), in.column("slo.budget", "%")}}
	for i, r := range rows[:min(len(rows), maxRows)] {
		t.Rows = append(t.Rows, []answer.Cell{called(r.names[0], ""), in.cell(r.value, "%"), in.cell(budget(r.value), "%")})
		if r.value < objective && i < 5 {
			id := in.fact(answer.Fact{ID: "service" + place(i), Name: in.text("common.of", with{"@who": r.names[0], "@what": in.label("metric", "availability")}), Value: r.value, Unit: "%", Window: window(services.window), Source: services.query})
			in.find(answer.SeverityWarning, 100-r.value, nil, "slo.service", with{"@who": r.names[0], "now": id})
		}
	}
	in.answer.Tables = append(in.answer.Tables, t)
}
