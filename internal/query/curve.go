package query

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/braidotel/braid/internal/query/measure"
	"github.com/braidotel/braid/internal/question"
)

// steps are the widths that curves are drawn in: those that rollups have, and multiples of them.
var steps = []time.Duration{
	15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour,
}

// curvePoints is about how many points a curve has: what a screen can show.
const curvePoints = 150

// reportPoints is what paper shows: few enough for the five-minute rollups to answer most of a week.
const reportPoints = 75

// stepOf chooses a width for a span of so many points.
func stepOf(span, points time.Duration) time.Duration {
	for _, s := range steps {
		if span/s <= points {
			return s
		}
	}
	return steps[len(steps)-1]
}

// curve is a figure's course on a grid.
type curve struct {
	names  []string
	values []*float64
}

// grid are the times of a curve, ascending, the last at the end of the span or just before.
func grid(w question.Interval, step time.Duration) []time.Time {
	start := w.Start.Truncate(step)
	if start.Before(w.Start) {
		start = start.Add(step)
	}
	var out []time.Time
	for at := start; !at.After(w.End); at = at.Add(step) {
		out = append(out, at)
	}
	return out
}

// times are those of a curve over as much of a span as there is data of, and how far they are apart: the last ends the span
// and may be closer.
func (in *inquiry) times(span question.Interval) ([]time.Time, time.Duration) {
	span = in.covered(span)
	points := time.Duration(curvePoints)
	if in.q.Intent == question.IntentReport {
		points = reportPoints
	}
	step := stepOf(span.End.Sub(span.Start), points)
	times := grid(span, step)
	if n := len(times); n > 0 && span.End.Sub(times[n-1]) >= time.Minute {
		times = append(times, span.End)
	}
	return times, step
}

// earlier are the same times before.
func earlier(times []time.Time, shift time.Duration) []time.Time {
	out := make([]time.Time, len(times))
	for i, at := range times {
		out[i] = at.Add(-shift)
	}
	return out
}

// draw finds a figure's course at given times, which are step apart but for the last, which may be closer.
func (in *inquiry) draw(ctx context.Context, id string, c measure.Cut, times []time.Time, step time.Duration) ([]curve, error) {
	m, ok := measure.Find(id)
	if !ok || len(times) == 0 {
		return nil, nil
	}
	s, ok := m.Pick(in.lore.has, c)
	if !ok {
		return nil, nil
	}
	end := len(times)
	if end > 1 && times[end-1].Sub(times[end-2]) < step {
		end--
	}
	// A rate needs two points: a step of a few seconds may not hold them.
	curves, err := in.course(ctx, s.Curve(c, max(step, time.Minute)), s, c, times[:end], step)
	if err != nil || end == len(times) {
		return curves, err
	}
	rest := times[end].Sub(times[end-1])
	tails, err := in.course(ctx, s.Curve(c, max(rest, time.Minute)), s, c, times[end:], rest)
	if err != nil {
		return nil, err
	}
	return lengthen(curves, tails, end), nil
}

// lengthen adds a last value to each curve that has one.
func lengthen(curves, tails []curve, length int) []curve {
	for _, tail := range tails {
		i := slices.IndexFunc(curves, func(c curve) bool { return slices.Equal(c.names, tail.names) })
		if i < 0 {
			curves, i = append(curves, curve{names: tail.names, values: make([]*float64, length)}), len(curves)
		}
		curves[i].values = append(curves[i].values[:length:length], tail.values[0])
	}
	for i := range curves {
		if len(curves[i].values) == length {
			curves[i].values = append(curves[i].values[:length:length], nil)
		}
	}
	return curves
}

func (in *inquiry) course(ctx context.Context, query string, s *measure.Source, c measure.Cut, times []time.Time, step time.Duration) ([]curve, error) {
	result, err := in.metrics.QueryRange(ctx, query, times[0], times[len(times)-1], step)
	if err != nil {
		return nil, err
	}
	out := make([]curve, 0, len(result.Series))
	for _, series := range result.Series {
		k := curve{names: names(s, c, series.Labels), values: make([]*float64, len(times))}
		for _, p := range series.Points {
			if i := int(p.At.Sub(times[0]) / step); i >= 0 && i < len(times) && !math.IsNaN(p.Value) && !math.IsInf(p.Value, 0) {
				v := p.Value
				k.values[i] = &v
			}
		}
		out = append(out, k)
	}
	slices.SortStableFunc(out, func(a, b curve) int { return slices.Compare(a.names, b.names) })
	return out, nil
}

// peak is the greatest value of a curve and its place; -1 where it is empty.
func peak(values []*float64) int {
	best := -1
	for i, v := range values {
		if v != nil && (best < 0 || *v > *values[best]) {
			best = i
		}
	}
	return best
}
