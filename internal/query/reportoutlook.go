package query

import (
	"context"
	"math"
	"slices"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/question"
)

// executive are the figures and curves that those who decide get; operators get the rest of reported and drawn as well.
var executive = []string{"requests", "error_rate", "throughput", "concurrent_users"}

// shown are those of a report's figures or curves that are for its readers.
func (in *inquiry) shown(all []string) []string {
	if in.audience() == operators {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(id string) bool { return !slices.Contains(executive, id) })
}

// outlook finds what may run out, the scarcest first.
func (in *inquiry) outlook(ctx context.Context) ([]*resource, error) {
	all := make([]*resource, len(resources))
	g, gctx := group(ctx)
	for i, r := range resources {
		g.Go(func() (err error) { all[i], err = in.resource(gctx, r.id); return err })
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(r *resource) bool { return r == nil })
	slices.SortStableFunc(all, func(a, b *resource) int { return compareDesc(a.danger(), b.danger()) })
	return all, nil
}

// reportOutlook ends a report: what comes, by the resource nearest to its limit.
func (in *inquiry) reportOutlook(all []*resource) {
	if len(all) == 0 {
		return
	}
	top := all[0]
	what := in.text("common.of", with{"@who": top.name, "@what": in.label("metric", top.id)})
	past := answer.Window{Start: in.now.Add(-lookBack), End: in.now}
	peak := in.fact(answer.Fact{ID: "outlook.peak", Name: in.text("capacity.peak_of", with{"@what": what}), Value: top.peak, Unit: "%", Window: past, Source: top.reading.query})
	limit := in.fact(answer.Fact{ID: "outlook.limit", Name: in.text("common.limit_of", with{"@what": what}), Value: top.limit, Unit: "%", Window: past, Source: "seasonality::limits"})
	slots := with{"@what": in.label("metric", top.id), "@host": top.name, "peak": peak, "limit": limit}
	severity, key := answer.SeverityInfo, "report.outlook_room"
	if top.peak >= top.limit {
		severity, key = answer.SeverityWarning, "report.outlook_full"
	}
	if !math.IsNaN(top.probability) {
		day := answer.Window{Start: in.now, End: in.now.Add(ahead[len(ahead)-1])}
		slots["horizon"] = in.fact(answer.Fact{ID: "outlook.horizon", Name: in.phrase("capacity.horizon"), Value: day.End.Sub(day.Start).Seconds(), Unit: "s", Window: day, Source: "seasonality::horizons"})
		slots["probability"] = in.fact(answer.Fact{ID: "outlook.probability", Name: in.text("capacity.probability_of", with{"@what": what}), Value: round(top.probability), Unit: "%", Window: day, Source: "braid.threshold.probability"})
		in.find(severity, -1, nil, "report.outlook_chance", slots)
	}
	in.find(severity, -0.5, nil, key, slots)
	in.capacityTable(all)
	in.answer.Tables[len(in.answer.Tables)-1].Title = in.phrase("report.outlook")
}

// reportDone lists the actions that were decided about within a report's time, with what became of them.
func (in *inquiry) reportDone(decided []Approval, w question.Interval) {
	t := answer.Table{Title: in.phrase("report.done"), Columns: []answer.Column{
		in.column("common.time", ""), in.column("approvals.action", ""), in.column("report.decided_by", ""), in.column("common.status", ""),
	}}
	for i := range decided {
		a := &decided[i]
		if a.Proposed.Before(w.Start) || !a.Proposed.Before(w.End) || len(t.Rows) >= maxRows {
			continue
		}
		t.Rows = append(t.Rows, []answer.Cell{
			called(in.clock(a.Proposed), ""), {Text: a.Action, Link: &answer.Link{Label: in.phrase("common.confirm_action_link"), Path: "/approvals"}},
			called(a.DecidedBy, ""), called(in.phrase("report.action_"+a.Status), ""),
		})
	}
	if len(t.Rows) > 0 {
		in.answer.Tables = append(in.answer.Tables, t)
	}
}
