package query

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/wording"
)

// Attributes of braid.incident events.
const (
	incidentStatus   = "braid.incident.status" // open or resolved
	incidentCause    = "braid.incident.cause"  // in words: of a catalogue, never free text
	incidentService  = "braid.incident.cause.service"
	incidentKind     = "braid.incident.cause.kind"
	incidentServices = "braid.incident.services"
	incidentUsers    = "braid.incident.users"
	incidentSessions = "braid.incident.sessions"
	incidentAlerts   = "braid.incident.alerts"
	incidentFailed   = "braid.incident.business.failed"
	incidentLost     = "braid.incident.revenue.lost"
	incidentRisk     = "braid.incident.revenue.at_risk"
	incidentCurrency = "braid.incident.currency"
	incidentRegions  = "braid.incident.regions"
	incidentPath     = "braid.incident.path"
	incidentChecks   = "braid.incident.checks"
)

// OpenTelemetry severity numbers at which words change.
const (
	severityError = 17
	severityWarn  = 13
)

func severityOf(number int) answer.Severity {
	switch {
	case number >= severityError:
		return answer.SeverityCritical
	case number >= severityWarn:
		return answer.SeverityWarning
	}
	return answer.SeverityInfo
}

// open reports whether an incident still lasts.
func open(e *history.Event) bool {
	if status := attributes(e.Attributes).text(incidentStatus); status != "" {
		return status == "open"
	}
	return e.Until.IsZero()
}

// asIncident is an incident in a line.
func asIncident(e *history.Event) Incident {
	a := attributes(e.Attributes)
	out := Incident{
		ID: e.ID, Title: wording.Name(e.Title), Severity: severityOf(e.Severity), Status: "resolved", Start: e.At, End: e.Until,
		Cause: cause(e), Users: a.count(incidentUsers), Alerts: a.count(incidentAlerts),
	}
	if open(e) {
		out.Status, out.End = "open", time.Time{}
	}
	for _, s := range a.list(incidentServices) {
		out.Services = append(out.Services, wording.Name(s))
	}
	if len(out.Services) == 0 && e.Service != "" {
		out.Services = []string{wording.Name(e.Service)}
	}
	return out
}

// cause names what an incident is laid to: its service, and what kind of trouble that has.
func cause(e *history.Event) string {
	a := attributes(e.Attributes)
	if text := a.text(incidentCause); text != "" {
		return wording.Name(text)
	}
	parts := slices.DeleteFunc([]string{a.text(incidentService), a.text(incidentKind)}, func(s string) bool { return s == "" })
	return wording.Name(strings.Join(parts, ": "))
}

// Incidents implements Service.
func (e *Engine) Incidents(ctx context.Context, caller Caller, status string, limit int) ([]Incident, error) {
	store, tenant, err := e.viewed(caller)
	if err != nil {
		return nil, err
	}
	events, err := e.incidents(ctx, store, tenant, status, history.Window{}, limit)
	if err != nil {
		return nil, err
	}
	out := make([]Incident, 0, len(events))
	for i := range events {
		out = append(out, asIncident(&events[i]))
	}
	return out, nil
}

// incidents lists those of a status, open ones first, the gravest of them first.
func (e *Engine) incidents(ctx context.Context, store history.Store, tenant history.Tenant, status string, w history.Window, limit int) ([]history.Event, error) {
	if limit <= 0 {
		limit = history.DefaultLimit
	}
	page, err := store.Events(ctx, history.EventQuery{Tenant: tenant, Kinds: []history.Kind{history.KindIncident}, Window: w, Limit: history.MaxLimit})
	if err != nil {
		return nil, fail(err)
	}
	events := slices.DeleteFunc(page.Items, func(ev history.Event) bool {
		return status == "open" && !open(&ev) || status == "resolved" && open(&ev)
	})
	slices.SortStableFunc(events, func(a, b history.Event) int {
		if open(&a) != open(&b) {
			if open(&a) {
				return -1
			}
			return 1
		}
		if open(&a) && impact(&a) != impact(&b) {
			return compareDesc(impact(&a), impact(&b))
		}
		return b.At.Compare(a.At)
	})
	return events[:min(limit, len(events))], nil
}

// impact orders open incidents: by severity, then by the people affected.
func impact(e *history.Event) float64 {
	return float64(e.Severity)*1e9 + float64(attributes(e.Attributes).count(incidentUsers))
}

// Incident implements Service.
func (e *Engine) Incident(ctx context.Context, caller Caller, id, language string) (*answer.Answer, error) {
	store, tenant, err := e.viewed(caller)
	if err != nil {
		return nil, err
	}
	page, err := store.Events(ctx, history.EventQuery{Tenant: tenant, Kinds: []history.Kind{history.KindIncident}, ID: id, Limit: 1})
	if err != nil {
		return nil, fail(err)
	}
	if len(page.Items) == 0 {
		return nil, fmt.Errorf("incident: %w", ErrNotFound)
	}
	in, err := e.card(ctx, caller, language)
	if err != nil {
		return nil, err
	}
	in.answer.Intent = "incidents"
	event := &page.Items[0]
	in.summarize(ctx, event)
	in.describe(event, "")
	in.recall(ctx, event)
	in.cite(ctx, event)
	in.explain(event)
	in.customers(ctx, event)
	in.drawPath(ctx, event)
	return in.finish(), nil
}

// drawPath draws who called whom while an incident lasted, its path marked. An incident is told without a map too.
func (in *inquiry) drawPath(ctx context.Context, e *history.Event) {
	path := attributes(e.Attributes).list(incidentPath)
	if len(path) < 2 {
		return
	}
	until := in.now
	if !open(e) {
		until = e.Until
	}
	in.q.Range.Start, in.q.Range.End = e.At, until
	calls, source, err := in.calls(ctx)
	if err != nil {
		in.note("map.unavailable", nil)
	}
	in.answer.Charts = append(in.answer.Charts, in.graph(calls, callUnit(source), path))
}

// describe writes an incident's facts, headline and what to check. Ids of its facts begin with prefix.
func (in *inquiry) describe(e *history.Event, prefix string) {
	a := attributes(e.Attributes)
	until := in.now
	if !open(e) {
		until = e.Until
	}
	w := answer.Window{Start: inZone(e.At, in.now), End: inZone(until, in.now)}
	source := "braid.incident " + wording.Name(e.ID)
	add := func(id, name, key, unit string) string {
		v, ok := a.number(key)
		if !ok {
			return ""
		}
		in.answer.Key = append(in.answer.Key, prefix+id)
		return in.fact(answer.Fact{ID: prefix + id, Name: in.phrase(name), Value: v, Unit: unit, Window: w, Source: source})
	}
	users := add("users", "incident.users", incidentUsers, "{user}")
	currency := a.text(incidentCurrency)
	if currency == "" {
		currency = in.engine.options.Currency
	}
	add("lost", "incident.lost", incidentLost, currency)
	add("risk", "incident.risk", incidentRisk, currency)
	alerts := ""
	if a.count(incidentAlerts) > 0 {
		alerts = add("alerts", "incident.alerts", incidentAlerts, "{alert}")
	}
	lasted := in.fact(answer.Fact{ID: prefix + "lasted", Name: in.phrase("incident.lasted"), Value: until.Sub(e.At).Seconds(), Unit: "s", Window: w, Source: source})
	in.answer.Key = in.answer.Key[:min(4, len(in.answer.Key))]
	state := "incident.open"
	if !open(e) {
		state = "incident.resolved"
	}
	in.headline(state, with{"@what": in.about(e), "lasted": lasted})
	if c := in.cause(e); c != "" {
		in.find(severityOf(e.Severity), 3, nil, "incident.cause", with{"@cause": c})
	}
	if users != "" {
		in.find(severityOf(e.Severity), 2, nil, "incident.people", with{"users": users})
	}
	if alerts != "" {
		in.find(answer.SeverityInfo, 1, nil, "incident.grouped", with{"alerts": alerts})
	}
	in.tellChange(e)
	checks, _ := in.counsel(e)
	for i, check := range checks {
		in.find(answer.SeverityInfo, 0.5-float64(i)/100, nil, "incident.check", with{"@check": check})
	}
	if e.Trace != "" {
		in.link(in.phrase("incident.trace"), "/traces/"+e.Trace)
	}
	in.link(in.phrase("incident.page"), "/incidents/"+e.ID)
}
