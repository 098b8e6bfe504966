package tsdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync/atomic"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/index"
)

// compactor leaves out the windows in which there is nothing.
//
// The database writes a block for each window between the oldest and the newest sample, and finds out by writing it that a
// window is empty: some ten milliseconds each. A recording of last spring beside today's figures of the host has three thousand
// of them, and writers and the shutdown wait until the last is done.
type compactor struct {
	tsdb.Compactor
	head     atomic.Pointer[tsdb.Head] // until it is set, nothing is left out of it
	of       *tsdb.BlockMeta           // what the compaction that occupied is about gives each of its blocks
	occupied map[int64]bool            // the beginnings of windows with late samples
}

// open is a tsdb.NewCompactorFunc.
func (c *compactor) open(
	ctx context.Context, r prometheus.Registerer, l *slog.Logger, ranges []int64, pool chunkenc.Pool, o *tsdb.Options,
) (_ tsdb.Compactor, err error) {
	c.Compactor, err = tsdb.NewLeveledCompactorWithOptions(ctx, r, l, ranges, pool, tsdb.LeveledCompactorOptions{
		MaxBlockChunkSegmentSize: o.MaxBlockChunkSegmentSize, EnableOverlappingCompaction: o.EnableOverlappingCompaction,
	})
	return c, err
}

// Write implements tsdb.Compactor. The database never calls it twice at a time.
func (c *compactor) Write(dest string, b tsdb.BlockReader, mint, maxt int64, base *tsdb.BlockMeta) ([]ulid.ULID, error) {
	empty, err := false, error(nil)
	switch b := b.(type) {
	case *tsdb.OOOCompactionHead:
		empty, err = c.nothingLate(b, mint, base)
	case *tsdb.RangeHead:
		empty, err = c.skip(mint, maxt)
	}
	if err != nil {
		return nil, fmt.Errorf("looking for what is to be compacted: %w", err)
	}
	if empty {
		return nil, nil
	}
	return c.Compactor.Write(dest, b, mint, maxt, base)
}

// nothingLate says whether nothing came late for a window of a compaction.
func (c *compactor) nothingLate(late *tsdb.OOOCompactionHead, mint int64, base *tsdb.BlockMeta) (bool, error) {
	if c.of != base {
		occupied, err := occupiedWindows(late.CloneForTimeRange(math.MinInt64, math.MaxInt64))
		if err != nil {
			return false, err
		}
		c.of, c.occupied = base, occupied
	}
	return !c.occupied[mint], nil
}

// skip says whether nothing came in time for a window of the head. The head then begins where there is something: by itself it
// would go on to the next window, as long as there is a series of which all samples were late.
func (c *compactor) skip(mint, maxt int64) (empty bool, err error) {
	head := c.head.Load()
	if head == nil {
		return false, nil
	}
	oldest, err := oldestInTime(head, mint)
	if err != nil || oldest < maxt {
		return false, err
	}
	// What may still be appended in time stays.
	length := maxt - mint
	begin := min(oldest, head.MaxTime()-length)
	if begin -= begin % windowM; begin <= maxt {
		return true, nil
	}
	// Those who began to append before the newest sample came may have some that are older.
	head.WaitForAppendersOverlapping(begin - 1)
	if oldest, err = oldestInTime(head, mint); err != nil || oldest < begin {
		return false, err
	}
	return true, head.Truncate(begin)
}

// oldestInTime is the time of a head's oldest sample since mint that did not come late.
func oldestInTime(head *tsdb.Head, mint int64) (oldest int64, err error) {
	oldest = math.MaxInt64
	err = eachSeries(tsdb.NewRangeHead(head, mint, math.MaxInt64), func(metas []chunks.Meta) error {
		for _, m := range metas {
			oldest = min(oldest, max(mint, m.MinTime))
		}
		return nil
	})
	return oldest, err
}

// occupiedWindows are the beginnings of the windows that have late samples.
func occupiedWindows(late *tsdb.OOOCompactionHead) (_ map[int64]bool, err error) {
	samples, err := late.Chunks()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, samples.Close()) }()
	w := windows{begun: map[int64]bool{}, length: late.ChunkRange()}
	return w.begun, eachSeries(late, func(metas []chunks.Meta) error {
		for _, m := range metas {
			if err := w.add(m, samples); err != nil {
				return err
			}
		}
		return nil
	})
}

// eachSeries gives the chunks of one series after the other.
func eachSeries(b tsdb.BlockReader, do func([]chunks.Meta) error) (err error) {
	reader, err := b.Index()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()
	name, value := index.AllPostingsKey()
	series, err := reader.Postings(context.Background(), name, value)
	if err != nil {
		return err
	}
	var builder labels.ScratchBuilder
	var metas []chunks.Meta
	for series.Next() {
		switch err := reader.Series(series.At(), &builder, &metas); {
		case errors.Is(err, storage.ErrNotFound): // gone meanwhile
			continue
		case err != nil:
			return err
		}
		if err := do(metas); err != nil {
			return err
		}
	}
	return series.Err()
}

type windows struct {
	begun  map[int64]bool
	length int64
	reused chunkenc.Iterator
}

// begin is where the window of a time begins, as the database has it: times before 1970 are refused.
func (w *windows) begin(t int64) int64 { return w.length * (t / w.length) }

// add looks into chunks that span several windows, which may be far apart.
func (w *windows) add(m chunks.Meta, samples tsdb.ChunkReader) error {
	if w.begin(m.MinTime) == w.begin(m.MaxTime) {
		w.begun[w.begin(m.MinTime)] = true
		return nil
	}
	chunk, several, err := samples.ChunkOrIterable(m)
	if err != nil {
		return err
	}
	if several == nil {
		several = chunk
	}
	w.reused = several.Iterator(w.reused)
	for w.reused.Next() != chunkenc.ValNone {
		w.begun[w.begin(w.reused.AtT())] = true
	}
	return w.reused.Err()
}
