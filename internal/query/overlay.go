package query

import (
	"context"
	"math"
	"time"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/query/measure"
	"github.com/braidotel/braid/internal/query/wording"
	"github.com/braidotel/braid/internal/question"
)

// maxCharts bounds the curves of one comparison.
const maxCharts = 3

// overlays draw the first figures' courses over those they are compared with.
func (in *inquiry) overlays(ctx context.Context, ids []string) ([]answer.Chart, error) {
	span, shift := in.canvas()
	charts := make([]*answer.Chart, min(maxCharts, len(ids)))
	g, gctx := group(ctx)
	for i := range charts {
		g.Go(func() (err error) { charts[i], err = in.overlay(gctx, ids[i], span, shift); return err })
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var out []answer.Chart
	for _, c := range charts {
		if c != nil {
			out = append(out, *c)
		}
	}
	return out, nil
}

// leastCanvas is the shortest time a chart shows: five minutes are no curve.
const leastCanvas = 3 * time.Hour

// canvas is the time a chart shows and how far back what it compares with lies; 0 where that is nothing.
func (in *inquiry) canvas() (question.Interval, time.Duration) {
	w := in.q.Range
	span := w
	if w.End.Sub(w.Start) < leastCanvas {
		midnight := time.Date(w.End.Year(), w.End.Month(), w.End.Day(), 0, 0, 0, 0, w.End.Location())
		span.Start = midnight
		if w.End.Sub(midnight) < leastCanvas {
			span.Start = w.End.Add(-leastCanvas)
		}
	}
	if in.q.CompareTo.IsZero() {
		return span, 0
	}
	return span, w.Start.Sub(in.q.CompareTo.Start)
}

func (in *inquiry) overlay(ctx context.Context, id string, span question.Interval, shift time.Duration) (*answer.Chart, error) {
	span = in.covered(span)
	times, step := in.times(span)
	now, err := in.draw(ctx, id, in.cut(), times, step)
	if err != nil || len(now) == 0 {
		return nil, err
	}
	m, _ := measure.Find(id)
	c := &answer.Chart{Title: in.label(question.ClassMetric, id), Kind: "line", Unit: m.Unit, Times: unix(times)}
	c.Series = append(c.Series, answer.Series{Name: in.phrase("common.now"), Style: "now", Values: now[0].values})
	if shift > 0 {
		then, err := in.draw(ctx, id, in.cut(), earlier(times, shift), step)
		if err != nil {
			return nil, err
		}
		if len(then) > 0 {
			c.Series = append(c.Series, answer.Series{Name: in.when(), Style: "then", Values: fit(then[0].values, len(times))})
		}
	}
	if m.Limit > 0 {
		limit := m.Limit
		c.Limit = &limit
	}
	in.peakOf(c, times)
	band, err := in.bandCurve(ctx, id, times, step)
	if err != nil || band == nil {
		return c, err
	}
	c.Series = append(c.Series, *band)
	return c, nil
}

// bandCurve is the course of what is usual; nil where nothing learns it.
func (in *inquiry) bandCurve(ctx context.Context, id string, times []time.Time, step time.Duration) (*answer.Series, error) {
	m, _ := measure.Find(id)
	s, ok := m.Pick(in.lore.has, in.cut())
	if !ok || !in.lore.baselines() {
		return nil, nil
	}
	query, ok := s.Band(in.cut())
	if !ok {
		return nil, nil
	}
	result, err := in.metrics.QueryRange(ctx, query, times[0], times[len(times)-1], step)
	if err != nil || len(result.Series) == 0 {
		return nil, err
	}
	out := &answer.Series{Name: in.phrase("common.usual"), Style: "usual", Values: make([]*float64, len(times)), Low: make([]*float64, len(times)), High: make([]*float64, len(times))}
	for _, series := range result.Series {
		values := out.Values
		if b := series.Labels["braid_bound"]; b != "median" {
			values = out.High
			if (b == "lower") != s.Complement {
				values = out.Low
			}
		}
		for _, p := range series.Points {
			i := int(p.At.Sub(times[0]) / step)
			if i < 0 || i >= len(values) || math.IsNaN(p.Value) {
				continue
			}
			v := p.Value
			if s.Complement {
				v = 1 - v
			}
			if s.Scale != 0 {
				v *= s.Scale
			}
			values[i] = &v
		}
	}
	return out, nil
}

// peakOf labels a chart with the greatest value of its first series and when that was.
func (in *inquiry) peakOf(c *answer.Chart, times []time.Time) {
	i := peak(c.Series[0].Values)
	if i < 0 {
		return
	}
	text := wording.Figure(*c.Series[0].Values[i], c.Unit, in.lang) + " · " + wording.Clock(times[i].In(in.now.Location()), in.now)
	c.Peak = answer.Text{{Text: in.phrase("common.peak") + " " + text}}
}

func unix(times []time.Time) []int64 {
	out := make([]int64, len(times))
	for i, t := range times {
		out[i] = t.Unix()
	}
	return out
}

// fit makes a curve as long as the one it is drawn under: a shift over a change of clocks differs by some points.
func fit(values []*float64, n int) []*float64 {
	out := make([]*float64, n)
	copy(out, values)
	return out
}
