package tsdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/index"
)

// compactor leaves out the windows in which nothing came late.
//
// Of what came late the database writes a block for each window between the oldest and the newest sample, and finds out by
// writing it that a window is empty: some ten milliseconds each. A recording of last spring beside today's figures of the host
// has three thousand of them, and writers and the shutdown wait until the last is done.
type compactor struct {
	tsdb.Compactor
	of       *tsdb.BlockMeta // what the compaction that occupied is about gives each of its blocks
	occupied map[int64]bool  // the beginnings of windows with samples
}

func newCompactor(
	ctx context.Context, r prometheus.Registerer, l *slog.Logger, ranges []int64, pool chunkenc.Pool, o *tsdb.Options,
) (tsdb.Compactor, error) {
	leveled, err := tsdb.NewLeveledCompactorWithOptions(ctx, r, l, ranges, pool, tsdb.LeveledCompactorOptions{
		MaxBlockChunkSegmentSize: o.MaxBlockChunkSegmentSize, EnableOverlappingCompaction: o.EnableOverlappingCompaction,
	})
	if err != nil {
		return nil, err
	}
	return &compactor{Compactor: leveled}, nil
}

// Write implements tsdb.Compactor. The database never calls it twice at a time.
func (c *compactor) Write(dest string, b tsdb.BlockReader, mint, maxt int64, base *tsdb.BlockMeta) ([]ulid.ULID, error) {
	if late, ok := b.(*tsdb.OOOCompactionHead); ok {
		if c.of != base {
			occupied, err := occupiedWindows(late.CloneForTimeRange(math.MinInt64, math.MaxInt64))
			if err != nil {
				return nil, fmt.Errorf("looking at what came late: %w", err)
			}
			c.of, c.occupied = base, occupied
		}
		if !c.occupied[mint] {
			return nil, nil
		}
	}
	return c.Compactor.Write(dest, b, mint, maxt, base)
}

// occupiedWindows are the beginnings of the windows that have late samples.
func occupiedWindows(late *tsdb.OOOCompactionHead) (_ map[int64]bool, err error) {
	head, err := late.Index()
	if err != nil {
		return nil, err
	}
	samples, err := late.Chunks()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, samples.Close(), head.Close()) }()
	name, value := index.AllPostingsKey()
	series, err := head.Postings(context.Background(), name, value)
	if err != nil {
		return nil, err
	}
	w := windows{begun: map[int64]bool{}, length: late.ChunkRange()}
	var builder labels.ScratchBuilder
	var metas []chunks.Meta
	for series.Next() {
		if err := head.Series(series.At(), &builder, &metas); err != nil {
			return nil, err
		}
		for _, m := range metas {
			if err := w.add(m, samples); err != nil {
				return nil, err
			}
		}
	}
	return w.begun, series.Err()
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
