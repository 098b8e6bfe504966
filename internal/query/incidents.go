package query

import (
	"cmp"
	"context"
	"slices"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/question"
)

// incidents lists or counts incidents.
func incidents(ctx context.Context, in *inquiry) error {
	status := in.q.Args.Status
	if status == "" {
		status = "open"
	}
	w := history.Window{From: in.q.Range.Start, To: in.q.Range.End}
	if status == "open" {
		w = history.Window{}
	}
	events, err := in.engine.incidents(ctx, in.records, in.tenant, status, w, history.MaxLimit)
	if err != nil {
		return err
	}
	if in.q.Filters.Service != "" {
		events = slices.DeleteFunc(events, func(e history.Event) bool { return !slices.Contains(asIncident(&e).Services, in.q.Filters.Service) })
	}
	if in.q.Args.Sort == "severity" {
		slices.SortStableFunc(events, func(a, b history.Event) int { return cmp.Compare(b.Severity, a.Severity) })
	}
	users := 0.0
	for i := range events {
		users += float64(attributes(events[i].Attributes).count(incidentUsers))
	}
	win := window(in.q.Range)
	n := in.fact(answer.Fact{ID: "incidents", Name: in.phrase("incidents.name"), Value: float64(len(events)), Unit: "{incident}", Window: win, Source: "incidents"})
	in.answer.Key = []string{n}
	if len(events) == 0 {
		in.headline("incidents.none_"+status, nil)
		in.unusualInstead(ctx)
		in.follow("compare.follow_why")
		return nil
	}
	in.answer.Key = append(in.answer.Key, in.fact(answer.Fact{ID: "affected", Name: in.phrase("incident.users"), Value: users, Unit: "{user}", Window: win, Source: "incidents"}))
	in.headline("incidents.some_"+status, with{"n": n, "@when": in.rangeText(), "@first": in.about(&events[0])})
	t := answer.Table{Title: in.phrase("incidents.name"), Total: len(events), Truncated: len(events) > maxRows, Columns: []answer.Column{
		in.column("common.severity", ""), in.column("common.what", ""), in.column("common.cause", ""), in.column("common.status", ""), in.column("common.started", ""),
		in.column("common.lasted", "s"), in.column("incident.users", "{user}"), in.column("incident.alerts", "{alert}"),
	}}
	for i := range events[:min(len(events), maxRows)] {
		x := asIncident(&events[i])
		end := x.End
		if x.Status == "open" {
			end = in.now
		}
		t.Rows = append(t.Rows, []answer.Cell{called(in.phrase("incidents."+string(x.Severity)), ""), called(in.about(&events[i]), "/incidents/"+x.ID), called(in.cause(&events[i]), ""), called(in.phrase("incidents."+x.Status), ""),
			called(in.clock(x.Start), ""), in.cell(end.Sub(x.Start).Seconds(), "s"), in.cell(float64(x.Users), "{user}"), in.cell(float64(x.Alerts), "{alert}")})
	}
	in.answer.Tables = append(in.answer.Tables, t)
	in.follow("compare.follow_why", "impact.follow")
	return nil
}

// unusualInstead tells of unusual series where there is no incident: what is not grouped yet.
func (in *inquiry) unusualInstead(ctx context.Context) {
	list, err := in.episodes(ctx, question.Interval{Start: in.now.Add(-question.NowSpan), End: in.now})
	if err == nil {
		in.tellEpisodes(list)
	}
}

// alertNoise says how many alerts became how few incidents.
func alertNoise(ctx context.Context, in *inquiry) error {
	w := history.Window{From: in.q.Range.Start, To: in.q.Range.End}
	events, err := in.engine.incidents(ctx, in.records, in.tenant, "all", w, history.MaxLimit)
	if err != nil {
		return err
	}
	anomalies, err := in.records.CountEvents(ctx, history.EventQuery{Tenant: in.tenant, Window: w, Kinds: []history.Kind{history.KindAnomaly, history.KindBreach, history.KindLoginFlood, history.KindDuplicateLogin, history.KindLongSession}}, history.ByNothing)
	if err != nil {
		return err
	}
	alerts := 0.0
	for i := range events {
		alerts += float64(attributes(events[i].Attributes).count(incidentAlerts))
	}
	raw := 0.0
	for _, c := range anomalies.Items {
		raw += float64(c.N)
	}
	if len(events) == 0 && raw == 0 {
		return &missingError{what: "alerts", line: "connectors: [incident]"}
	}
	win := window(in.q.Range)
	n := in.fact(answer.Fact{ID: "incidents", Name: in.phrase("incidents.name"), Value: float64(len(events)), Unit: "{incident}", Window: win, Source: "incidents"})
	all := in.fact(answer.Fact{ID: "alerts", Name: in.phrase("noise.alerts"), Value: max(alerts, raw), Unit: "{alert}", Window: win, Source: "incidents and events"})
	in.answer.Key = []string{all, n}
	slots := with{"alerts": all, "n": n}
	if total := max(alerts, raw); total > 0 && len(events) > 0 {
		cut := in.fact(answer.Fact{ID: "cut", Name: in.phrase("noise.cut"), Value: 100 * (1 - float64(len(events))/total), Unit: "%", Window: win, Source: "incidents ÷ alerts"})
		in.answer.Key = append(in.answer.Key, cut)
		slots["cut"] = cut
		in.headline("noise.headline", slots)
	} else {
		in.headline("noise.ungrouped", slots)
	}
	in.link(in.phrase("incident.page"), "/incidents")
	in.follow("compare.follow_why")
	return nil
}
