package query

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/measure"
	"github.com/braidotel/braid/internal/query/wording"
	"github.com/braidotel/braid/internal/question"
)

const (
	// compareAtMost is the longest time before a deployment that the time after is compared with.
	compareAtMost = 24 * time.Hour
	// lookForDeploys is how far back the last deployment is looked for.
	lookForDeploys = 30 * 24 * time.Hour
	// slower is the least rise of p95, in percent and in milliseconds, that is called one.
	slowerPercent, slowerMillis = 20, 5
	defaultSlower               = 5
)

// deployRegression lists the operations that got slower, or fail more often, since a deployment.
func deployRegression(ctx context.Context, in *inquiry) error {
	deploy, err := in.deployment(ctx)
	if err != nil {
		return err
	}
	after := question.Interval{Start: deploy.At.In(in.now.Location()), End: in.now}
	length := max(time.Minute, min(after.End.Sub(after.Start), compareAtMost))
	before := question.Interval{Start: after.Start.Add(-length), End: after.Start}
	in.q.Range, in.q.CompareTo = after, before
	errs := slices.Contains(in.q.Metrics, "error_rate")
	main := "latency_p95"
	if errs {
		main = "error_rate"
	}
	by := in.cut(measure.Service, measure.Operation)
	now, then := make([]*reading, 2), make([]*reading, 1)
	g, gctx := group(ctx)
	for i, id := range []string{main, "throughput"} {
		g.Go(func() (err error) { now[i], err = in.read(gctx, id, by, after); return err })
	}
	g.Go(func() (err error) { then[0], err = in.read(gctx, main, by, before); return err })
	if err := g.Wait(); err != nil {
		return err
	}
	if now[0].empty() {
		return lacking([]string{main})
	}
	ops := regressed(now, then[0], errs)
	in.deployFacts(&deploy, ops, errs)
	in.deployTable(ops, errs)
	if err := in.tried(ctx, &deploy); err != nil {
		in.note("deploy.untried", nil)
	}
	in.follow("top.follow_slow", "compare.follow_why")
	return nil
}

// deployment is the one asked about: of the service and version named, within the time named, else the last.
func (in *inquiry) deployment(ctx context.Context) (history.Event, error) {
	w := history.Window{From: in.now.Add(-lookForDeploys), To: in.now.Add(time.Second)}
	if e, err := question.ParseExpr(in.q.Args.DeployWindow); err == nil && in.q.Args.DeployWindow != "" {
		r := e.Resolve(in.now)
		w = history.Window{From: r.Start, To: r.End}
	}
	page, err := in.records.Events(ctx, history.EventQuery{Tenant: in.tenant, Kinds: []history.Kind{history.KindDeployment}, Window: w, Service: in.q.Filters.Service, Limit: 200})
	if err != nil {
		return history.Event{}, err
	}
	for _, e := range page.Items {
		if v := in.q.Filters.Version; v == "" || strings.TrimLeft(versionOf(&e), "vV") == strings.TrimLeft(v, "vV") {
			return e, nil
		}
	}
	return history.Event{}, &missingError{what: "deployments", line: "service.version / deployment events"}
}

func versionOf(e *history.Event) string { return attributes(e.Attributes).text("service.version") }

// regressed are the operations that are worse than before, the worst first.
func regressed(now []*reading, then *reading, errs bool) []operation {
	list := operations([]*reading{now[0], nil, now[1], nil})
	out := list[:0]
	for _, o := range list {
		for _, r := range then.rowsOr() {
			if r.names[0] == o.service && r.names[1] == o.name {
				o.was = r.value
			}
		}
		more := o.p95 - o.was
		worse := !math.IsNaN(more) && (errs && more >= 1 || !errs && more >= slowerMillis && 100*more >= slowerPercent*o.was)
		if worse {
			o.rank = more
			if !errs {
				o.rank = 100 * more / max(o.was, 1)
			}
			out = append(out, o)
		}
	}
	slices.SortStableFunc(out, func(a, b operation) int { return compareDesc(a.rank, b.rank) })
	return out
}

func (in *inquiry) deployFacts(deploy *history.Event, ops []operation, errs bool) {
	what := strings.TrimSpace(deploy.Service + " " + versionOf(deploy))
	w := window(in.q.Range)
	n := in.fact(answer.Fact{ID: "slower", Name: in.phrase("deploy.slower"), Value: float64(len(ops)), Unit: "{api}", Window: w, Source: "transactions"})
	in.answer.Key = []string{n}
	slots := with{"@what": what, "@at": in.clock(deploy.At), "n": n}
	if len(ops) == 0 {
		in.headline("deploy.none", slots)
		return
	}
	key, unit := "deploy.some", "ms"
	if errs {
		key, unit = "deploy.failing", "%"
	}
	in.headline(key, slots)
	for i := range ops[:min(len(ops), in.limited(defaultSlower))] {
		o := &ops[i]
		who := o.service + " " + o.name
		id := in.fact(answer.Fact{ID: "op" + place(i), Name: in.text("common.of", with{"@who": who, "@what": in.label("metric", metricOf(errs))}), Value: o.p95, Unit: unit, Window: w, Source: "transactions"})
		in.versus(id, o.was, in.label(question.ClassCompare, "before_deploy"), window(in.q.CompareTo))
		if len(in.answer.Key) < 4 {
			in.answer.Key = append(in.answer.Key, id)
		}
		slots := with{"@who": who, "now": id, "then": id + ".then", "change": id + ".change"}
		if in.get(id).Change == "" {
			in.find(answer.SeverityWarning, o.rank, nil, "deploy.new", slots)
			continue
		}
		in.find(answer.SeverityWarning, o.rank, nil, "deploy.worse", slots)
	}
}

func metricOf(errs bool) string {
	if errs {
		return "error_rate"
	}
	return "latency_p95"
}

func (in *inquiry) deployTable(ops []operation, errs bool) {
	if len(ops) == 0 {
		return
	}
	unit := "ms"
	if errs {
		unit = "%"
	}
	limit := in.limited(defaultSlower)
	t := answer.Table{Title: in.phrase("deploy.table"), Total: len(ops), Truncated: len(ops) > limit, Columns: []answer.Column{
		in.column("common.service", ""), in.column("common.operation", ""), in.column("deploy.after", unit), in.column("deploy.before", unit),
		in.column("common.change_column", "%"), in.column("top.rate", "{request}/s"),
	}}
	c := answer.Chart{Title: in.phrase("deploy.table"), Kind: "bar", Unit: unit}
	now, then := answer.Series{Name: in.phrase("deploy.after"), Style: "now"}, answer.Series{Name: in.phrase("deploy.before"), Style: "then"}
	for _, o := range ops[:min(len(ops), limit)] {
		t.Rows = append(t.Rows, []answer.Cell{called(o.service, ""), called(o.name, ""), in.cell(o.p95, unit), in.cell(o.was, unit), in.changeCell(o.p95, o.was, unit), in.cell(o.rate, "{request}/s")})
		c.Labels = append(c.Labels, wording.Name(o.service+" "+o.name))
		now.Values, then.Values = append(now.Values, &o.p95), append(then.Values, &o.was)
	}
	c.Series = []answer.Series{now, then}
	in.answer.Tables, in.answer.Charts = append(in.answer.Tables, t), append(in.answer.Charts, c)
}
