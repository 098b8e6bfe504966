package query

import (
	"context"
	"math"
	"net/url"
	"slices"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/query/measure"
)

// regionMeasures are by what regions are ranked and judged: the first is the load itself.
var regionMeasures = []string{"concurrent_users", "cpu", "error_rate", "latency_p95", "active_sessions", "throughput"}

// regional is how one region stands.
type regional struct {
	id, name string
	users    float64
	usual    *answer.Band
	cpu      float64
	errors   float64
	share    float64 // against the mean of all regions, in percent
	fact     string
}

// over is how far the users of a region are above its own normal, in half widths of its band; 0 where that is not known.
func (r *regional) over() float64 {
	if r.usual == nil || r.users <= r.usual.Median {
		return 0
	}
	return distance(r.users, r.usual)
}

// regionLoad ranks regions by their users, each against its own normal and against the mean of all.
func regionLoad(ctx context.Context, in *inquiry) error {
	only := in.q.Filters.Regions
	in.q.Filters.Regions = nil // the mean is of all
	found := make([]*reading, len(regionMeasures))
	cut := in.cut(measure.Region)
	g, gctx := group(ctx)
	for i, id := range regionMeasures {
		g.Go(func() (err error) {
			if found[i], err = in.read(gctx, id, cut, in.q.Range); err != nil || i > 0 && id != "active_sessions" {
				return err
			}
			if err := in.recount(gctx, found[i]); err != nil {
				return err
			}
			return in.judge(gctx, found[i])
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	in.q.Filters.Regions = only
	load := found[0]
	for _, i := range []int{4, 5, 1} { // who counts no users has sessions, requests or processors
		if load.empty() {
			load = found[i]
		}
	}
	if load.empty() {
		return &missingError{what: "concurrent_users", line: "concurrency::keys: [service.name, braid.region]"}
	}
	regions := in.rankRegions(load, found)
	in.regionFacts(regions, load)
	in.regionSentences(regions, load, only)
	in.regionTable(regions, load)
	in.follow("region.follow_why", "region.follow_compare")
	return nil
}

func (in *inquiry) rankRegions(load *reading, found []*reading) []regional {
	mean := 0.0
	for _, r := range load.rows {
		mean += r.value / float64(len(load.rows))
	}
	out := make([]regional, 0, len(load.rows))
	for _, r := range load.rows {
		id := r.names[0]
		out = append(out, regional{
			id: id, name: in.region(id), users: r.value, usual: r.usual, cpu: found[1].of(id), errors: found[2].of(id), share: 100 * (r.value/mean - 1),
		})
	}
	asc := in.q.Args.Order == "asc"
	slices.SortStableFunc(out, func(a, b regional) int {
		if asc {
			return compareDesc(b.users, a.users)
		}
		return compareDesc(a.users, b.users)
	})
	return out
}

func (in *inquiry) regionFacts(regions []regional, load *reading) {
	set := in.set()
	metric := in.label("metric", load.measure.ID)
	total := 0.0
	for i := range regions {
		r := &regions[i]
		total += r.users
		r.fact = in.fact(answer.Fact{
			ID: "region." + place(i), Name: in.text("common.of", with{"@who": r.name, "@what": metric}), Value: r.users, Unit: load.measure.Unit,
			Window: window(load.window), Source: load.cited(), Usual: r.usual, Among: set,
		})
	}
	mean := total / float64(len(regions))
	in.fact(answer.Fact{ID: "mean", Name: in.text("region.mean", with{"@what": metric}), Value: round(mean), Unit: load.measure.Unit, Window: window(load.window), Source: load.cited()})
	for i := range regions {
		in.versusMean(&regions[i], mean)
	}
	in.answer.Key = []string{regions[0].fact, "mean"}
	if regions[0].share != 0 {
		in.answer.Key = append(in.answer.Key, regions[0].fact+".change")
	}
}

// versusMean ties a region's fact to the mean of all.
func (in *inquiry) versusMean(r *regional, mean float64) {
	f := in.get(r.fact)
	change, unit := difference(r.users, mean, "")
	if f == nil || math.IsNaN(change) {
		return
	}
	f.Then, f.Change = "mean", r.fact+".change"
	signed := answer.Fact{ID: r.fact + ".change", Name: in.text("region.against_mean", with{"@who": r.name}), Value: change, Unit: unit, Window: f.Window, Source: r.fact + " − mean"}
	signed.Text = signedText(change, unit, in.lang)
	in.fact(signed)
}

// attention is how far above its own normal, in half widths, a region deserves a look; far, wants one now.
const (
	attention = 1.0
	farAbove  = 2.0
	// aboveMean is the same against the mean of all, in percent, where nothing is known of its own normal.
	aboveMean = 40
)

func (in *inquiry) regionSentences(regions []regional, load *reading, only []string) {
	top := regions[0]
	w := with{"@region": top.name, "load": top.fact, "mean": "mean", "change": top.fact + ".change", "@what": in.label("metric", load.measure.ID)}
	switch {
	case len(only) > 0:
		in.regionsAsked(regions, only, w)
	case len(regions) == 1:
		in.headline("region.only", w)
	case in.q.Args.Order == "asc":
		in.headline("region.quietest", w)
	case top.share < 1:
		in.headline("region.busiest_even", w)
	default:
		in.headline("region.busiest", w)
	}
	for i := range regions {
		r := &regions[i]
		w := with{"@region": r.name, "load": r.fact, "change": r.fact + ".change"}
		link := &answer.Link{Label: r.name, Path: "/sessions?region=" + url.QueryEscape(r.id)}
		switch over := r.over(); {
		case over >= farAbove:
			in.find(answer.SeverityCritical, over, link, "region.far_above", in.withUsual(in.get(r.fact), w))
		case over >= attention:
			in.find(answer.SeverityWarning, over, link, "region.above", in.withUsual(in.get(r.fact), w))
		case r.usual == nil && r.share >= aboveMean && len(regions) > 2:
			in.find(answer.SeverityInfo, r.share/1000, link, "region.above_mean", w)
		}
		if r.cpu >= 90 {
			cpu := in.fact(answer.Fact{ID: r.fact + ".cpu", Name: in.text("common.of", with{"@who": r.name, "@what": "CPU"}), Value: r.cpu, Unit: "%", Window: window(in.q.Range), Source: "cpu"})
			in.find(answer.SeverityCritical, r.cpu, link, "region.cpu", with{"@region": r.name, "cpu": cpu})
		}
	}
	if len(in.findings) == 0 {
		in.find(answer.SeverityGood, 0, nil, "region.all_usual", nil)
	}
}

// regionsAsked says how the regions named in the question stand.
func (in *inquiry) regionsAsked(regions []regional, only []string, w with) {
	for i := range regions {
		r := &regions[i]
		if !slices.Contains(only, r.id) {
			continue
		}
		w := with{"@region": r.name, "load": r.fact, "@what": w["@what"], "mean": "mean", "change": r.fact + ".change"}
		key := "region.one"
		if r.usual != nil {
			key = "region.one_" + aside(in.get(r.fact))
			w = in.withUsual(in.get(r.fact), w)
		}
		if len(in.answer.Headline) > 0 {
			in.answer.Headline = append(in.answer.Headline, answer.Piece{Text: " "})
		}
		in.answer.Headline = append(in.answer.Headline, in.say(key, w)...)
	}
	if len(in.answer.Headline) == 0 {
		in.headline("region.not_there", with{"@region": in.region(only[0])})
	}
}

func (in *inquiry) regionTable(regions []regional, load *reading) {
	t := answer.Table{Title: in.phrase("region.table"), Columns: []answer.Column{
		in.column("common.region", ""), in.column(in.label("metric", load.measure.ID), load.measure.Unit), in.column("common.usual", load.measure.Unit),
		in.column("region.against_mean_column", "%"), in.column("CPU", "%"), in.column(in.label("metric", "error_rate"), "%"),
	}}
	limit := in.q.Args.Limit
	if limit <= 1 {
		limit = maxRows
	}
	c := answer.Chart{Title: in.phrase("region.table"), Kind: "map", Unit: load.measure.Unit}
	now, usual := answer.Series{Name: in.phrase("common.now"), Style: "now"}, answer.Series{Name: in.phrase("common.usual"), Style: "usual"}
	for i := range regions {
		r := &regions[i]
		c.Labels = append(c.Labels, r.name)
		now.Values = append(now.Values, &r.users)
		var median *float64
		if r.usual != nil {
			median = &r.usual.Median
		}
		usual.Values = append(usual.Values, median)
		if i < limit {
			users := in.cell(r.users, load.measure.Unit)
			if in.provisional(r.id) {
				users.Text = in.text("region.provisional", with{"@figure": users.Text})
			}
			t.Rows = append(t.Rows, []answer.Cell{
				called(r.name, "/sessions?region="+url.QueryEscape(r.id)), users, in.bandCell(r.usual, load.measure.Unit),
				in.changeCell(r.users, r.users/(1+r.share/100), ""), in.cell(r.cpu, "%"), in.cell(r.errors, "%"),
			})
		}
	}
	t.Total, t.Truncated = len(regions), len(regions) > limit
	c.Series = []answer.Series{now, usual}
	in.answer.Tables, in.answer.Charts = append(in.answer.Tables, t), append(in.answer.Charts, c)
}
