package query

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
)

// Steps over which what is usual is averaged and looked back on.
const (
	bandSteps = 12
	weeks     = 4
	// leastWeeks is how many of them a band needs, and spread how far it reaches in deviations.
	leastWeeks = 3
	spread     = 3
)

// judge adds what is usual to each row: as seasonality has learnt it, else from the same weekday of past weeks.
func (in *inquiry) judge(ctx context.Context, r *reading) error {
	if r.empty() {
		return nil
	}
	if learnt, err := in.learnt(ctx, r); learnt || err != nil {
		return err
	}
	return in.remembered(ctx, r)
}

// learnt reads braid.baseline. It reports whether there was any.
func (in *inquiry) learnt(ctx context.Context, r *reading) (bool, error) {
	query, ok := r.source.Band(r.cut)
	if !ok || !in.lore.baselines() {
		return false, nil
	}
	step := max(time.Minute, r.window.End.Sub(r.window.Start)/bandSteps).Truncate(time.Minute)
	start := r.window.Start
	if r.window.End.Sub(start) <= 2*step {
		start = r.window.End
	}
	result, err := in.metrics.QueryRange(ctx, query, start, r.window.End, step)
	if err != nil {
		return false, err
	}
	found := false
	for _, series := range result.Series {
		v := mean(series.Points)
		if r.source.Complement {
			v = 1 - v
		}
		if r.source.Scale != 0 {
			v *= r.source.Scale
		}
		group := names(r.source, r.cut, series.Labels)
		for i := range r.rows {
			if slices.Equal(r.rows[i].names, group) && !math.IsNaN(v) {
				found = true
				bound(&r.rows[i], series.Labels["braid_bound"], v, r.source.Complement)
			}
		}
	}
	return found, nil
}

func bound(r *row, name string, v float64, turned bool) {
	if r.usual == nil {
		r.usual = &answer.Band{}
	}
	switch {
	case name == "median":
		r.usual.Median = v
	case (name == "lower") != turned:
		r.usual.Low = v
	default:
		r.usual.High = v
	}
}

// remembered takes the same window of past weeks for what is usual. Each week is a query of its own: one over all of them
// would read the days between.
func (in *inquiry) remembered(ctx context.Context, r *reading) error {
	past := make([][]history.Point, len(r.rows))
	for k := 1; k <= weeks; k++ {
		result, err := in.metrics.Query(ctx, r.query, r.window.End.AddDate(0, 0, -7*k))
		if err != nil {
			return err
		}
		if len(result.Series) == 0 {
			continue
		}
		for _, series := range result.Series {
			group := names(r.source, r.cut, series.Labels)
			if i := slices.IndexFunc(r.rows, func(x row) bool { return slices.Equal(x.names, group) }); i >= 0 {
				past[i] = append(past[i], series.Points...)
			}
		}
	}
	for i := range r.rows {
		r.rows[i].usual = spreadOf(past[i], r.measure.Least)
	}
	return nil
}

// spreadOf is the median of points with robust bounds, no narrower than what is worth a word.
func spreadOf(points []history.Point, least float64) *answer.Band {
	values := make([]float64, 0, len(points))
	for _, p := range points {
		if !math.IsNaN(p.Value) {
			values = append(values, p.Value)
		}
	}
	if len(values) < leastWeeks {
		return nil
	}
	median := medianOf(values)
	away := make([]float64, len(values))
	for i, v := range values {
		away[i] = math.Abs(v - median)
	}
	reach := max(spread*1.4826*medianOf(away), 0.1*math.Abs(median), least)
	return &answer.Band{Low: max(0, median-reach), Median: median, High: median + reach}
}

func medianOf(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

func mean(points []history.Point) float64 {
	sum, n := 0.0, 0
	for _, p := range points {
		if !math.IsNaN(p.Value) {
			sum, n = sum+p.Value, n+1
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return sum / float64(n)
}

// baselines reports whether seasonality writes to this history.
func (l *lore) baselines() bool {
	return l.metrics["braid_baseline"] || l.metrics["braid_baseline_ratio"] || l.metrics["braid_baseline_seconds"]
}
