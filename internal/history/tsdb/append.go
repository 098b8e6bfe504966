package tsdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	otlp "github.com/prometheus/prometheus/storage/remote/otlptranslator/prometheusremotewrite"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/internal/history"
)

// Reason is why a sample was not stored. None of them passes by repeating.
type Reason string

// Reasons.
const (
	ReasonLate      Reason = "late"      // further behind than Options.OutOfOrder
	ReasonAhead     Reason = "ahead"     // further ahead than Options.MaxSkew
	ReasonUntimed   Reason = "untimed"   // without a time
	ReasonDuplicate Reason = "duplicate" // another value was there at that time
	ReasonLimit     Reason = "limit"     // a new series beyond Options.MaxSeries
	ReasonLarge     Reason = "large"     // more labels than a series may have
	ReasonMalformed Reason = "malformed" // a metric or histogram that Prometheus has no form for
)

// Written says what became of metrics.
type Written struct {
	Stored  int // samples
	Refused map[Reason]int
}

// Writer stores metrics: a DB, or what opens one.
type Writer interface {
	Write(ctx context.Context, md pmetric.Metrics, now time.Time) (Written, error)
}

// maxLabelBytes bounds the labels of one series.
const maxLabelBytes = 8 << 10

// converter holds what the translation of OTLP needs.
type converter struct{ settings otlp.Settings }

func newConverter(promote []string) converter {
	return converter{otlp.Settings{
		AddMetricSuffixes:         true,
		AllowDeltaTemporality:     true, // added up by deltas
		ConvertHistogramsToNHCB:   true,
		DisableTargetInfo:         true, // what is joined on is a label already
		PromoteResourceAttributes: otlp.NewPromoteResourceAttributes(config.OTLPConfig{PromoteResourceAttributes: promote}),
		LookbackDelta:             lookback,
	}}
}

// Write stores metrics. What is wrong with single samples or metrics is in Written; an error means that nothing was
// stored, and has history.ErrUnavailable in its chain.
func (d *DB) Write(ctx context.Context, md pmetric.Metrics, now time.Time) (Written, error) {
	if err := d.room(); err != nil {
		return Written{}, fmt.Errorf("storing metrics: %w: %w", history.ErrUnavailable, err)
	}
	leave := d.gate.enter()
	written, err := d.write(ctx, md, now)
	leave()
	if err != nil {
		return Written{}, err
	}
	if err := d.gate.compact(ctx, now); err != nil {
		d.options.Logger.Warn("compacting the metrics in memory", "error", err)
	}
	return written, nil
}

func (d *DB) write(ctx context.Context, md pmetric.Metrics, now time.Time) (Written, error) {
	app := &appender{
		AppenderV2: d.raw.AppenderV2(ctx), db: d, latest: now.Add(d.options.MaxSkew).UnixMilli(), full: d.Series() >= d.options.MaxSeries,
		through: d.through(),
	}
	_, err := otlp.NewPrometheusConverter(app).FromMetrics(ctx, md, d.convert.settings)
	switch {
	case ctx.Err() != nil:
		_ = app.Rollback()
		return Written{}, fmt.Errorf("storing metrics: %w: %w", history.ErrUnavailable, ctx.Err())
	case app.failed != nil:
		_ = app.Rollback()
		return Written{}, fmt.Errorf("storing metrics: %w: %w", history.ErrUnavailable, app.failed)
	case err != nil:
		app.refuse(ReasonMalformed, count(err))
	}
	if err := d.stale(app.late); err != nil {
		_ = app.Rollback()
		return Written{}, fmt.Errorf("storing metrics: %w: %w", history.ErrUnavailable, err)
	}
	if err := app.Commit(); err != nil {
		return Written{}, fmt.Errorf("storing metrics: %w: %w", history.ErrUnavailable, err)
	}
	return app.Written, nil
}

// count is how many errors were joined: one a metric.
func count(err error) int {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		n := 0
		for _, e := range joined.Unwrap() {
			n += count(e)
		}
		return n
	}
	return 1
}

// appender refuses single samples where the translation would give up a metric at the first.
type appender struct {
	storage.AppenderV2
	Written

	db      *DB
	latest  int64
	full    bool
	through int64 // up to where rollups exist
	late    map[int64]bool
	failed  error
}

func (a *appender) refuse(r Reason, n int) {
	if a.Refused == nil {
		a.Refused = map[Reason]int{}
	}
	a.Refused[r] += n
}

// Append implements storage.AppenderV2.
func (a *appender) Append(ref storage.SeriesRef, ls labels.Labels, st, t int64, v float64, h *histogram.Histogram,
	fh *histogram.FloatHistogram, opts storage.AOptions,
) (storage.SeriesRef, error) {
	if a.failed != nil {
		return 0, a.failed
	}
	if reason := a.check(ls, t); reason != "" {
		a.refuse(reason, 1)
		return 0, nil
	}
	opts.Exemplars = nil                                   // traces are kept as records
	delta := opts.Metadata.Type == model.MetricTypeUnknown // so the translation marks it
	if delta {
		total, reason := a.db.deltas.add(ls.Hash(), st, t, v, floats(h, fh))
		switch {
		case reason != "":
			a.refuse(reason, 1)
			return 0, nil
		case total.kept:
			a.Stored++
			return 0, nil
		}
		st, v, h, fh = total.start, total.value, nil, total.fh
	}
	if h == nil && fh == nil && !cumulative(ls.Get(model.MetricNameLabel)) {
		st = 0 // only what counts was zero when it began
	}
	ref, err := a.AppenderV2.Append(ref, ls, st, t, v, h, fh, opts)
	switch {
	case err == nil, delta && errors.Is(err, storage.ErrDuplicateSampleForTimestamp): // the total has grown since; it comes with the next
		a.Stored++
		if t < a.through {
			a.overtaken(t)
		}
		return ref, nil
	case errors.Is(err, storage.ErrTooOldSample), errors.Is(err, storage.ErrOutOfBounds), errors.Is(err, storage.ErrOutOfOrderSample):
		a.refuse(ReasonLate, 1)
	case errors.Is(err, storage.ErrDuplicateSampleForTimestamp):
		a.refuse(ReasonDuplicate, 1)
	case h != nil || fh != nil:
		a.refuse(ReasonMalformed, 1)
	default:
		a.failed = err
		return 0, err
	}
	return 0, nil
}

// floats is a histogram with counts that can be added up; nil if there is none.
func floats(h *histogram.Histogram, fh *histogram.FloatHistogram) *histogram.FloatHistogram {
	if h != nil {
		return h.ToFloat(nil)
	}
	return fh
}

func (a *appender) check(ls labels.Labels, t int64) Reason {
	switch {
	case t <= 0:
		return ReasonUntimed
	case t > a.latest:
		return ReasonAhead
	case ls.ByteSize() > maxLabelBytes:
		return ReasonLarge
	case a.full:
		if known, ok := a.AppenderV2.(storage.GetRef); ok {
			if ref, _ := known.GetRef(ls, ls.Hash()); ref != 0 {
				return ""
			}
		}
		return ReasonLimit
	}
	return ""
}

// overtaken notes that a window has changed since it was rolled up.
func (a *appender) overtaken(t int64) {
	if a.late == nil {
		a.late = map[int64]bool{}
	}
	a.late[t-t%windowM] = true
}
