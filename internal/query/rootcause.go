package query

import (
	"context"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/measure"
	"github.com/braidotel/braid/internal/question"
)

// suspect is a figure of a service or host that is not as it was.
type suspect struct {
	id        string // of the measure
	dim       measure.Dim
	name      string
	now, then float64
	before    question.Interval // what then is of
	reading   *reading
	weight    float64
}

// scene is what is looked at to say why.
type scene struct {
	incidents []history.Event
	episodes  []episode
	suspects  []suspect
	deploys   []history.Event
	exhibits  []exhibit
	near      []suspect // nearest to their limits
}

// looks are what is compared by service and by host.
var looks = []struct {
	id  string
	dim measure.Dim
}{
	{"error_rate", measure.Service}, {"latency_p95", measure.Service}, {"throughput", measure.Service}, {"cpu", measure.Host}, {"memory", measure.Host}, {"disk", measure.Host},
}

// rootCause says why things are as they are: open incidents first, then what is unusual, in order of impact; and if there
// is neither, what is nearest to its limit.
func rootCause(ctx context.Context, in *inquiry) error {
	var s scene
	recent := in.recent()
	w := history.Window{From: in.q.Range.Start, To: in.q.Range.End}
	parts := make([][]suspect, len(looks))
	had := make([]bool, len(looks))
	g, gctx := group(ctx)
	g.Go(func() (err error) {
		s.incidents, err = in.engine.incidents(gctx, in.records, in.tenant, "all", w, 10)
		return err
	})
	g.Go(func() (err error) { s.episodes, err = in.episodes(gctx, recent); return err })
	g.Go(func() error {
		page, err := in.records.Events(gctx, history.EventQuery{Tenant: in.tenant, Kinds: []history.Kind{history.KindDeployment, history.KindFeatureFlag}, Window: w, Service: in.q.Filters.Service, Limit: 5})
		s.deploys = page.Items
		return err
	})
	g.Go(func() (err error) { s.exhibits, err = in.exhibits(gctx, recent); return err })
	for i, l := range looks {
		g.Go(func() (err error) { parts[i], had[i], err = in.suspects(gctx, l.id, l.dim, recent); return err })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for i, p := range parts {
		s.suspects = append(s.suspects, p...)
		s.near = append(s.near, nearLimit(p)...)
		if !had[i] {
			in.answer.Quality.Complete = false
		}
	}
	if !slices.Contains(had, true) && len(s.incidents) == 0 && len(s.episodes) == 0 {
		return lacking([]string{"error_rate"})
	}
	s.suspects = slices.DeleteFunc(s.suspects, func(x suspect) bool { return x.weight <= 0 })
	slices.SortStableFunc(s.suspects, func(a, b suspect) int { return compareDesc(a.weight, b.weight) })
	in.why(&s)
	in.follow("cause.follow_slow", "cause.follow_deploy", "cause.follow_compare")
	return nil
}

// recentSpan is the part of a long time by which the present is judged.
const recentSpan = 30 * time.Minute

// recent is the end of the time asked about.
func (in *inquiry) recent() question.Interval {
	r := in.q.Range
	if r.End.Sub(r.Start) > recentSpan {
		r.Start = r.End.Add(-recentSpan)
	}
	return r
}

// suspects compares a figure, by service or host, with the same time yesterday, else with the time just before.
func (in *inquiry) suspects(ctx context.Context, id string, dim measure.Dim, w question.Interval) ([]suspect, bool, error) {
	cut := in.cut(dim)
	now, err := in.read(ctx, id, cut, w)
	if err != nil || now.empty() {
		return nil, false, err
	}
	before := question.Interval{Start: w.Start.AddDate(0, 0, -1), End: w.End.AddDate(0, 0, -1)}
	then, err := in.read(ctx, id, cut, before)
	if err != nil {
		return nil, true, err
	}
	if then.empty() {
		before = question.Interval{Start: w.Start.Add(-w.End.Sub(w.Start)), End: w.Start}
		if then, err = in.read(ctx, id, cut, before); err != nil {
			return nil, true, err
		}
	}
	out := make([]suspect, 0, len(now.rows))
	for _, r := range now.rows {
		x := suspect{id: id, dim: dim, name: r.names[0], now: r.value, then: then.of(r.names[0]), before: before, reading: now}
		x.weight = suspicion(&x)
		out = append(out, x)
	}
	return out, true, nil
}

// suspicion weighs a departure: what users feel before what only machines do.
func suspicion(x *suspect) float64 {
	then := x.then
	switch x.id {
	case "error_rate":
		if math.IsNaN(then) {
			then = 0
		}
		if more := x.now - then; more >= 1 {
			return 40 + more
		}
	case "latency_p95":
		if more := x.now - then; more >= 50 && x.now >= 1.5*then {
			return 20 + 5*math.Log2(x.now/max(then, 1))
		}
	case "cpu", "memory", "disk":
		switch more := x.now - then; {
		case x.now >= 90:
			return 30 + x.now - 90
		case more >= 20 && x.now >= 50:
			return more / 2
		}
	case "throughput":
		if then >= 0.1 && (x.now >= 2*then || x.now <= then/2) {
			return 5 * min(3, math.Abs(math.Log2(max(x.now, 0.01)/then)))
		}
	}
	return 0
}

func nearLimit(list []suspect) []suspect {
	var out []suspect
	for _, x := range list {
		if x.id == "cpu" || x.id == "memory" || x.id == "disk" {
			out = append(out, x)
		}
	}
	slices.SortStableFunc(out, func(a, b suspect) int { return compareDesc(a.now, b.now) })
	return out[:min(len(out), 1)]
}

// why writes what was found, the gravest first.
func (in *inquiry) why(s *scene) {
	// What failed within the service that stands out comes before what failed for whoever called it.
	if len(s.suspects) > 0 {
		worst := s.suspects[0].name
		slices.SortStableFunc(s.exhibits, func(a, b exhibit) int { return rank(b.service == worst) - rank(a.service == worst) })
	}
	opened := slices.DeleteFunc(slices.Clone(s.incidents), func(e history.Event) bool { return !open(&e) })
	for i := range s.suspects[:min(len(s.suspects), 6)] {
		in.accuse(&s.suspects[i], i)
	}
	in.tellEpisodes(s.episodes)
	in.tellExhibits(s.exhibits)
	in.tellDeploys(s.deploys)
	switch {
	case len(opened) > 0:
		in.describe(&opened[0], "incident.")
		for i := range opened[1:] {
			in.find(severityOf(opened[i+1].Severity), 1, &answer.Link{Label: in.phrase("incident.page"), Path: "/incidents/" + opened[i+1].ID}, "cause.also", with{"@what": in.about(&opened[i+1])})
		}
	case len(s.exhibits) > 0 && len(s.suspects) > 0:
		in.headline("cause.culprit", with{"@symptom": s.suspects[0].name, "@what": in.label("metric", s.suspects[0].id), "now": "s1", "@cause": s.exhibits[0].where()})
	case len(s.suspects) > 0:
		x := &s.suspects[0]
		in.headline("cause.suspect", with{"@who": x.name, "@what": in.label("metric", x.id), "now": "s1"})
	case len(s.episodes) > 0:
		in.headline("cause.unusual", with{"n": "episodes", "@who": s.episodes[0].where(in), "@what": in.metricName(s.episodes[0].metric)})
	default:
		in.calm(s)
	}
	in.limits(s.near)
}

func rank(first bool) int {
	if first {
		return 1
	}
	return 0
}

// accuse adds a suspect's figures and what there is to say of it.
func (in *inquiry) accuse(x *suspect, i int) {
	id := "s" + place(i)
	name := in.text("common.of", with{"@who": x.name, "@what": in.label("metric", x.id)})
	in.fact(answer.Fact{ID: id, Name: name, Value: x.now, Unit: x.reading.measure.Unit, Window: window(x.reading.window), Source: x.reading.query})
	if len(in.answer.Key) < 4 {
		in.answer.Key = append(in.answer.Key, id)
	}
	w := with{"@who": x.name, "@what": in.label("metric", x.id), "now": id, "then": id + ".then", "change": id + ".change"}
	severity := answer.SeverityWarning
	if x.weight >= 45 {
		severity = answer.SeverityCritical
	}
	link := &answer.Link{Label: x.name, Path: "/sessions?service=" + url.QueryEscape(x.name)}
	if x.dim != measure.Service {
		link = nil
	}
	if math.IsNaN(x.then) {
		in.find(severity, x.weight, link, "cause.stands", w)
		return
	}
	w["@when"] = in.phrase("cause.yesterday")
	if x.before.End.Equal(x.reading.window.Start) {
		w["@when"] = in.phrase("cause.before")
	}
	in.versus(id, x.then, w["@when"], window(x.before))
	key := "cause.changed_" + direction(x.now, x.then)
	if x.then == 0 {
		key = "cause.risen_from_nothing"
	}
	in.find(severity, x.weight, link, key, w)
}

// calm says that nothing is unusual.
func (in *inquiry) calm(s *scene) {
	in.headline("cause.calm", nil)
	if len(s.incidents) > 0 {
		n := in.fact(answer.Fact{ID: "resolved", Name: in.phrase("cause.resolved_name"), Value: float64(len(s.incidents)), Unit: "{incident}", Window: window(in.q.Range), Source: "incidents"})
		in.find(answer.SeverityInfo, 1, &answer.Link{Label: in.phrase("incident.page"), Path: "/incidents"}, "cause.resolved", with{"n": n})
	}
}

// limits names what is nearest to its limit.
func (in *inquiry) limits(near []suspect) {
	slices.SortStableFunc(near, func(a, b suspect) int { return compareDesc(a.now, b.now) })
	for i := range near[:min(len(near), 2)] {
		x := &near[i]
		id := "near" + place(i)
		name := in.text("common.of", with{"@who": x.name, "@what": in.label("metric", x.id)})
		in.fact(answer.Fact{ID: id, Name: name, Value: x.now, Unit: "%", Window: window(x.reading.window), Source: x.reading.query})
		if len(in.answer.Key) < 4 {
			in.answer.Key = append(in.answer.Key, id)
		}
		in.find(answer.SeverityInfo, x.now/1000, nil, "cause.near", with{"@who": x.name, "@what": in.label("metric", x.id), "now": id, "limit": in.limit(id, name, x.reading.measure)})
	}
}

// tellDeploys names what was changed within the time asked about.
func (in *inquiry) tellDeploys(deploys []history.Event) {
	for i := range deploys {
		e := &deploys[i]
		what := strings.TrimSpace(e.Service + " " + attributes(e.Attributes).text("service.version"))
		if what == "" {
			what = e.Title
		}
		in.find(answer.SeverityInfo, 0.9-float64(i)/100, nil, "cause.deployed", with{"@what": what, "@at": in.clock(e.At)})
	}
}
