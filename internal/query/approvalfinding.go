package query

import (
	"context"
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/measure"
	"github.com/braidotel/braid/internal/query/wording"
	"github.com/braidotel/braid/internal/question"
)

// watched are the figures by which an action's effect is seen, each the worse the greater.
var watched = []string{"latency_p95", "error_rate", "cpu", "memory"}

// lookback is the time that a watched figure is of.
const lookback = 5 * time.Minute

// signals measures a service now, by those of the watched figures that the deployment has of it.
func (e *Engine) signals(ctx context.Context, tenant, service string) ([]action.Measure, error) {
	known, err := e.lore(ctx, tenant)
	if err != nil {
		return nil, err
	}
	now := e.options.Clock()
	in := e.inquire(Caller{Tenant: tenant}, known, wording.English, now)
	cut := measure.Cut{Where: map[measure.Dim][]string{measure.Service: {service}}}
	var out []action.Measure
	for _, id := range watched {
		m, ok := measure.Find(id)
		if !ok {
			continue
		}
		r, err := in.read(ctx, id, cut, question.Interval{Start: now.Add(-lookback), End: now})
		if err != nil {
			return nil, err
		}
		if v := r.one(); !math.IsNaN(v) {
			v = math.Round(v*1e4) / 1e4
			out = append(out, action.Measure{Metric: id, Unit: m.Unit, Value: &v})
		}
	}
	return out, nil
}

// incidentChange is the deployment that an incident is laid to.
const (
	incidentChange = "braid.incident.cause.change"
	versionKey     = "service.version"
)

// certain is the least surprise of a fact that counts, in nats: one in a thousand.
const certain = 6.9

// origins say where each signal of a diagnosis was seen. Those of one origin may be one event seen twice.
var origins = map[string]action.Source{
	"self_time": action.FromTraces, "gap": action.FromTraces, "statement": action.FromTraces, "call": action.FromTraces, "latency": action.FromTraces,
	"errors": action.FromTraces, "spans": action.FromTraces, "rate": action.FromTraces,
	"logs": action.FromLogs, "metric": action.FromMetrics, "change": action.FromChanges,
}

// Suggest proposes actions for open incidents whose evidence speaks for one, and returns how many it filed.
func (e *Engine) Suggest(ctx context.Context) (int, error) {
	filed := 0
	var errs []error
	for _, tenant := range e.desk.Tenants() {
		events, err := e.incidents(ctx, e.options.Provider.Records(), history.Tenant(tenant), "open", history.Window{From: e.options.Clock().Add(-24 * time.Hour)}, maxOpen)
		if err != nil {
			return filed, err
		}
		for i := range events {
			f, err := e.finding(ctx, &events[i])
			if err != nil {
				return filed, err
			}
			_, made, err := e.desk.Suggest(ctx, tenant, f)
			if made {
				filed++
			}
			var refused *action.RefusedError
			if err != nil && !errors.As(err, &refused) { // what is refused was said when it was configured
				errs = append(errs, err)
			}
		}
	}
	return filed, errors.Join(errs...)
}

// maxOpen is how many open incidents of a tenant are looked at.
const maxOpen = 50

// finding is what an incident's first hypothesis comes to.
func (e *Engine) finding(ctx context.Context, ev *history.Event) (*action.Finding, error) {
	a := attributes(ev.Attributes)
	f := &action.Finding{Incident: ev.ID, Service: a.text(incidentService), Cause: a.text(incidentKind)}
	for _, line := range a.list(incidentEvidence) {
		if proof, ok := proof(line, ev.ID); ok && len(f.Evidence) < action.MaxEvidence {
			f.Evidence = append(f.Evidence, proof)
		}
	}
	if f.Cause != "deploy" || f.Service == "" {
		return f, nil
	}
	if a.text(incidentChange) != "" {
		f.Evidence = append(f.Evidence[:min(len(f.Evidence), action.MaxEvidence-1)], action.Evidence{
			Source: action.FromChanges, Text: action.Clean("deployment " + a.text(incidentChange)), Incident: action.Clean(ev.ID)})
	}
	var err error
	f.Previous, err = e.previous(ctx, ev.Tenant, f.Service, ev.At)
	return f, err
}

// proof reads one line of an incident's evidence, if it is a fact for the first hypothesis that stands for itself.
func proof(line, incident string) (action.Evidence, bool) {
	f := strings.Split(line, "\t")
	if len(f) != factFields || f[0] != "1" || f[1] != "for" {
		return action.Evidence{}, false
	}
	signal, _, _ := strings.Cut(f[4], " ")
	surprise, err := strconv.ParseFloat(f[7], 64)
	source, ok := origins[signal]
	if !ok || err != nil || !(surprise >= certain) {
		return action.Evidence{}, false
	}
	text := action.Clean(strings.TrimSpace(f[3] + " " + f[4] + ": " + strings.TrimSpace(f[5]) + ", usual " + f[6]))
	return action.Evidence{Source: source, Text: text, Incident: action.Clean(incident)}, text != ""
}

// previous is the version of a service before its latest deployment up to an instant; empty where two are not known.
func (e *Engine) previous(ctx context.Context, tenant history.Tenant, service string, at time.Time) (string, error) {
	page, err := e.options.Provider.Records().Events(ctx, history.EventQuery{
		Tenant: tenant, Kinds: []history.Kind{history.KindDeployment}, Service: service, Limit: 100,
		Window: history.Window{From: at.Add(-90 * 24 * time.Hour), To: at.Add(time.Minute)},
	})
	if err != nil {
		return "", fail(err)
	}
	var versions []string
	for i := range page.Items {
		if v := attributes(page.Items[i].Attributes).text(versionKey); v != "" {
			versions = append(versions, v)
		}
	}
	versions = slices.Compact(versions)
	if len(versions) < 2 {
		return "", nil
	}
	return versions[1], nil
}
