package query

import (
	"context"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/measure"
)

// vital are the figures by which a system is called well.
var vital = []string{"concurrent_users", "error_rate", "latency_p95", "cpu", "memory", "throughput"}

// systemStatus says whether all is well, and what is not.
func systemStatus(ctx context.Context, in *inquiry) error {
	found := make([]*reading, len(vital))
	hot := make([]*reading, 2)
	var opened []history.Event
	var unusual []episode
	var failing *reading
	g, gctx := group(ctx)
	for i, id := range vital {
		g.Go(func() (err error) {
			if found[i], err = in.read(gctx, id, in.cut(), in.q.Range); err != nil {
				return err
			}
			return in.judge(gctx, found[i])
		})
	}
	g.Go(func() (err error) {
		opened, err = in.engine.incidents(gctx, in.records, in.tenant, "open", history.Window{}, 10)
		return err
	})
	g.Go(func() (err error) { unusual, err = in.episodes(gctx, in.q.Range); return err })
	g.Go(func() (err error) {
		failing, err = in.read(gctx, "error_rate", in.cut(measure.Service), in.q.Range)
		return err
	})
	for i, id := range []string{"cpu", "memory"} {
		g.Go(func() (err error) { hot[i], err = in.read(gctx, id, in.cut(measure.Host), in.q.Range); return err })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	known := false
	for i, r := range found {
		if r.empty() {
			in.lacks(in.label("metric", vital[i]))
			continue
		}
		known = true
		in.figure(vital[i], in.label("metric", vital[i]), r)
		if len(in.answer.Key) < 4 {
			in.answer.Key = append(in.answer.Key, vital[i])
		}
		if r.measure.Worse == measure.WorseUp {
			in.unusual(in.get(vital[i]), r.measure)
		}
	}
	if !known {
		return lacking(vital)
	}
	for i := range opened {
		in.find(severityOf(opened[i].Severity), 100, &answer.Link{Label: in.phrase("incident.page"), Path: "/incidents/" + opened[i].ID}, "status.incident", with{"@what": in.about(&opened[i])})
	}
	in.failingServices(failing)
	for i, r := range hot {
		in.hotHosts([]string{"cpu", "memory"}[i], r)
	}
	in.tellEpisodes(unusual)
	in.statusHeadline()
	in.follow("compare.follow_why", "compare.follow_week", "region.follow_region")
	return nil
}

// failsFrom is the share of failed requests, in percent, that is trouble.
const failsFrom = 5

func (in *inquiry) failingServices(r *reading) {
	for i := range r.rowsOr() {
		x := r.rows[i]
		if x.value < failsFrom {
			continue
		}
		id := in.fact(answer.Fact{ID: "failing" + place(i), Name: in.text("common.of", with{"@who": x.names[0], "@what": in.label("metric", "error_rate")}), Value: x.value, Unit: "%", Window: window(r.window), Source: r.query})
		in.find(answer.SeverityCritical, x.value, nil, "cause.stands", with{"@who": x.names[0], "@what": in.label("metric", "error_rate"), "now": id})
	}
}

// hotHosts names hosts at their limit.
func (in *inquiry) hotHosts(metric string, r *reading) {
	for i := range r.rowsOr() {
		x := r.rows[i]
		if x.value < r.measure.Limit {
			continue
		}
		name := in.text("common.of", with{"@who": x.names[0], "@what": in.label("metric", metric)})
		id := in.fact(answer.Fact{ID: metric + ".hot" + place(i), Name: name, Value: x.value, Unit: "%", Window: window(r.window), Source: r.query})
		in.find(answer.SeverityCritical, x.value/10, nil, "compare.over_limit", with{"@what": name, "now": id, "limit": in.limit(metric, in.label("metric", metric), r.measure)})
	}
}

// rowsOr are the rows of a reading that may be nil.
func (r *reading) rowsOr() []row {
	if r == nil {
		return nil
	}
	return r.rows
}

func (in *inquiry) statusHeadline() {
	worst := 0
	for _, f := range in.findings {
		worst = max(worst, grave(f.Severity))
	}
	n := 0
	for _, f := range in.findings {
		if grave(f.Severity) >= 2 {
			n++
		}
	}
	in.fact(answer.Fact{ID: "troubles", Name: in.phrase("status.troubles"), Value: float64(n), Window: window(in.q.Range), Source: "findings"})
	w := with{"users": "concurrent_users", "errors": "error_rate", "n": "troubles"}
	key := "status.well"
	switch worst {
	case 3:
		key = "status.critical"
	case 2:
		key = "status.warning"
	}
	in.headline(key, w)
	if in.get("concurrent_users") != nil && in.get("error_rate") != nil {
		in.answer.Headline = append(in.answer.Headline, answer.Piece{Text: " "})
		in.answer.Headline = append(in.answer.Headline, in.say("status.figures", w)...)
	}
	if len(in.findings) == 0 {
		in.find(answer.SeverityGood, 0, nil, "status.nothing", nil)
	}
}
