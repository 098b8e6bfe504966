package tsdb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/storage"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/history/tenantql"
)

// maxSteps bounds the points of a series in an answer, as Prometheus does.
const maxSteps = 11_000

// Metrics returns what answers about one tenant.
func (d *DB) Metrics(tenant history.Tenant) history.Metrics { return &metrics{db: d, tenant: tenant} }

type metrics struct {
	db     *DB
	tenant history.Tenant
}

// Query implements history.Metrics.
func (m *metrics) Query(ctx context.Context, query string, at time.Time) (history.Result, error) {
	own, err := tenantql.Restrict(query, m.tenant)
	if err != nil {
		return history.Result{}, err
	}
	q, err := m.db.engine.NewInstantQuery(ctx, queryable{m.db}, nil, own, at)
	return m.db.run(ctx, q, err)
}

// QueryRange implements history.Metrics.
func (m *metrics) QueryRange(ctx context.Context, query string, start, end time.Time, step time.Duration) (history.Result, error) {
	switch {
	case step < time.Millisecond:
		return history.Result{}, fmt.Errorf("%w: a step of %s", history.ErrQuery, step)
	case end.Before(start):
		return history.Result{}, fmt.Errorf("%w: it ends before it starts", history.ErrQuery)
	case end.Sub(start)/step >= maxSteps:
		return history.Result{}, fmt.Errorf("%w: more than %d steps; take a longer one", history.ErrQuery, maxSteps)
	}
	own, err := tenantql.Restrict(query, m.tenant)
	if err != nil {
		return history.Result{}, err
	}
	q, err := m.db.engine.NewRangeQuery(ctx, queryable{m.db}, nil, own, start, end, step)
	return m.db.run(ctx, q, err)
}

func (d *DB) run(ctx context.Context, q promql.Query, err error) (history.Result, error) {
	if err != nil {
		return history.Result{}, fmt.Errorf("%w: %w", history.ErrQuery, err)
	}
	defer q.Close()
	answer := q.Exec(ctx)
	if answer.Err != nil {
		reason := blame(answer.Err)
		if d.meet(answer.Err) {
			reason = history.ErrUnavailable
		}
		return history.Result{}, fmt.Errorf("evaluating: %w: %w", reason, answer.Err)
	}
	result := history.Result{Series: convertValue(answer)}
	for _, w := range answer.Warnings.AsErrors() {
		result.Warnings = append(result.Warnings, w.Error())
	}
	return result, nil
}

// blame tells errors of the query from those that pass.
func blame(err error) error {
	var storageFailed promql.ErrStorage
	var timeout promql.ErrQueryTimeout
	var canceled promql.ErrQueryCanceled
	if errors.As(err, &storageFailed) || errors.As(err, &timeout) || errors.As(err, &canceled) {
		return history.ErrUnavailable
	}
	return history.ErrQuery
}

func convertValue(answer *promql.Result) []history.Series {
	switch v := answer.Value.(type) {
	case promql.Matrix:
		series := make([]history.Series, len(v))
		for i := range v {
			series[i] = history.Series{Labels: v[i].Metric.Map(), Points: points(&v[i])}
		}
		return series
	case promql.Vector:
		series := make([]history.Series, len(v))
		for i := range v {
			series[i] = history.Series{Labels: v[i].Metric.Map(), Points: []history.Point{point(v[i].T, v[i].F, v[i].H)}}
		}
		return series
	case promql.Scalar:
		return []history.Series{{Labels: map[string]string{}, Points: []history.Point{point(v.T, v.V, nil)}}}
	}
	return nil // a string
}

// points joins floats and histograms of a series in order of time.
func points(s *promql.Series) []history.Point {
	list := make([]history.Point, 0, len(s.Floats)+len(s.Histograms))
	f, h := s.Floats, s.Histograms
	for len(f) > 0 || len(h) > 0 {
		if len(h) == 0 || len(f) > 0 && f[0].T < h[0].T {
			list, f = append(list, point(f[0].T, f[0].F, nil)), f[1:]
			continue
		}
		list, h = append(list, point(h[0].T, 0, h[0].H)), h[1:]
	}
	return list
}

func point(t int64, v float64, h *histogram.FloatHistogram) history.Point {
	if h != nil {
		v = math.NaN()
		if h.Count > 0 {
			v = h.Sum / h.Count
		}
	}
	return history.Point{At: time.UnixMilli(t).UTC(), Value: v}
}

// LabelNames implements history.Metrics.
func (m *metrics) LabelNames(ctx context.Context, selectors []string, w history.Window) ([]string, error) {
	return m.list(selectors, w, func(q storage.Querier, set []*labels.Matcher) ([]string, error) {
		names, _, err := q.LabelNames(ctx, &storage.LabelHints{Limit: history.MaxLimit}, set...)
		return names, err
	})
}

// LabelValues implements history.Metrics.
func (m *metrics) LabelValues(ctx context.Context, label string, selectors []string, w history.Window) ([]string, error) {
	return m.list(selectors, w, func(q storage.Querier, set []*labels.Matcher) ([]string, error) {
		values, _, err := q.LabelValues(ctx, label, &storage.LabelHints{Limit: history.MaxLimit}, set...)
		return values, err
	})
}

// list gathers the strings of every selector, sorted and once each.
func (m *metrics) list(selectors []string, w history.Window, each func(storage.Querier, []*labels.Matcher) ([]string, error)) ([]string, error) {
	sets, err := tenantql.Selectors(selectors, m.tenant)
	if err != nil {
		return nil, err
	}
	q, err := m.querier(w)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	seen := map[string]bool{}
	for _, set := range sets {
		found, err := each(q, set)
		if err != nil {
			return nil, fmt.Errorf("listing: %w: %w", history.ErrUnavailable, err)
		}
		for _, s := range found {
			// These point into a block's file, which is unmapped when the block was rolled into another.
			seen[strings.Clone(s)] = true
		}
	}
	return sorted(seen), nil
}

// Series implements history.Metrics.
func (m *metrics) Series(ctx context.Context, selectors []string, w history.Window, limit int) (history.Page[map[string]string], error) {
	var page history.Page[map[string]string]
	sets, err := tenantql.Selectors(selectors, m.tenant)
	if err != nil {
		return page, err
	}
	if limit <= 0 || limit > history.MaxLimit {
		limit = history.MaxLimit
	}
	q, err := m.querier(w)
	if err != nil {
		return page, err
	}
	defer q.Close()
	from, to := bounds(w)
	hints := &storage.SelectHints{Start: from, End: to, Func: listing}
	seen := map[string]bool{}
	for _, set := range sets {
		found := q.Select(ctx, true, hints, set...)
		for found.Next() {
			ls := found.At().Labels()
			if key := ls.String(); !seen[key] {
				if len(page.Items) == limit {
					page.Truncated = true
					return page, nil
				}
				seen[key] = true
				page.Items = append(page.Items, ls.Map())
			}
		}
		if err := found.Err(); err != nil {
			return page, fmt.Errorf("listing: %w: %w", history.ErrUnavailable, err)
		}
	}
	return page, nil
}

func (m *metrics) querier(w history.Window) (storage.Querier, error) {
	from, to := bounds(w)
	q, err := queryable{m.db}.Querier(from, to)
	if err != nil {
		return nil, fmt.Errorf("opening a querier: %w: %w", history.ErrUnavailable, err)
	}
	return q, nil
}

// bounds are a window's in milliseconds, with open sides far away.
func bounds(w history.Window) (from, to int64) {
	from, to = 0, math.MaxInt64/2
	if !w.From.IsZero() {
		from = w.From.UnixMilli()
	}
	if !w.To.IsZero() {
		to = w.To.UnixMilli()
	}
	return from, to
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
