package query

import (
	"context"
	"slices"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/query/measure"
)

// webVitals says how pages load and react, by the 75th percentile that the field judges by.
func webVitals(ctx context.Context, in *inquiry) error {
	ids := measure.Expand(in.q.Metrics)
	if len(ids) == 0 {
		ids = measure.Expand([]string{"web_vitals"})
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return id != "lcp" && id != "inp" && id != "cls" })
	all, pages := make([]*reading, len(ids)), make([]*reading, len(ids))
	g, gctx := group(ctx)
	for i, id := range ids {
		g.Go(func() (err error) { all[i], err = in.read(gctx, id, in.cut(), in.q.Range); return err })
		g.Go(func() (err error) { pages[i], err = in.read(gctx, id, in.cut(measure.Page), in.q.Range); return err })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	good := true
	for i, r := range all {
		if r.empty() {
			in.lacks(in.label("metric", ids[i]))
			continue
		}
		id := in.figure(ids[i], in.label("metric", ids[i]), r)
		in.answer.Key = append(in.answer.Key, id)
		key, severity := "vitals.good", answer.SeverityGood
		if r.one() > r.measure.Limit {
			key, severity, good = "vitals.poor", answer.SeverityWarning, false
		}
		in.find(severity, r.one()/r.measure.Limit, nil, key, with{"@what": in.label("metric", ids[i]), "now": id, "limit": in.limit(id, in.label("metric", ids[i]), r.measure)})
	}
	if len(in.answer.Key) == 0 {
		return lacking(ids)
	}
	if good {
		in.headline("vitals.all_good", nil)
	} else {
		in.headline("vitals.some_poor", nil)
	}
	for i, r := range pages {
		in.places(in.label("metric", ids[i]), [2]*reading{r, nil}, func(string) string { return "" })
	}
	in.follow("cause.follow_slow")
	return nil
}
