package promapi

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/history/tenantql"
)

// API is a server.
type API struct {
	api     v1.API
	timeout time.Duration
}

// New returns the API at an address, asked through a transport; each request may take timeout.
func New(address string, transport http.RoundTripper, timeout time.Duration) (*API, error) {
	client, err := api.NewClient(api.Config{Address: address, RoundTripper: bounded{transport}})
	if err != nil {
		return nil, fmt.Errorf("the address %q: %w", address, err)
	}
	return &API{api: v1.NewAPI(client), timeout: timeout}, nil
}

// Metrics returns what answers about one tenant: series are told apart by the label that braid.tenant becomes.
func (a *API) Metrics(tenant history.Tenant) history.Metrics { return &metrics{API: a, tenant: tenant} }

type metrics struct {
	*API
	tenant history.Tenant
}

// Query implements history.Metrics.
func (m *metrics) Query(ctx context.Context, query string, at time.Time) (history.Result, error) {
	own, err := tenantql.Restrict(query, m.tenant)
	if err != nil {
		return history.Result{}, err
	}
	value, warnings, err := m.api.Query(ctx, own, at, v1.WithTimeout(m.timeout))
	return result(value, warnings, err)
}

// QueryRange implements history.Metrics.
func (m *metrics) QueryRange(ctx context.Context, query string, start, end time.Time, step time.Duration) (history.Result, error) {
	own, err := tenantql.Restrict(query, m.tenant)
	if err != nil {
		return history.Result{}, err
	}
	value, warnings, err := m.api.QueryRange(ctx, own, v1.Range{Start: start, End: end, Step: step}, v1.WithTimeout(m.timeout))
	return result(value, warnings, err)
}

// LabelNames implements history.Metrics.
func (m *metrics) LabelNames(ctx context.Context, selectors []string, w history.Window) ([]string, error) {
	own, err := m.selectors(selectors)
	if err != nil {
		return nil, err
	}
	names, _, err := m.api.LabelNames(ctx, own, w.From, w.To, v1.WithLimit(history.MaxLimit))
	return names, blame(err)
}

// LabelValues implements history.Metrics.
func (m *metrics) LabelValues(ctx context.Context, label string, selectors []string, w history.Window) ([]string, error) {
	own, err := m.selectors(selectors)
	if err != nil {
		return nil, err
	}
	values, _, err := m.api.LabelValues(ctx, label, own, w.From, w.To, v1.WithLimit(history.MaxLimit))
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = string(v)
	}
	return list, blame(err)
}

// Series implements history.Metrics.
func (m *metrics) Series(ctx context.Context, selectors []string, w history.Window, limit int) (history.Page[map[string]string], error) {
	var page history.Page[map[string]string]
	own, err := m.selectors(selectors)
	if err != nil {
		return page, err
	}
	if limit <= 0 || limit > history.MaxLimit {
		limit = history.MaxLimit
	}
	sets, _, err := m.api.Series(ctx, own, w.From, w.To, v1.WithLimit(uint64(limit+1)))
	if err != nil {
		return page, blame(err)
	}
	for _, set := range sets {
		if len(page.Items) == limit {
			page.Truncated = true
			break
		}
		page.Items = append(page.Items, plain(model.Metric(set)))
	}
	return page, nil
}

// selectors restricts and writes selectors again.
func (m *metrics) selectors(selectors []string) ([]string, error) {
	if len(selectors) == 0 {
		selectors = []string{`{__name__!=""}`}
	}
	own := make([]string, len(selectors))
	for i, s := range selectors {
		var err error
		if own[i], err = tenantql.Restrict(s, m.tenant); err != nil {
			return nil, err
		}
	}
	return own, nil
}

// blame tells a query that was refused from a server that could not answer.
func blame(err error) error {
	if err == nil {
		return nil
	}
	var refused *v1.Error
	if errors.As(err, &refused) && (refused.Type == v1.ErrBadData || refused.Type == v1.ErrExec) {
		return fmt.Errorf("%w: %w", history.ErrQuery, err)
	}
	return fmt.Errorf("%w: %w", history.ErrUnavailable, err)
}

func result(value model.Value, warnings v1.Warnings, err error) (history.Result, error) {
	if err != nil {
		return history.Result{}, blame(err)
	}
	r := history.Result{Warnings: warnings}
	switch v := value.(type) {
	case model.Matrix:
		for _, s := range v {
			r.Series = append(r.Series, history.Series{Labels: plain(s.Metric), Points: points(s)})
		}
	case model.Vector:
		for _, s := range v {
			p := point(s.Timestamp, s.Value, s.Histogram)
			r.Series = append(r.Series, history.Series{Labels: plain(s.Metric), Points: []history.Point{p}})
		}
	case *model.Scalar:
		r.Series = []history.Series{{Labels: map[string]string{}, Points: []history.Point{point(v.Timestamp, v.Value, nil)}}}
	}
	return r, nil
}

func points(s *model.SampleStream) []history.Point {
	list := make([]history.Point, 0, len(s.Values)+len(s.Histograms))
	f, h := s.Values, s.Histograms
	for len(f) > 0 || len(h) > 0 {
		if len(h) == 0 || len(f) > 0 && f[0].Timestamp < h[0].Timestamp {
			list, f = append(list, point(f[0].Timestamp, f[0].Value, nil)), f[1:]
			continue
		}
		list, h = append(list, point(h[0].Timestamp, 0, h[0].Histogram)), h[1:]
	}
	return list
}

func point(at model.Time, v model.SampleValue, h *model.SampleHistogram) history.Point {
	value := float64(v)
	if h != nil {
		value = math.NaN()
		if h.Count > 0 {
			value = float64(h.Sum) / float64(h.Count)
		}
	}
	return history.Point{At: at.Time().UTC(), Value: value}
}

func plain(m model.Metric) map[string]string {
	labels := make(map[string]string, len(m))
	for k, v := range m {
		labels[string(k)] = string(v)
	}
	return labels
}
