package query

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/measure"
	"github.com/braidotel/braid/internal/question"
)

// atOnce is how many queries of one question run at once.
const atOnce = 6

// group runs the queries of a question together, bounded.
func group(ctx context.Context) (*errgroup.Group, context.Context) {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	return g, ctx
}

// reading is a figure as it was found: one row a group, one row in all where nothing was grouped.
type reading struct {
	measure *measure.Measure
	source  *measure.Source
	cut     measure.Cut
	query   string
	window  question.Interval
	rows    []row
}

// row is the value of one group, by the values of the cut's dimensions.
type row struct {
	names []string
	value float64
	usual *answer.Band
}

// one is the only value; NaN where there is none.
func (r *reading) one() float64 {
	if r == nil || len(r.rows) == 0 {
		return math.NaN()
	}
	return r.rows[0].value
}

// usual is the only band; nil where there is none.
func (r *reading) usual() *answer.Band {
	if r == nil || len(r.rows) == 0 {
		return nil
	}
	return r.rows[0].usual
}

// of returns the value of a group; NaN where there is none.
func (r *reading) of(name string) float64 {
	if r != nil {
		for i := range r.rows {
			if len(r.rows[i].names) > 0 && r.rows[i].names[0] == name {
				return r.rows[i].value
			}
		}
	}
	return math.NaN()
}

func (r *reading) empty() bool { return r == nil || len(r.rows) == 0 }

func window(i question.Interval) answer.Window { return answer.Window{Start: i.Start, End: i.End} }

// read finds a figure over a window. A figure without a source is empty, not an error.
func (in *inquiry) read(ctx context.Context, id string, c measure.Cut, w question.Interval) (*reading, error) {
	m, ok := measure.Find(id)
	if !ok {
		return nil, nil
	}
	s, ok := m.Pick(in.lore.has, c)
	if !ok || !w.End.After(w.Start) {
		return &reading{measure: m, window: w, cut: c}, nil
	}
	r := &reading{measure: m, source: s, cut: c, window: w}
	for _, width := range widths(w.End.Sub(w.Start)) {
		r.query = s.Value(c, width)
		r.window.Start = w.End.Add(-width)
		result, err := in.metrics.Query(ctx, r.query, w.End)
		if err != nil {
			return nil, err
		}
		for _, series := range result.Series {
			if v := last(series.Points); !math.IsNaN(v) {
				r.rows = append(r.rows, row{names: names(s, c, series.Labels), value: v})
			}
		}
		if len(r.rows) > 0 || !w.End.Equal(in.now) {
			break
		}
	}
	slices.SortStableFunc(r.rows, func(a, b row) int { return slices.Compare(a.names, b.names) })
	return r, nil
}

// young are the widths tried where a window that ends now has no figure: rollups of a history that has just begun hold a
// single point of it, and no rate.
var young = []time.Duration{time.Hour, 10 * time.Minute}

func widths(window time.Duration) []time.Duration {
	out := []time.Duration{window}
	for _, w := range young {
		if w < window {
			out = append(out, w)
		}
	}
	return out
}

func names(s *measure.Source, c measure.Cut, labels map[string]string) []string {
	out := make([]string, len(c.By))
	for i, d := range c.By {
		out[i] = labels[s.Labels[d]]
	}
	return out
}

func last(points []history.Point) float64 {
	if len(points) == 0 || math.IsInf(points[len(points)-1].Value, 0) {
		return math.NaN()
	}
	return points[len(points)-1].Value
}

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

// steps are the widths that curves are drawn in: those that rollups have, and multiples of them.
var steps = []time.Duration{
	15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour,
}

// curvePoints is about how many points a curve has: what a screen can show.
const curvePoints = 150

// stepOf chooses a width for a span.
func stepOf(span time.Duration) time.Duration {
	for _, s := range steps {
		if span/s <= curvePoints {
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

// draw finds a figure's course at given times, which are step apart.
func (in *inquiry) draw(ctx context.Context, id string, c measure.Cut, times []time.Time, step time.Duration) ([]curve, error) {
	m, ok := measure.Find(id)
	if !ok || len(times) == 0 {
		return nil, nil
	}
	s, ok := m.Pick(in.lore.has, c)
	if !ok {
		return nil, nil
	}
	// A rate needs two points: a step of a few seconds may not hold them.
	return in.course(ctx, s.Curve(c, max(step, time.Minute)), s, c, times, step)
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

// freshness asks for the time of the newest point, beside what the answer asks.
func (in *inquiry) freshness(ctx context.Context) <-chan float64 {
	out := make(chan float64, 1)
	var metric string
	for _, m := range []string{"braid_session_active", "braid_concurrent_users", "system_cpu_utilization_ratio", "braid_transaction_duration_seconds", "http_server_request_duration_seconds"} {
		if in.lore.metrics[m] {
			metric = m
			break
		}
	}
	if metric == "" {
		out <- math.NaN()
		return out
	}
	go func() {
		result, err := in.metrics.Query(ctx, "max(timestamp("+metric+"))", in.now)
		if err != nil || len(result.Series) == 0 {
			out <- math.NaN()
			return
		}
		out <- float64(in.now.UnixMilli())/1000 - last(result.Series[0].Points)
	}()
	return out
}

// lateAfter is how far behind the newest data may be without a word.
const lateAfter = 2 * time.Minute

// quality says how late the data is; NaN is none within the last minutes.
func (in *inquiry) quality(late float64) {
	switch {
	case math.IsNaN(late):
		in.answer.Quality.Complete = false
		in.note("common.stale", nil)
	case late > lateAfter.Seconds():
		in.answer.Quality.LateSeconds = late
		in.note("common.late", nil)
	default:
		in.answer.Quality.LateSeconds = max(0, late)
	}
}

// earliest is when the history begins, to the hour; zero where it is empty. It halves the time in which that may be.
func (in *inquiry) earliest(ctx context.Context) time.Time {
	some := func(before time.Time) bool {
		n, err := in.records.CountSessions(ctx, history.SessionQuery{Tenant: in.tenant, Window: history.Window{To: before}}, history.ByNothing)
		return err == nil && len(n.Items) > 0 && n.Items[0].N > 0
	}
	to := in.now.Add(time.Hour).Truncate(time.Hour)
	if !some(to) {
		return time.Time{}
	}
	from := to.AddDate(-3, 0, 0)
	for to.Sub(from) > time.Hour {
		middle := from.Add(to.Sub(from) / 2).Truncate(time.Hour)
		if !middle.After(from) {
			break
		}
		if some(middle) {
			to = middle
		} else {
			from = middle
		}
	}
	return from
}

// cut is the cut that a question's filters make.
func (in *inquiry) cut(by ...measure.Dim) measure.Cut {
	c := measure.Cut{Where: map[measure.Dim][]string{}, By: by}
	f := in.q.Filters
	if f.Service != "" {
		c.Where[measure.Service] = []string{f.Service}
	}
	if f.Host != "" {
		c.Where[measure.Host] = []string{f.Host}
	}
	if f.Page != "" {
		c.Where[measure.Page] = []string{f.Page}
	}
	if len(f.Regions) > 0 {
		c.Where[measure.Region] = f.Regions
	}
	return c
}

// lacking is the answer where not one of the figures asked for has data.
func lacking(ids []string) error {
	line, what := "", ""
	for _, id := range ids {
		if m, ok := measure.Find(id); ok && line == "" {
			line, what = m.Bring, id
		}
	}
	return &missingError{what: what, line: line}
}

// notFound tells an error about something that does not exist.
func notFound(err error) bool { return errors.Is(err, ErrNotFound) }
