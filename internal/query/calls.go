package query

import (
	"context"
	"math"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/measure"
)

// keptTraces is the source of calls that no metric counts.
const keptTraces = "traces"

// callUnit is what calls of a source are counted in.
func callUnit(source string) string {
	if source == keptTraces {
		return "{trace}"
	}
	return "{request}"
}

// calls finds who calls whom, and where that is from: a metric that counts all calls, else kept traces.
func (in *inquiry) calls(ctx context.Context) (found []call, source string, err error) {
	var counted []call
	var seen []call
	g, gctx := group(ctx)
	g.Go(func() (err error) { counted, source, err = in.countedCalls(gctx); return err })
	g.Go(func() (err error) { seen, err = in.seenCalls(gctx); return err })
	if err := g.Wait(); err != nil {
		return nil, "", err
	}
	if source == "" {
		return seen, keptTraces, nil
	}
	for i := range counted {
		for _, s := range seen {
			if s.from == counted[i].from && s.to == counted[i].to {
				counted[i].trace, counted[i].store = s.trace, counted[i].store || s.store
			}
		}
	}
	return counted, source, nil
}

// seenCalls finds the calls that kept traces show.
func (in *inquiry) seenCalls(ctx context.Context) ([]call, error) {
	page, err := in.records.Traces(ctx, history.TraceQuery{Tenant: in.tenant, Window: history.Window{From: in.q.Range.Start, To: in.q.Range.End}, Limit: tracesLooked})
	if err != nil {
		return nil, err
	}
	traces := make([]history.Trace, len(page.Items))
	g, gctx := group(ctx)
	for i := range page.Items {
		g.Go(func() error {
			t, _, err := in.records.Trace(gctx, in.tenant, page.Items[i].ID)
			traces[i] = t
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return callsOf(traces), nil
}

// countedCalls finds the calls that a metric counts; the source is empty where there is none.
func (in *inquiry) countedCalls(ctx context.Context) ([]call, string, error) {
	cut := in.cut(measure.Service, measure.Callee)
	delete(cut.Where, measure.Service) // one of the two sides, which is for the answer to tell
	stores := cut
	stores.By = append(stores.By[:2:2], measure.Store)
	var all, failed, took, store *reading
	g, gctx := group(ctx)
	for _, x := range []struct {
		id   string
		cut  measure.Cut
		into **reading
	}{{"calls", cut, &all}, {"calls_failed", cut, &failed}, {"call_latency", cut, &took}, {"calls", stores, &store}} {
		g.Go(func() (err error) { *x.into, err = in.read(gctx, x.id, x.cut, in.q.Range); return err })
	}
	if err := g.Wait(); err != nil || all.empty() {
		return nil, "", err
	}
	rows := map[[2]string]*call{}
	var out []call
	for _, r := range all.rows {
		if r.value > 0 {
			out = append(out, call{from: r.names[0], to: r.names[1], n: r.value, latency: math.NaN()})
		}
	}
	for i := range out {
		rows[[2]string{out[i].from, out[i].to}] = &out[i]
	}
	each := func(r *reading, take func(c *call, v float64)) {
		for _, x := range r.rowsOr() {
			if c := rows[[2]string{x.names[0], x.names[1]}]; c != nil {
				take(c, x.value)
			}
		}
	}
	each(failed, func(c *call, v float64) { c.failed = min(v, c.n) }) // two extrapolations
	each(took, func(c *call, v float64) { c.latency = v })
	each(store, func(c *call, _ float64) { c.store = true })
	sortCalls(out)
	return out, all.query, nil
}
