package tsdb

import (
	"context"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
)

// cutQuerier selects one aggregate, within its part of the time.
type cutQuerier struct {
	storage.Querier
	part part
}

// Select implements storage.Querier.
func (c *cutQuerier) Select(ctx context.Context, _ bool, h *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	own := *h
	own.Start, own.End = c.part.from, c.part.to
	switch {
	case c.part.interval > 0:
		return &madeSet{SeriesSet: c.Querier.Select(ctx, true, &own, matchers...), part: c.part}
	case c.part.stat == "":
		return c.Querier.Select(ctx, true, &own, matchers...)
	}
	with := append([]*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, statLabel, c.part.stat)}, matchers...)
	return &plainSet{SeriesSet: c.Querier.Select(ctx, true, &own, with...)}
}

// plainSet takes the aggregate's label off.
type plainSet struct{ storage.SeriesSet }

// At implements storage.SeriesSet.
func (s *plainSet) At() storage.Series {
	series := s.SeriesSet.At()
	return &plainSeries{Series: series, labels: labels.NewBuilder(series.Labels()).Del(statLabel).Labels()}
}

type plainSeries struct {
	storage.Series
	labels labels.Labels
}

// Labels implements storage.Series.
func (s *plainSeries) Labels() labels.Labels { return s.labels }

// madeSet makes the aggregates of raw samples that were not rolled up yet.
type madeSet struct {
	storage.SeriesSet
	part part
}

// At implements storage.SeriesSet.
func (s *madeSet) At() storage.Series { return &madeSeries{Series: s.SeriesSet.At(), part: s.part} }

type madeSeries struct {
	storage.Series
	part part
}

// Iterator implements storage.Series.
func (s *madeSeries) Iterator(chunkenc.Iterator) chunkenc.Iterator {
	var made samples
	counter := cumulative(s.Labels().Get(model.MetricNameLabel))
	b := bucket{interval: s.part.interval, counter: counter, put: func(stat string, t int64, v float64, h *histogram.FloatHistogram) error {
		if stat == s.part.stat {
			// An interval that is not over yet ends where it is looked at.
			made = append(made, sample{t: min(t, s.part.to), v: v, h: h})
		}
		return nil
	}}
	if err := walk(s.Series.Iterator(nil), []bucket{b}); err != nil {
		return errIterator{Iterator: chunkenc.NewNopIterator(), err: err}
	}
	return storage.NewListSeriesIterator(made)
}

// errIterator has nothing but an error.
type errIterator struct {
	chunkenc.Iterator
	err error
}

// Err implements chunkenc.Iterator.
func (e errIterator) Err() error { return e.err }

// sample is one aggregate, as Prometheus' lists want it.
type sample struct {
	t int64
	v float64
	h *histogram.FloatHistogram
}

type samples []sample

// Get implements storage.Samples.
func (s samples) Get(i int) chunks.Sample { return s[i] }

// Len implements storage.Samples.
func (s samples) Len() int { return len(s) }

func (s sample) T() int64                      { return s.t }
func (s sample) F() float64                    { return s.v }
func (s sample) H() *histogram.Histogram       { return nil }
func (s sample) FH() *histogram.FloatHistogram { return s.h }
func (s sample) ST() int64                     { return 0 }
func (s sample) Copy() chunks.Sample {
	if s.h != nil {
		s.h = s.h.Copy()
	}
	return s
}

func (s sample) Type() chunkenc.ValueType {
	if s.h != nil {
		return chunkenc.ValFloatHistogram
	}
	return chunkenc.ValFloat
}
