package tsdb

import (
	"context"
	"errors"
	"slices"
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

// fits says whether a rollup is fine enough for a selector, of data that begins at a time.
func fits(h *storage.SelectHints, stat string, interval, begun int64) bool {
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
	// Of a history that began an hour ago, a month is an hour.
	return interval*intervalsPerRange <= min(h.Range, h.End-begun)
}

// exact are the functions that look only at the first and the last value and where it begins anew between: the edges of a
// range are given to them as they are. To the others they are aggregates like the rest, lest they weigh more.
var exact = map[string]bool{"": true, "rate": true, "increase": true, "delta": true, "last_over_time": true}

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

// parts divides a selector's time.
func (q *querier) parts(h *storage.SelectHints, matchers []*labels.Matcher) []part {
	d := newDivision(q.db, h.Start, h.End)
	s, can := stat(h, matchers)
	if tier := d.tier(h, s); can && tier >= 0 {
		d.divide(tier, s, exact[h.Func] || h.Range == 0)
		return d.parts
	}
	d.add(part{db: q.db.raw, from: d.raw})
	if can {
		d.tiers(0, s, d.start) // where raw samples are no longer kept
	}
	return d.parts
}

// division is a selector's time as it is divided, from its end to its start.
type division struct {
	db        *DB
	raw       int64 // since when there are raw samples
	begun     int64 // since when there is anything
	start, to int64 // what is left
	parts     []part
}

// newDivision divides a time from when there is anything.
func newDivision(db *DB, start, end int64) *division {
	d := &division{db: db, to: end}
	d.raw, _ = span(db.raw)
	d.begun = d.raw
	for _, t := range db.tiers {
		from, _ := span(t.db)
		d.begun = min(d.begun, from)
	}
	d.start = max(start, d.begun)
	return d
}

// add takes a part from the end of what is left.
func (d *division) add(p part) {
	p.from, p.to = max(p.from, d.start), d.to
	if p.from <= p.to {
		d.parts = append(d.parts, p)
		d.to = p.from - 1
	}
}

// tiers takes what rollups there are, down to a time; the finest first that reaches back, then coarser ones.
func (d *division) tiers(finest int, stat string, down int64) {
	for i, t := range d.db.tiers[finest:] {
		from, last := span(t.db)
		if from > last {
			continue
		}
		from -= from % t.Interval.Milliseconds() // its first aggregate is of the whole interval
		if coarser := d.db.tiers[finest+i:]; len(coarser) > 1 && hasBefore(coarser[1:], from) {
			next := coarser[1].Interval.Milliseconds()
			from += (next - from%next) % next // what is coarser cannot be cut
		}
		d.add(part{db: t.db, stat: stat, from: max(from, down)})
	}
}

// hasBefore says whether a rollup has a whole interval before a time.
func hasBefore(tiers []*tier, at int64) bool {
	return slices.ContainsFunc(tiers, func(t *tier) bool {
		from, to := span(t.db)
		return from <= to && from < at // an aggregate bears its interval's end
	})
}

// tier is the coarsest rollup that fits a selector; -1 if none does.
func (d *division) tier(h *storage.SelectHints, stat string) int {
	for i := len(d.db.tiers) - 1; i >= 0; i-- {
		if fits(h, stat, d.db.tiers[i].Interval.Milliseconds(), d.begun) {
			return i
		}
	}
	return -1
}

// divide answers whole intervals from a rollup, what was not rolled up yet from aggregates made on the way, and the edges,
// the interval that is not over and the one in which the time begins, from raw samples.
func (d *division) divide(tier int, stat string, exact bool) {
	interval := d.db.tiers[tier].Interval.Milliseconds()
	begins, ends := d.start+(interval-d.start%interval)%interval, d.to+1-(d.to+1)%interval
	made := part{db: d.db.raw, stat: stat, interval: interval}
	edge := made
	if exact {
		edge = part{db: d.db.raw}
	}
	if d.to == ends && !exact {
		d.to-- // an instant is no interval
	}
	edge.from = max(d.raw, ends)
	d.add(edge)
	made.from = max(d.raw, d.db.through(), begins)
	d.add(made)
	d.tiers(tier, stat, begins)
	edge.from = d.raw
	d.add(edge)
	d.tiers(0, stat, d.start)
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
