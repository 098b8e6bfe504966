package query

import (
	"context"
	"math"
	"net/url"
	"time"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/query/measure"
	"github.com/braidotel/braid/internal/query/wording"
	"github.com/braidotel/braid/internal/question"
)

// extremes are the aggregates that are found on the curve.
const (
	aggregateMax = "max"
	aggregateMin = "min"
	aggregateAvg = "avg"
)

// metricValue answers what a figure is, or was at its most or least.
func metricValue(ctx context.Context, in *inquiry) error {
	ids := measure.Expand(in.q.Metrics)
	found := make([]*reading, len(ids))
	curves := make([][]curve, len(ids))
	charts := make([]*answer.Chart, len(ids))
	span, _ := in.canvas()
	times, step := in.times(in.q.Range)
	var services [2]*reading
	g, gctx := group(ctx)
	for i, id := range ids {
		g.Go(func() (err error) {
			if found[i], err = in.read(gctx, id, in.cut(), in.q.Range); err != nil {
				return err
			}
			return in.judge(gctx, found[i])
		})
		g.Go(func() (err error) { charts[i], err = in.overlay(gctx, id, span, 0); return err })
		if in.q.Args.Agg != "" {
			g.Go(func() (err error) { curves[i], err = in.draw(gctx, id, in.cut(), times, step); return err })
		}
	}
	g.Go(func() (err error) {
		services[0], err = in.read(gctx, ids[0], in.cut(measure.Service), in.q.Range)
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	said := 0
	for i, id := range ids {
		if found[i].empty() && len(curves[i]) == 0 {
			in.lacks(in.label("metric", id))
			continue
		}
		if said > 0 {
			in.answer.Headline = append(in.answer.Headline, answer.Piece{Text: " "})
		}
		in.answer.Headline = append(in.answer.Headline, in.valueSentence(id, found[i], curves[i], times)...)
		said++
		if charts[i] != nil {
			in.answer.Charts = append(in.answer.Charts, *charts[i])
		}
	}
	if said == 0 {
		return lacking(ids)
	}
	if in.q.Filters.Service == "" {
		in.places("common.by_service", services, func(name string) string { return "/sessions?service=" + url.QueryEscape(name) })
	}
	in.follow("compare.follow_why", "value.follow_compare")
	return nil
}

// valueSentence says one figure.
func (in *inquiry) valueSentence(id string, r *reading, curves []curve, times []time.Time) answer.Text {
	name := in.label("metric", id)
	if where := in.where(); where != "" {
		name = in.text("common.of", with{"@who": where, "@what": name})
	}
	if agg := in.q.Args.Agg; agg != "" && len(curves) > 0 {
		return in.extremeSentence(id, name, agg, curves[0].values, times)
	}
	in.figure(id, name, r)
	in.answer.Key = append(in.answer.Key, id)
	w := with{"@what": name, "now": id, "@when": in.rangeText()}
	in.unusual(in.get(id), r.measure)
	if f := in.get(id); f.Usual != nil {
		return in.say("compare."+aside(f)+"_usual", in.withUsual(f, w))
	}
	return in.say("value.is", w)
}

// extremeSentence says the most, least or mean of a curve.
func (in *inquiry) extremeSentence(id, name, agg string, values []*float64, times []time.Time) answer.Text {
	m, _ := measure.Find(id)
	best, sum, n := -1, 0.0, 0.0
	for i, v := range values {
		if v == nil {
			continue
		}
		sum, n = sum+*v, n+1
		if best < 0 || agg == aggregateMax && *v > *values[best] || agg == aggregateMin && *v < *values[best] {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	value := *values[best]
	if agg == aggregateAvg {
		value = math.Round(10*sum/n) / 10
	}
	in.fact(answer.Fact{ID: id, Name: in.text("value.name_"+agg, with{"@what": name}), Value: value, Unit: m.Unit, Window: window(in.q.Range), Source: "curve of " + id})
	in.answer.Key = append(in.answer.Key, id)
	return in.say("value."+agg, with{"@what": name, "now": id, "@when": in.rangeText(), "@at": wording.Clock(times[best].In(in.now.Location()), in.now)})
}

// where names what the figures are narrowed to.
func (in *inquiry) where() string {
	f := in.q.Filters
	for _, s := range []string{f.Service, f.Host, f.Page} {
		if s != "" {
			return s
		}
	}
	if len(f.Regions) > 0 {
		return in.region(f.Regions[0])
	}
	return ""
}

// rangeText says the time asked about.
func (in *inquiry) rangeText() string {
	r := in.q.Range
	if r.End.Equal(in.now) && r.End.Sub(r.Start) <= question.NowSpan {
		return in.phrase("common.now")
	}
	return wording.Interval(r.Start, r.End, in.now)
}
