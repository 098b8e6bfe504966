package tsdb

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/util/annotations"
)

// listing marks a selector that asks which series there are.
const listing = "series"

// lookback is how old a value may be that a plain selector still finds.
const lookback = 5 * time.Minute

// aggregates are the functions over a range that one aggregate of each interval serves as well as the samples. Of the
// others (quantile_over_time, count_over_time, changes, …) nothing is known without the samples.
var aggregates = map[string]string{
	"max_over_time": statMax, "min_over_time": statMin, "sum_over_time": statSum, "avg_over_time": statAverage,
	"last_over_time": statLast, "rate": statLast, "increase": statLast, "delta": statLast, "deriv": statLast,
	"predict_linear": statLast,
}

// intervalsPerRange is how many intervals of a rollup a range must span unless it lines up with them.
const intervalsPerRange = 12

// stat says by which aggregate a selector can be answered; false if by none.
func stat(h *storage.SelectHints, matchers []*labels.Matcher) (string, bool) {
	if h.Range == 0 {
		return statLast, h.Step > 0 || h.Func == listing
	}
	s, ok := aggregates[h.Func]
	return s, ok && (s == statLast || hasAll(matchers))
}

// hasAll says whether matchers select only series that all aggregates are kept of.
func hasAll(matchers []*labels.Matcher) bool {
	for _, m := range matchers {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual {
			return !cumulative(m.Value)
		}
	}
	return false
}

// fits says whether a rollup is fine enough for a selector.
func fits(h *storage.SelectHints, stat string, interval int64) bool {
	if h.Range == 0 {
		// A value is found for lookback; a coarser one only right behind the end of its interval.
		first := h.Start + lookback.Milliseconds() - 1
		aligned := first%interval == 0 && h.Step%interval == 0
		return h.Step > 0 && interval <= h.Step && (interval <= lookback.Milliseconds() || aligned)
	}
	first := h.Start + h.Range - 1
	aligned := first%interval == 0 && h.Step%interval == 0 && h.Range%interval == 0
	if aligned && stat != statLast {
		return true
	}
	return interval*intervalsPerRange <= h.Range
}

// queryable answers selectors from the database that fits.
type queryable struct{ db *DB }

// Querier implements storage.Queryable.
func (q queryable) Querier(mint, maxt int64) (storage.Querier, error) {
	return &querier{db: q.db, mint: mint, maxt: maxt}, nil
}

// querier opens what each selector needs and closes it with itself.
type querier struct {
	db         *DB
	mint, maxt int64
	opened     []storage.Querier
}

// part is an interval of time answered by one database.
type part struct {
	db       *tsdb.DB
	from, to int64
	stat     string // the aggregate to take; empty: raw samples as they are
	interval int64  // of the aggregates to make of raw samples; 0: there are none to make
}

// Select implements storage.Querier.
func (q *querier) Select(ctx context.Context, _ bool, h *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	if h == nil {
		h = &storage.SelectHints{Start: q.mint, End: q.maxt}
	}
	var found []storage.Querier
	for _, p := range q.parts(h, matchers) {
		sub, err := p.db.Querier(p.from, p.to)
		if err != nil {
			return storage.ErrSeriesSet(err)
		}
		q.opened = append(q.opened, sub)
		found = append(found, &cutQuerier{Querier: sub, part: p})
	}
	// The parts do not overlap in time: chaining their samples is all there is to merging them.
	return storage.NewMergeQuerier(found, nil, storage.ChainedSeriesMerge).Select(ctx, true, h, matchers...)
}

// parts divides a selector's time: rollups as far as they go, raw samples after them; and where those ever wanted are no
// longer kept, the next coarser there is.
func (q *querier) parts(h *storage.SelectHints, matchers []*labels.Matcher) []part {
	rawFrom, _ := span(q.db.raw)
	through := q.db.through()
	s, can := stat(h, matchers)
	first := len(q.db.tiers)
	if can {
		for i, t := range q.db.tiers {
			if fits(h, s, t.Interval.Milliseconds()) {
				first = i
			}
		}
	}
	var parts []part
	to := h.End
	raw := part{db: q.db.raw, from: rawFrom}
	if first < len(q.db.tiers) {
		// What was not rolled up yet is on the way: all of the answer is then of one kind.
		raw.from, raw.stat, raw.interval = max(rawFrom, through), s, q.db.tiers[first].Interval.Milliseconds()
	} else {
		first = 0
	}
	add := func(p part) {
		p.from, p.to = max(p.from, h.Start), to
		if p.from <= p.to {
			parts = append(parts, p)
			to = p.from - 1
		}
	}
	add(raw)
	if !can {
		return parts
	}
	for _, t := range q.db.tiers[first:] {
		from, last := span(t.db)
		if from <= last {
			add(part{db: t.db, stat: s, from: from})
		}
	}
	return parts
}

// LabelValues implements storage.LabelQuerier over all databases.
func (q *querier) LabelValues(ctx context.Context, name string, hints *storage.LabelHints, matchers ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	all, err := q.everywhere()
	if err != nil {
		return nil, nil, err
	}
	return all.LabelValues(ctx, name, hints, matchers...)
}

// LabelNames implements storage.LabelQuerier over all databases.
func (q *querier) LabelNames(ctx context.Context, hints *storage.LabelHints, matchers ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	all, err := q.everywhere()
	if err != nil {
		return nil, nil, err
	}
	names, warnings, err := all.LabelNames(ctx, hints, matchers...)
	if len(names) > 0 && names[0] == statLabel {
		names = names[1:]
	}
	return names, warnings, err
}

// everywhere is one querier over raw samples and the coarsest rollup, which reaches back furthest.
func (q *querier) everywhere() (storage.Querier, error) {
	dbs := []*tsdb.DB{q.db.raw}
	if n := len(q.db.tiers); n > 0 {
		dbs = append(dbs, q.db.tiers[n-1].db)
	}
	var found []storage.Querier
	for _, db := range dbs {
		sub, err := db.Querier(q.mint, q.maxt)
		if err != nil {
			return nil, err
		}
		q.opened = append(q.opened, sub)
		found = append(found, sub)
	}
	return storage.NewMergeQuerier(found, nil, storage.ChainedSeriesMerge), nil
}

// Close implements storage.Querier.
func (q *querier) Close() error {
	var errs []error
	for _, sub := range q.opened {
		errs = append(errs, sub.Close())
	}
	q.opened = nil
	return errors.Join(errs...)
}
