package query

import (
	"context"
	"math"
	"time"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/measure"
	"github.com/braidotel/braid/internal/query/wording"
	"github.com/braidotel/braid/internal/question"
)

// reported are the figures of a report, in the order that reports here have: people first, machines last.
var reported = []string{"requests", "error_rate", "latency_p95", "throughput", "cpu", "memory"}

// drawn are the curves of a report, each with the time of its peak.
var drawn = []string{"concurrent_users", "throughput", "latency_p95", "error_rate", "cpu"}

// tally is what is counted in records over a time.
type tally struct{ visits, incidents, deploys, floods, twice, long float64 }

// report writes what happened over a time: visitors, requests, error rate, critical events, servers, peaks, curves,
// issues and what was done, outlook.
func report(ctx context.Context, in *inquiry) error {
	w := in.q.Range
	before := in.before(w)
	reported, drawn := in.shown(reported), in.shown(drawn)
	now, then := make([]*reading, len(reported)), make([]*reading, len(reported))
	charts := make([]*answer.Chart, len(drawn))
	var ahead []*resource
	var decided []Approval
	var counts, earlier tally
	var incidents []history.Event
	var servers, present *reading
	var begun time.Time
	g, gctx := group(ctx)
	for i, id := range reported {
		g.Go(func() (err error) { now[i], err = in.read(gctx, id, in.cut(), w); return err })
		g.Go(func() (err error) { then[i], err = in.read(gctx, id, in.cut(), before); return err })
	}
	for i, id := range drawn {
		g.Go(func() (err error) { charts[i], err = in.overlay(gctx, id, w, w.Start.Sub(before.Start)); return err })
	}
	g.Go(func() (err error) { counts, err = in.tally(gctx, w); return err })
	g.Go(func() (err error) { earlier, err = in.tally(gctx, before); return err })
	g.Go(func() (err error) {
		incidents, err = in.engine.incidents(gctx, in.records, in.tenant, "all", history.Window{From: w.Start, To: w.End}, maxRows)
		return err
	})
	g.Go(func() (err error) { servers, err = in.read(gctx, "cpu", in.cut(measure.Host), w); return err })
	g.Go(func() (err error) {
		present, err = in.read(gctx, drawn[0], in.cut(), question.Interval{Start: w.End.Add(-question.NowSpan), End: w.End})
		return err
	})
	g.Go(func() error { begun = in.earliest(gctx); return nil })
	g.Go(func() (err error) { ahead, err = in.outlook(gctx); return err })
	g.Go(func() (err error) {
		decided, err = in.engine.approvals(gctx, in.caller, ApprovalFilter{Status: "decided", Limit: maxRows, Language: string(in.lang)})
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	if begun.After(before.Start) { // a part of a week is nothing to compare a week with
		earlier, then = tally{}, make([]*reading, len(reported))
		in.answer.Quality.Complete = false
		in.note("common.data_from", with{"@when": begun.In(in.now.Location()).Format("2006-01-02 15:04")})
	}
	if counts.visits == 0 && now[0].empty() && servers.empty() {
		return lacking([]string{"requests"})
	}
	in.reportFigures(reported, counts, earlier, now, then, servers, before)
	in.reportPeaks(drawn, charts, present)
	in.reportIssues(incidents, counts)
	in.reportDone(decided, w)
	in.reportOutlook(ahead)
	in.reportHeadline()
	in.link(in.phrase("report.write"), "/reports?period="+in.period()+"&audience="+in.audience())
	in.follow("report.follow_capacity", "report.follow_incidents")
	return nil
}

func (in *inquiry) audience() string {
	if in.q.Args.Audience == "" {
		return operators
	}
	return in.q.Args.Audience
}

func (in *inquiry) period() string {
	if in.q.Time.Kind == question.ExprDefault {
		return question.DefaultTime(question.IntentReport).String()
	}
	return in.q.Time.String()
}

// before is the time of the same length that a report compares with: whole weeks where that is what it is of.
func (in *inquiry) before(w question.Interval) question.Interval {
	shift := func(days, months int) question.Interval {
		return question.Interval{Start: w.Start.AddDate(0, -months, -days), End: w.End.AddDate(0, -months, -days)}
	}
	switch in.q.Time.Kind {
	case question.ExprMonth:
		return shift(0, 1)
	case question.ExprQuarter:
		return shift(0, 3)
	case question.ExprDay, question.ExprDate, question.ExprWeekday, question.ExprWeek, question.ExprWeekend, question.ExprDefault:
		return shift(7, 0)
	default:
	}
	length := w.End.Sub(w.Start)
	return question.Interval{Start: w.Start.Add(-length), End: w.Start}
}

// tally counts records.
func (in *inquiry) tally(ctx context.Context, w question.Interval) (out tally, err error) {
	span := history.Window{From: w.Start, To: w.End}
	visits, err := in.records.CountSessions(ctx, history.SessionQuery{Tenant: in.tenant, Window: span}, history.ByNothing)
	if err != nil {
		return out, err
	}
	for _, c := range visits.Items {
		out.visits += float64(c.N)
	}
	kinds, err := in.records.CountEvents(ctx, history.EventQuery{Tenant: in.tenant, Window: span}, history.ByKind)
	for _, c := range kinds.Items {
		into := map[history.Kind]*float64{
			history.KindIncident: &out.incidents, history.KindDeployment: &out.deploys, history.KindLoginFlood: &out.floods,
			history.KindDuplicateLogin: &out.twice, history.KindLongSession: &out.long,
		}[history.Kind(c.Value)]
		if into != nil {
			*into = float64(c.N)
		}
	}
	return out, err
}

func (in *inquiry) reportFigures(reported []string, counts, earlier tally, now, then []*reading, servers *reading, before question.Interval) {
	w := window(in.q.Range)
	t := answer.Table{Title: in.phrase("report.figures"), Columns: []answer.Column{
		in.column("common.figure", ""), in.column("report.this", "1"), in.column("report.before", "1"), in.column("common.change_column", "%"),
	}}
	add := func(id, name string, v, was float64, unit, source string) {
		if math.IsNaN(v) {
			return
		}
		in.fact(answer.Fact{ID: id, Name: name, Value: v, Unit: unit, Window: w, Source: source})
		in.versus(id, was, in.phrase("report.before"), window(before))
		t.Rows = append(t.Rows, []answer.Cell{called(name, ""), in.cell(v, unit), in.cell(was, unit), in.changeCell(v, was, unit)})
	}
	had := func(v float64) float64 { // nothing of a time without visits is known
		if earlier.visits == 0 {
			return math.NaN()
		}
		return v
	}
	add("visits", in.phrase("report.visits"), counts.visits, had(earlier.visits), "{session}", "sessions")
	for i, r := range now {
		if r.empty() {
			in.lacks(in.figureName(reported[i]))
			continue
		}
		add(reported[i], in.figureName(reported[i]), r.one(), then[i].one(), r.measure.Unit, r.query)
		if i == 1 {
			add("incidents", in.phrase("report.incidents"), counts.incidents, had(earlier.incidents), "{incident}", "incidents")
			if !servers.empty() {
				add("servers", in.phrase("report.servers"), float64(len(servers.rows)), math.NaN(), "{host}", servers.query)
			}
		}
	}
	if in.get("incidents") == nil {
		add("incidents", in.phrase("report.incidents"), counts.incidents, had(earlier.incidents), "{incident}", "incidents")
	}
	add("deploys", in.phrase("report.deploys"), counts.deploys, math.NaN(), "{event}", "deployments")
	add("floods", in.phrase("abnormal.floods"), counts.floods, had(earlier.floods), "{event}", string(history.KindLoginFlood))
	add("twice", in.phrase("abnormal.twice"), counts.twice, had(earlier.twice), "{event}", string(history.KindDuplicateLogin))
	in.answer.Tables = append(in.answer.Tables, t)
	for _, id := range []string{"visits", "requests", "error_rate", "incidents"} {
		if in.get(id) != nil {
			in.answer.Key = append(in.answer.Key, id)
		}
	}
}

// figureName is what a figure of a report is called, whether or not questions know it.
func (in *inquiry) figureName(id string) string {
	if id == "requests" {
		return in.phrase("report.requests")
	}
	return in.label("metric", id)
}

// reportPeaks adds the curves and a table of their peaks.
func (in *inquiry) reportPeaks(drawn []string, charts []*answer.Chart, present *reading) {
	t := answer.Table{Title: in.phrase("report.peaks"), Columns: []answer.Column{in.column("common.figure", ""), in.column("common.peak", "1"), in.column("common.time", "")}}
	for i, c := range charts {
		if c == nil {
			continue
		}
		in.answer.Charts = append(in.answer.Charts, *c)
		at := peak(c.Series[0].Values)
		if at < 0 {
			continue
		}
		v, when := *c.Series[0].Values[at], time.Unix(c.Times[at], 0).In(in.now.Location())
		if i == 0 && present.one() > v { // the curve ends up to a step before
			v, when = present.one(), present.window.End
		}
		id := drawn[i] + ".peak"
		in.fact(answer.Fact{
			ID: id, Name: in.text("report.peak_of", with{"@what": in.label("metric", drawn[i])}), Value: v, Unit: c.Unit,
			Window: answer.Window{Start: when, End: when}, Source: "peak of the curve",
		})
		t.Rows = append(t.Rows, []answer.Cell{called(in.label("metric", drawn[i]), ""), in.cell(v, c.Unit), called(wording.Clock(when, in.now), "")})
		if i == 0 {
			in.find(answer.SeverityInfo, 2, nil, "report.peak", with{"peak": id, "@when": wording.Clock(when, in.now)})
		}
	}
	if len(t.Rows) > 0 {
		in.answer.Tables = append(in.answer.Tables, t)
	}
}

// reportIssues lists incidents with what became of them, and what else wants a decision.
func (in *inquiry) reportIssues(incidents []history.Event, counts tally) {
	if len(incidents) > 0 {
		t := answer.Table{Title: in.phrase("report.issues"), Columns: []answer.Column{
			in.column("common.time", ""), in.column("common.what", ""), in.column("common.cause", ""), in.column("common.status", ""), in.column("common.lasted", "s"), in.column("incident.users", "{user}"),
		}}
		unresolved := 0
		for i := range incidents {
			x := asIncident(&incidents[i])
			end := x.End
			if x.Status == "open" {
				unresolved++
				end = in.now
			}
			t.Rows = append(t.Rows, []answer.Cell{called(in.clock(x.Start), ""), called(x.Title, "/incidents/"+x.ID), called(x.Cause, ""), called(in.phrase("incidents."+x.Status), ""),
				in.cell(end.Sub(x.Start).Seconds(), "s"), in.cell(float64(x.Users), "{user}")})
		}
		in.answer.Tables = append(in.answer.Tables, t)
		if unresolved > 0 {
			n := in.fact(answer.Fact{ID: "unresolved", Name: in.phrase("report.unresolved_name"), Value: float64(unresolved), Unit: "{incident}", Window: window(in.q.Range), Source: "incidents"})
			in.find(answer.SeverityCritical, 3, nil, "report.unresolved", with{"n": n})
		}
	}
	if counts.floods > 0 {
		in.find(answer.SeverityWarning, 1, nil, "report.floods", with{"n": "floods"})
	}
	for _, id := range []string{"error_rate", "latency_p95", "cpu", "memory"} {
		f := in.get(id)
		if f == nil || f.Then == "" || f.Change == "" || direction(f.Value, in.get(f.Then).Value) != "up" {
			continue
		}
		if change := in.get(f.Change).Value; f.Unit == "%" && change >= 1 || f.Unit != "%" && change >= 10 {
			in.find(answer.SeverityWarning, change/100, nil, "report.worse", with{"@what": f.Name, "now": f.ID, "change": f.Change})
		}
	}
	if len(in.findings) <= 1 {
		in.find(answer.SeverityGood, 0, nil, "report.quiet", nil)
	}
}

func (in *inquiry) reportHeadline() {
	w := with{"visits": "visits", "requests": "requests", "errors": "error_rate", "incidents": "incidents"}
	if in.get("requests") == nil || in.get("error_rate") == nil {
		in.headline("report.headline_visits", w)
	} else {
		in.headline("report.headline", w)
	}
	if f := in.get("visits"); f.Then != "" && f.Change != "" {
		in.answer.Headline = append(in.answer.Headline, answer.Piece{Text: " "})
		in.answer.Headline = append(in.answer.Headline, in.say("report.visits_"+direction(f.Value, in.get(f.Then).Value), with{"visits": "visits", "change": f.Change})...)
	}
}
