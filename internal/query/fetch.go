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

	recounted string // where the rows are from if not from query
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
	r := &reading{measure: m, source: s, cut: c, window: in.covered(w)}
	r.query = s.Value(c, r.window.End.Sub(r.window.Start))
	result, err := in.metrics.Query(ctx, r.query, w.End)
	if err != nil {
		return nil, err
	}
	for _, series := range result.Series {
		if v := last(series.Points); !math.IsNaN(v) {
			r.rows = append(r.rows, row{names: names(s, c, series.Labels), value: v})
		}
	}
	slices.SortStableFunc(r.rows, func(a, b row) int { return slices.Compare(a.names, b.names) })
	return r, nil
}

// covered is the part of a window that the history can know of: what came in an hour is no rate of a week.
func (in *inquiry) covered(w question.Interval) question.Interval {
	if begun := in.lore.begun.In(w.Start.Location()); begun.After(w.Start) && begun.Before(w.End.Add(-time.Minute)) {
		w.Start = begun
	}
	return w
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
