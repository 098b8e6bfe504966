package query

import (
	"cmp"
	"context"
	"slices"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/measure"
)

// businessImpact says how many transactions failed, whom that hit and what it may have cost.
func businessImpact(ctx context.Context, in *inquiry) error {
	var failed, done, value, kinds *reading
	var where *reading
	var events []history.Event
	w := history.Window{From: in.q.Range.Start, To: in.q.Range.End}
	g, gctx := group(ctx)
	g.Go(func() (err error) { failed, err = in.read(gctx, "payments_failed", in.cut(), in.q.Range); return err })
	g.Go(func() (err error) { done, err = in.read(gctx, "payments", in.cut(), in.q.Range); return err })
	g.Go(func() (err error) {
		value, err = in.read(gctx, "business_value", in.cut(measure.Currency), in.q.Range)
		return err
	})
	g.Go(func() (err error) {
		kinds, err = in.read(gctx, "business_count", in.cut(measure.Event, measure.Outcome), in.q.Range)
		return err
	})
	g.Go(func() (err error) {
		where, err = in.read(gctx, "payments_failed", in.cut(measure.Service), in.q.Range)
		return err
	})
	g.Go(func() (err error) {
		events, err = in.engine.incidents(gctx, in.records, in.tenant, "all", w, 20)
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	people, partly, err := in.affected(ctx, w, where)
	if err != nil {
		return err
	}
	if failed.empty() && done.empty() && people == 0 && len(events) == 0 {
		return lacking([]string{"payments_failed"})
	}
	if partly {
		in.note("common.truncated", nil)
	}
	in.impactFacts(failed, done, value, people, events)
	in.kindTable(kinds)
	in.follow("compare.follow_why", "cause.follow_slow")
	return nil
}

// failuresRead is how many failed traces are read to tell whom they hit.
const failuresRead = 300

// affected counts the people of failed traces in which a service failed whose transactions are counted, or any service where
// none are: a mistyped password is nobody's failed payment. partly tells that there are more failures than traces of them.
func (in *inquiry) affected(ctx context.Context, w history.Window, where *reading) (people int, partly bool, err error) {
	page, err := in.records.Traces(ctx, history.TraceQuery{Tenant: in.tenant, Window: w, FailedOnly: true, Limit: failuresRead})
	if err != nil {
		return 0, false, err
	}
	traces := make([]history.Trace, len(page.Items))
	g, gctx := group(ctx)
	for i := range page.Items {
		g.Go(func() (err error) {
			traces[i], _, err = in.records.Trace(gctx, in.tenant, page.Items[i].ID)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return 0, false, err
	}
	counted, found := 0.0, 0
	services := map[string]bool{}
	for _, r := range where.rowsOr() {
		counted += r.value
		services[r.names[0]] = services[r.names[0]] || r.value > 0
	}
	hit := map[string]bool{}
	for i := range traces {
		t := &traces[i]
		if !slices.ContainsFunc(t.Spans, func(s history.Span) bool {
			return s.Failed && (s.Kind == "server" || s.Kind == "consumer") && (len(services) == 0 || services[s.Service])
		}) {
			continue
		}
		found++
		if who := cmp.Or(t.User, t.Session); who != "" {
			hit[who] = true
		}
	}
	return len(hit), page.Truncated || float64(found) < counted, nil
}

func (in *inquiry) impactFacts(failed, done, value *reading, people int, events []history.Event) {
	win := window(in.q.Range)
	add := func(id string, v float64, unit, source string) {
		in.answer.Key = append(in.answer.Key, in.fact(answer.Fact{ID: id, Name: in.phrase("impact." + id), Value: v, Unit: unit, Window: win, Source: source}))
	}
	n := orZero(failed.one())
	if !failed.empty() || !done.empty() {
		add("failed", n, "{failure}", "braid.business.count")
		if total := n + orZero(done.one()); total > 0 {
			add("share", 100*n/total, "%", "braid.business.count")
		}
	}
	affected := float64(people)
	for i := range events {
		affected = max(affected, float64(attributes(events[i].Attributes).count(incidentUsers)))
	}
	add("affected", affected, "{user}", "failed traces and incidents")
	for _, s := range value.rowsOr() {
		currency := s.names[0]
		if currency == "" {
			currency = in.engine.options.Currency
		}
		count := orZero(done.one())
		if count == 0 {
			continue
		}
		add("mean", s.value/count, currency, "braid.business.value ÷ braid.business.count")
		add("risk", n*s.value/count, currency, "failed × mean")
		break // one currency at a time: sums of several are none
	}
	slots := with{"failed": "failed", "affected": "affected", "risk": "risk", "share": "share"}
	switch {
	case in.get("failed") == nil:
		in.headline("impact.people_only", slots)
	case n == 0:
		in.headline("impact.none", slots)
	case in.get("risk") != nil:
		in.headline("impact.headline", slots)
	default:
		in.headline("impact.headline_count", slots)
	}
	if f := in.get("share"); f != nil && f.Value >= failsFrom {
		in.find(answer.SeverityCritical, f.Value, nil, "impact.share_is", slots)
	}
}

// kindTable lists business events by kind and outcome.
func (in *inquiry) kindTable(kinds *reading) {
	t := answer.Table{Title: in.phrase("impact.table"), Columns: []answer.Column{in.column("impact.kind", ""), in.column("impact.outcome", ""), in.column("impact.count", "{event}")}}
	for _, r := range kinds.rowsOr() {
		if r.value > 0 && len(t.Rows) < maxRows {
			t.Rows = append(t.Rows, []answer.Cell{called(r.names[0], ""), called(r.names[1], ""), in.cell(r.value, "{event}")})
		}
	}
	if len(t.Rows) > 0 {
		in.answer.Tables = append(in.answer.Tables, t)
	}
}
