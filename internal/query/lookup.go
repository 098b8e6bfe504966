package query

import (
	"context"
	"net/url"
	"strings"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
)

// lookup shows one trace, session or user, or lists those that are worth a look.
func lookup(ctx context.Context, in *inquiry) error {
	f := in.q.Filters
	switch {
	case f.Trace != "":
		return in.lookupTrace(ctx, f.Trace)
	case f.Session != "":
		return in.lookupSession(ctx, f.Session)
	case in.q.Args.Entity == "trace":
		return in.lookupTraces(ctx)
	}
	return in.lookupSessions(ctx)
}

func (in *inquiry) lookupTrace(ctx context.Context, id string) error {
	t, err := in.engine.Trace(ctx, in.caller, id)
	if notFound(err) {
		in.nothing(id)
		return nil
	}
	if err != nil {
		return err
	}
	w := answer.Window{Start: t.Start, End: t.Start.Add(t.Duration)}
	took := in.fact(answer.Fact{ID: "took", Name: in.phrase("common.lasted"), Value: t.Duration.Seconds(), Unit: "s", Window: w, Source: "trace"})
	steps := in.fact(answer.Fact{ID: "spans", Name: in.phrase("lookup.spans"), Value: float64(len(t.Steps)), Unit: "{span}", Window: w, Source: "trace"})
	in.answer.Key = []string{took, steps}
	key := "lookup.trace"
	if t.Failed {
		key = "lookup.trace_failed"
	}
	in.headline(key, with{"@what": t.Service + " " + t.Operation, "took": took, "n": steps})
	table := answer.Table{Title: in.phrase("lookup.steps"), Total: len(t.Steps), Truncated: len(t.Steps) > 100, Columns: []answer.Column{
		in.column("common.service", ""), in.column("common.operation", ""), in.column("common.lasted", "s"), in.column("common.status", ""), in.column("common.what", "")}}
	for _, s := range t.Steps[:min(len(t.Steps), 100)] {
		status := ""
		if s.Failed {
			status = in.phrase("lookup.failed")
		}
		table.Rows = append(table.Rows, []answer.Cell{called(s.Service, ""), called(s.Name, ""), in.cell(s.Duration.Seconds(), "s"), {Text: status}, {Text: s.Detail}})
	}
	in.answer.Tables = append(in.answer.Tables, table)
	in.link(in.phrase("incident.trace"), "/traces/"+url.PathEscape(id))
	if t.Session != "" {
		in.link(in.phrase("common.session"), "/sessions/"+url.PathEscape(t.Session))
	}
	return nil
}

func (in *inquiry) lookupSession(ctx context.Context, id string) error {
	s, err := in.engine.Session(ctx, in.caller, id)
	if notFound(err) {
		in.nothing(id)
		return nil
	}
	if err != nil {
		return err
	}
	w := answer.Window{Start: s.Start, End: s.LastActivity}
	lasted := in.fact(answer.Fact{ID: "lasted", Name: in.phrase("common.lasted"), Value: s.LastActivity.Sub(s.Start).Seconds(), Unit: "s", Window: w, Source: "session"})
	requests := in.fact(answer.Fact{ID: "requests", Name: in.phrase("common.requests"), Value: float64(s.Requests), Unit: "{request}", Window: w, Source: "session"})
	errors := in.fact(answer.Fact{ID: "errors", Name: in.phrase("common.errors"), Value: float64(s.Errors), Unit: "{failure}", Window: w, Source: "session"})
	in.answer.Key = []string{lasted, requests, errors}
	who := s.User
	if who == "" {
		who = in.phrase("abnormal.guest")
	}
	key := "lookup.session_ended"
	if s.End.IsZero() {
		key = "lookup.session_open"
	}
	in.headline(key, with{"@who": who, "lasted": lasted, "requests": requests, "errors": errors})
	t := answer.Table{Title: in.phrase("lookup.timeline"), Columns: []answer.Column{in.column("common.time", ""), in.column("common.what", ""), in.column("common.place", "")}}
	for _, e := range s.Events {
		t.Rows = append(t.Rows, []answer.Cell{called(in.clock(e.At), ""), called(e.Name, ""), called(e.Text, "")})
	}
	for _, tr := range s.Traces {
		t.Rows = append(t.Rows, []answer.Cell{called(in.clock(tr.Start), ""), called(tr.Operation, "/traces/"+url.PathEscape(tr.ID)), called(tr.Service, "")})
	}
	in.answer.Tables = append(in.answer.Tables, t)
	in.find(answer.SeverityInfo, 1, nil, "lookup.places", with{"@services": strings.Join(s.Services, ", "), "@hosts": strings.Join(s.Hosts, ", "), "@region": in.region(s.Region)})
	in.link(in.phrase("common.session"), "/sessions/"+url.PathEscape(id))
	return nil
}

// lookupTraces lists the slowest or failed traces kept of the time asked about.
func (in *inquiry) lookupTraces(ctx context.Context) error {
	f := in.q.Filters
	region := ""
	if len(f.Regions) > 0 {
		region = f.Regions[0]
	}
	page, err := in.records.Traces(ctx, history.TraceQuery{Tenant: in.tenant, Window: history.Window{From: in.q.Range.Start, To: in.q.Range.End}, Service: f.Service, User: f.User, Region: region, Order: history.BySlowness, Limit: maxRows})
	if err != nil {
		return err
	}
	if len(page.Items) == 0 {
		in.headline("lookup.no_traces", nil)
		return nil
	}
	n := in.fact(answer.Fact{ID: "traces", Name: in.phrase("lookup.traces"), Value: float64(len(page.Items)), Unit: "{trace}", Window: window(in.q.Range), Source: "traces"})
	slowest := in.fact(answer.Fact{ID: "slowest", Name: in.phrase("lookup.slowest"), Value: page.Items[0].Duration.Seconds(), Unit: "s", Window: window(in.q.Range), Source: "traces"})
	in.answer.Key = []string{slowest, n}
	in.headline("lookup.slowest_is", with{"@what": page.Items[0].Service + " " + page.Items[0].Operation, "took": slowest})
	t := answer.Table{Title: in.phrase("lookup.traces"), Truncated: page.Truncated, Columns: []answer.Column{in.column("common.time", ""), in.column("common.service", ""), in.column("common.operation", ""), in.column("common.lasted", "s"), in.column("common.status", "")}}
	for i := range page.Items {
		x := &page.Items[i]
		status := ""
		if x.Failed {
			status = in.phrase("lookup.failed")
		}
		t.Rows = append(t.Rows, []answer.Cell{called(in.clock(x.At), ""), called(x.Service, ""), called(x.Operation, "/traces/"+url.PathEscape(x.ID)), in.cell(x.Duration.Seconds(), "s"), {Text: status}})
	}
	in.answer.Tables = append(in.answer.Tables, t)
	in.link(in.phrase("incident.trace"), "/traces/"+url.PathEscape(page.Items[0].ID))
	return nil
}

// lookupSessions lists sessions of a user, an address or a place, those with the most errors first.
func (in *inquiry) lookupSessions(ctx context.Context) error {
	q := history.SessionQuery{Tenant: in.tenant, Window: history.Window{From: in.q.Range.Start, To: in.q.Range.End}, Limit: maxRows}
	in.filterSessions(&q)
	if q.User == "" && q.Client == "" {
		q.Order = history.ByErrors
	}
	if err := in.engine.listed(ctx, in.caller, readSessions, &q); err != nil {
		return err
	}
	page, err := in.records.Sessions(ctx, q)
	if err != nil {
		return err
	}
	if len(page.Items) == 0 {
		what := q.User
		if what == "" {
			what = in.phrase("common.session")
		}
		in.nothing(what)
		return nil
	}
	counted, err := in.records.CountSessions(ctx, q, history.ByNothing)
	if err != nil {
		return err
	}
	total := 0.0
	for _, c := range counted.Items {
		total += float64(c.N)
	}
	n := in.fact(answer.Fact{ID: "sessions", Name: in.phrase("lookup.sessions"), Value: total, Unit: "{session}", Window: window(in.q.Range), Source: "sessions"})
	in.answer.Key = []string{n}
	in.headline("lookup.sessions_are", with{"n": n, "@when": in.rangeText()})
	t := answer.Table{Title: in.phrase("lookup.sessions"), Truncated: page.Truncated, Total: int(total), Columns: []answer.Column{
		in.column("common.user", ""), in.column("common.address", ""), in.column("common.region", ""), in.column("common.started", ""), in.column("common.lasted", "s"),
		in.column("common.requests", "{request}"), in.column("common.errors", "{failure}"), in.column("common.last_page", "")}}
	for i := range page.Items {
		s := &page.Items[i]
		name := s.User
		if name == "" {
			name = in.phrase("abnormal.guest")
		}
		t.Rows = append(t.Rows, []answer.Cell{called(name, "/sessions/"+url.PathEscape(s.ID)), called(s.Client, ""), called(in.region(s.Region), ""), called(in.clock(s.Start), ""),
			in.cell(s.Duration().Seconds(), "s"), in.cell(float64(s.Requests), "{request}"), in.cell(float64(s.Errors), "{failure}"), called(s.ExitPage, "")})
	}
	in.answer.Tables = append(in.answer.Tables, t)
	return nil
}

// nothing says that what was looked for is not there: an answer, not an error.
func (in *inquiry) nothing(what string) {
	in.headline("lookup.nothing", with{"@what": what})
	in.answer.Quality.Complete = false
}
