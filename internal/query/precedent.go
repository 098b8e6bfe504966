package query

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
)

// Bounds of the search for incidents of the past.
const (
	precedentsSeen  = 1000 // the latest of them
	precedentsShown = 3
	// likeness is the least that makes an incident worth showing beside another: the kind of cause alone is not enough, the
	// kind and half of the evidence are.
	likeness = 0.45
	// aftermath is how long after its end something done still counts as done about an incident.
	aftermath = 10 * time.Minute
	// deedsShown is the most that is told of one incident.
	deedsShown = 4
)

// Weights of what makes the shape of an incident: that the same happened says more than where it did.
const (
	weightKind    = 3.0
	weightSignal  = 1.0
	weightCause   = 1.0
	weightService = 0.25
)

// shape is what an incident looks like: the kind of its cause, what of its evidence spoke for that, and where.
type shape map[string]float64

func shapeOf(e *history.Event) shape {
	a, s := attributes(e.Attributes), shape{}
	if kind := a.text(incidentKind); kind != "" {
		s["kind "+kind] = weightKind
	}
	if service := a.text(incidentService); service != "" {
		s["cause "+service] = weightCause
	}
	for _, service := range a.list(incidentServices) {
		s["service "+service] = weightService
	}
	for _, fact := range a.list(incidentEvidence) {
		if f := strings.Split(fact, "\t"); len(f) >= factFields && f[0] == "1" && f[1] == "for" {
			s["signal "+f[4]] = weightSignal
		}
	}
	return s
}

// like is the weight that two shapes share of all that either has: 0 to 1.
func (s shape) like(other shape) float64 {
	shared, all := 0.0, 0.0
	for what, weight := range s {
		all += weight
		if _, ok := other[what]; ok {
			shared += weight
		}
	}
	for what, weight := range other {
		if _, ok := s[what]; !ok {
			all += weight
		}
	}
	if all == 0 {
		return 0
	}
	return shared / all
}

// precedent is an incident that is over and looked like another.
type precedent struct {
	*history.Event
	likeness float64
}

// precedents finds the incidents before one that looked most like it, the likest first.
func precedents(e *history.Event, past []history.Event) []precedent {
	own := shapeOf(e)
	if attributes(e.Attributes).text(incidentKind) == "" {
		return nil // nothing is known of it that others could share
	}
	var found []precedent
	for i := range past {
		p := &past[i]
		if p.ID == e.ID || open(p) || !p.At.Before(e.At) {
			continue
		}
		if l := own.like(shapeOf(p)); l >= likeness {
			found = append(found, precedent{p, l})
		}
	}
	slices.SortStableFunc(found, func(a, b precedent) int {
		return cmp.Or(cmp.Compare(b.likeness, a.likeness), b.At.Compare(a.At))
	})
	return found[:min(len(found), precedentsShown)]
}

// recall shows the incidents of the past that looked like one, and what was done then. An incident is told without them too.
func (in *inquiry) recall(ctx context.Context, e *history.Event) {
	page, err := in.records.Events(ctx, history.EventQuery{
		Tenant: in.tenant, Kinds: []history.Kind{history.KindIncident}, Window: history.Window{To: e.At}, Limit: precedentsSeen,
	})
	if err != nil {
		in.note("precedent.unavailable", nil)
		return
	}
	found := precedents(e, page.Items)
	if len(found) == 0 {
		return
	}
	t := answer.Table{Title: in.phrase("precedent.title"), Columns: []answer.Column{
		in.column("common.started", ""), in.column("common.what", ""), in.column("precedent.likeness", "%"), in.column("common.lasted", "s"), in.column("precedent.done", ""),
	}}
	for _, p := range found {
		done, err := in.deeds(ctx, p.Event)
		if err != nil {
			in.note("precedent.unavailable", nil)
		}
		if done == "" {
			done = in.phrase("precedent.nothing")
		}
		t.Rows = append(t.Rows, []answer.Cell{
			called(in.clock(p.At), ""), called(title(p.Event), "/incidents/"+p.ID), in.cell(100*p.likeness, "%"), in.cell(p.Until.Sub(p.At).Seconds(), "s"), {Text: done},
		})
	}
	in.answer.Tables = append(in.answer.Tables, t)
}

func title(e *history.Event) string { return cmp.Or(e.Title, cause(e)) }

// deeds are what was done about an incident while it lasted: actions that were executed, deployments and flags of its
// services, in order of time.
func (in *inquiry) deeds(ctx context.Context, e *history.Event) (string, error) {
	w := history.Window{From: e.At, To: e.Until.Add(aftermath)}
	type deed struct {
		at   time.Time
		what string
	}
	var done []deed
	actions, err := in.records.Actions(ctx, in.tenant, w, history.DefaultLimit)
	if err != nil {
		return "", err
	}
	for i := range actions.Items {
		if a := &actions.Items[i]; a.State == history.ActionExecuted {
			done = append(done, deed{a.Decided, in.text("precedent.action", with{"@what": a.Name})})
		}
	}
	events, err := in.records.Events(ctx, history.EventQuery{
		Tenant: in.tenant, Kinds: []history.Kind{history.KindDeployment, history.KindFeatureFlag}, Window: w, Limit: history.DefaultLimit,
	})
	if err != nil {
		return "", err
	}
	about := append(attributes(e.Attributes).list(incidentServices), attributes(e.Attributes).text(incidentService))
	for i := range events.Items {
		x := &events.Items[i]
		if x.At.Before(w.From) || !slices.Contains(about, x.Service) {
			continue
		}
		done = append(done, deed{x.At, in.text("precedent."+string(x.Kind), with{"@what": cmp.Or(x.Title, x.Service)})})
	}
	slices.SortStableFunc(done, func(a, b deed) int { return a.at.Compare(b.at) })
	var told []string
	for _, d := range done[:min(len(done), deedsShown)] {
		told = append(told, in.clock(d.at)+" "+d.what)
	}
	return strings.Join(told, "; "), nil
}
