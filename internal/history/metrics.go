package history

import (
	"context"
	"errors"
	"time"
)

// ErrQuery is in the chain of errors about a query that is wrong or asks for too much; repeating it is of no use.
var ErrQuery = errors.New("query refused")

// Metrics answers PromQL about one tenant. It is safe for concurrent use.
//
// Names are those of Prometheus' OTLP translation: braid.session.active is braid_session_active, a monotonic sum ends in
// _total, a unit of s in _seconds, and an attribute service.name is the label service_name. Histograms are native: rate()
// and histogram_quantile() take the name itself, without _bucket and le.
//
// Long ranges are answered from rollups where the step is coarser than these: last values for plain and rate()-like
// selectors, and minima, maxima, averages and sums for the _over_time functions of these names. Where a query begins and
// ends it reads raw samples, as far as they are kept: so a month's rate or peak holds the latest minute, also of a history
// that began ten minutes ago. At evaluations between, an answer differs from one from raw samples by at most what happened
// within one interval of the rollup at either edge of their range.
type Metrics interface {
	// Query evaluates at an instant. A scalar is one series without labels.
	Query(ctx context.Context, promql string, at time.Time) (Result, error)
	// QueryRange evaluates at start, start+step, … up to and including end.
	QueryRange(ctx context.Context, promql string, start, end time.Time, step time.Duration) (Result, error)
	// LabelNames and LabelValues list what the series matching any of the selectors have (all series if there are none),
	// in order. Window bounds are hints.
	LabelNames(ctx context.Context, selectors []string, w Window) ([]string, error)
	LabelValues(ctx context.Context, label string, selectors []string, w Window) ([]string, error)
	// Series lists the label sets of the series that match any of the selectors, at most limit (MaxLimit if 0).
	Series(ctx context.Context, selectors []string, w Window, limit int) (Page[map[string]string], error)
}

// Result is the answer to a query.
type Result struct {
	Series   []Series `json:"series"`
	Warnings []string `json:"warnings,omitempty"`
}

// Series is the points of one set of labels, the earliest first.
type Series struct {
	Labels map[string]string `json:"labels"`
	Points []Point           `json:"points"`
}

// Point is a value at a time. What evaluates to a histogram is given by its mean, which is NaN if it is empty.
type Point struct {
	At    time.Time
	Value float64
}
