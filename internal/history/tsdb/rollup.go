package tsdb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

// statLabel tells the aggregates of a series apart inside a rollup's database. It sorts before every name that OTLP
// translates to, so that series keep their order when it is taken off, which merging them relies on.
const statLabel = "!"

const (
	// settle is how long after its end, in event time, a window is rolled up first.
	settle = 5 * time.Minute
	// runUp is how long before a window samples are read, to see whether a counter goes on or begins.
	runUp = 10 * time.Minute
	// seriesPerBlock bounds the memory that rolling up takes.
	seriesPerBlock = 2_000
)

// RollUp rolls up the windows of two hours that are over or have changed, at most limit of them, and returns how many
// they were.
func (d *DB) RollUp(ctx context.Context, limit int) (int, error) {
	d.rolling.Lock()
	defer d.rolling.Unlock()
	if err := d.mend(ctx); err != nil {
		return 0, err
	}
	if len(d.tiers) == 0 {
		return 0, nil
	}
	windows := d.due(limit)
	var blocks []ulid.ULID
	for rest := windows; len(rest) > 0; {
		n := together(rest)
		written, err := d.rollUp(ctx, rest[0].start, rest[n-1].start+windowM-1, rest[0].again)
		blocks = append(blocks, written...)
		if err != nil {
			d.meet(err)
			return 0, fmt.Errorf("rolling up %s: %w", time.UnixMilli(rest[0].start).UTC().Format(time.RFC3339), err)
		}
		rest = rest[n:]
	}
	if err := d.await(ctx, blocks); err != nil {
		return 0, err
	}
	return len(windows), d.rolled(windows)
}

// rollWindow is an interval to roll up.
type rollWindow struct {
	start int64
	again bool // it was before
}

// due lists the windows to roll up: those that are over, then those that changed afterwards. What is still being replayed
// into waits: a window that was written to since the last look is left for the next.
func (d *DB) due(limit int) []rollWindow {
	from, to := span(d.raw)
	d.mu.Lock()
	defer d.mu.Unlock()
	if from > to {
		return nil
	}
	var list []rollWindow
	for w := max(d.roll.Through, from-from%windowM); w+windowM+settle.Milliseconds() <= to && len(list) < limit; w += windowM {
		list = append(list, rollWindow{start: w})
	}
	for _, w := range d.roll.Stale {
		// Of a window that raw samples are no longer kept of, the rollup is all there is.
		if w >= to-d.options.Retention.Milliseconds() && !d.fresh[w] && len(list) < limit {
			list = append(list, rollWindow{start: w, again: true})
		}
	}
	clear(d.fresh)
	return list
}

// together is how many of the first windows can go into one block: those of one stretch that blocks are compacted to.
func together(windows []rollWindow) int {
	const stretch = 9 * windowM
	n := 1
	for n < len(windows) && windows[n].again == windows[0].again && windows[n].start == windows[n-1].start+windowM && windows[n].start/stretch == windows[0].start/stretch {
		n++
	}
	return n
}

// await waits until the tiers' databases have found the blocks, which they look for every second: before that, their
// time must be answered from raw samples.
func (d *DB) await(ctx context.Context, blocks []ulid.ULID) error {
	missing := map[ulid.ULID]bool{}
	for _, id := range blocks {
		missing[id] = true
	}
	for len(missing) > 0 {
		for _, t := range d.tiers {
			for _, b := range t.db.Blocks() {
				m := b.Meta()
				delete(missing, m.ULID)
				for _, source := range m.Compaction.Sources {
					delete(missing, source)
				}
			}
		}
		if len(missing) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for rollups: %w", ctx.Err())
		case <-time.After(50 * time.Millisecond): //nolint:forbidigo // waits for a goroutine of the database, not for a time
		}
	}
	return nil
}

// rolled notes that windows are done.
func (d *DB) rolled(windows []rollWindow) error {
	if len(windows) == 0 {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	next := rollState{Through: d.roll.Through}
	done := map[int64]bool{}
	for _, w := range windows {
		next.Through, done[w.start] = max(next.Through, w.start+windowM), true
	}
	for _, w := range d.roll.Stale {
		if !done[w] {
			next.Stale = append(next.Stale, w)
		}
	}
	if err := next.save(d.rollFile()); err != nil {
		return err
	}
	d.roll = next
	return nil
}

// rollUp writes the rollups of an interval and returns the blocks they are in.
func (d *DB) rollUp(ctx context.Context, start, end int64, again bool) ([]ulid.ULID, error) {
	everything := labels.MustNewMatcher(labels.MatchNotEqual, model.MetricNameLabel, "")
	if again {
		for _, t := range d.tiers {
			if err := t.db.Delete(ctx, start, end, everything); err != nil {
				return nil, err
			}
		}
	}
	early := start - runUp.Milliseconds()
	querier, err := d.raw.Querier(early, end)
	if err != nil {
		return nil, err
	}
	defer querier.Close()
	set := querier.Select(ctx, true, &storage.SelectHints{Start: early, End: end}, everything)
	r := &roller{db: d, start: start, length: end - start + 1}
	for set.Next() {
		if err := r.add(ctx, set.At()); err != nil {
			return r.blocks, errors.Join(err, r.close())
		}
	}
	if err := errors.Join(set.Err(), r.flush(ctx)); err != nil {
		return r.blocks, errors.Join(err, r.close())
	}
	return r.blocks, nil
}

// roller gathers the rollups of a window in blocks, one a tier.
type roller struct {
	db      *DB
	start   int64 // of the interval
	length  int64
	blocks  []ulid.ULID
	writers []*tsdb.BlockWriter
	series  int
}

func (r *roller) add(ctx context.Context, s storage.Series) error {
	if r.writers == nil {
		if err := r.open(); err != nil {
			return err
		}
	}
	apps := make([]storage.AppenderV2, len(r.writers))
	buckets := make([]bucket, len(r.writers))
	for i, w := range r.writers {
		apps[i] = w.AppenderV2(ctx)
		name := s.Labels().Get(model.MetricNameLabel)
		counter := cumulative(name)
		put := &appending{app: apps[i], known: map[string]known{}, labels: labels.NewBuilder(s.Labels()), all: !counter}
		buckets[i] = bucket{interval: r.db.tiers[i].Interval.Milliseconds(), from: r.start, counter: counter, put: put.put}
	}
	err := walk(s.Iterator(nil), buckets)
	for _, app := range apps {
		if err != nil {
			_ = app.Rollback()
		} else {
			err = app.Commit()
		}
	}
	if err != nil {
		return err
	}
	if r.series++; r.series >= seriesPerBlock {
		return r.flush(ctx)
	}
	return nil
}

func (r *roller) open() error {
	for _, t := range r.db.tiers {
		// A head takes nothing older than half its range behind what it has, and series come one after another.
		w, err := tsdb.NewBlockWriter(r.db.options.Logger, t.db.Dir(), 2*r.length)
		if err != nil {
			return err
		}
		r.writers = append(r.writers, w)
	}
	return nil
}

// flush writes the blocks.
func (r *roller) flush(ctx context.Context) error {
	for _, w := range r.writers {
		id, err := w.Flush(ctx)
		if err != nil {
			return err
		}
		if id.Compare(ulid.ULID{}) != 0 {
			r.blocks = append(r.blocks, id)
		}
	}
	return r.close()
}

func (r *roller) close() error {
	var errs []error
	for _, w := range r.writers {
		errs = append(errs, w.Close())
	}
	r.writers, r.series = nil, 0
	return errors.Join(errs...)
}

// appending writes what buckets hold as series of their own.
type appending struct {
	app    storage.AppenderV2
	labels *labels.Builder
	all    bool // not only the last values
	known  map[string]known
}

// known is an aggregate's series.
type known struct {
	labels labels.Labels
	ref    storage.SeriesRef
}

func (a *appending) put(stat string, t int64, v float64, h *histogram.FloatHistogram) error {
	if !a.all && stat != statLast {
		return nil
	}
	k, ok := a.known[stat]
	if !ok {
		k.labels = a.labels.Set(statLabel, stat).Labels()
	}
	ref, err := a.app.Append(k.ref, k.labels, 0, t, v, nil, h, storage.AOptions{})
	if !ok && err == nil {
		k.ref = ref
		a.known[stat] = k
	}
	return err
}

// cumulative says whether a series only ever grows, so that nothing but its last value says anything.
func cumulative(name string) bool { return strings.HasSuffix(name, "_total") }
