package tsdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/encoding"
	"github.com/prometheus/prometheus/tsdb/tombstones"
)

// damagedBlocks is the folder of a database to which blocks go that cannot be read.
const damagedBlocks = "blocks.damaged"

// setBlocksAside moves the blocks of a database away that do not open, before it is opened: one of them keeps all of it from that.
func (d *DB) setBlocksAside(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("listing blocks: %w", err)
	}
	for _, e := range entries {
		if _, err := ulid.ParseStrict(e.Name()); err != nil || !e.IsDir() {
			continue
		}
		block, damage := tsdb.OpenBlock(d.options.Logger, filepath.Join(dir, e.Name()), nil, nil)
		if damage == nil {
			if err := block.Close(); err != nil {
				return fmt.Errorf("closing a block: %w", err)
			}
			continue
		}
		if err := d.setBlockAside(dir, e.Name(), damage); err != nil {
			return err
		}
	}
	return nil
}

// setBlockAside moves a block away. One that is in use stays so until the database looks which there are.
func (d *DB) setBlockAside(dir, name string, damage error) error {
	aside := filepath.Join(dir, damagedBlocks)
	if err := os.MkdirAll(aside, 0o750); err != nil { //nolint:gosec // in the configured directory
		return fmt.Errorf("setting a damaged block aside: %w", err)
	}
	d.options.Logger.Warn("a block of metrics cannot be read and is set aside: what was in it is missing",
		"block", name, "aside", aside, "error", damage)
	return os.Rename(filepath.Join(dir, name), filepath.Join(aside, name)) //nolint:gosec // in the configured directory
}

// meet looks at an error, and remembers if it tells of a block that cannot be read: the next RollUp mends it.
func (d *DB) meet(err error) (damaged bool) {
	damaged = errors.Is(err, encoding.ErrInvalidChecksum) || errors.Is(err, encoding.ErrInvalidSize) ||
		err != nil && strings.Contains(err.Error(), "cannot populate chunk") // it has no type
	if damaged {
		d.damaged.Store(true)
	}
	return damaged
}

// mend looks for damage in all blocks if some was met. Chunks that cannot be read are left out from then on; a block whose
// index cannot be read is set aside.
func (d *DB) mend(ctx context.Context) error {
	if !d.damaged.Swap(false) {
		return nil
	}
	databases := []*tsdb.DB{d.raw}
	for _, t := range d.tiers {
		databases = append(databases, t.db)
	}
	for _, db := range databases {
		for _, block := range db.Blocks() {
			if err := d.mendBlock(ctx, db, block); err != nil {
				d.damaged.Store(true)
				return fmt.Errorf("mending block %s: %w", block.Meta().ULID, err)
			}
		}
	}
	return nil
}

// hole is a chunk that cannot be read.
type hole struct {
	series   labels.Labels
	from, to int64
}

func (d *DB) mendBlock(ctx context.Context, db *tsdb.DB, block *tsdb.Block) error {
	holes, err := holesOf(ctx, block)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		name := block.Meta().ULID.String()
		if _, gone := os.Stat(block.Dir()); errors.Is(gone, os.ErrNotExist) { //nolint:gosec // in the configured directory
			return nil // set aside before
		}
		return d.setBlockAside(db.Dir(), name, err)
	}
	names, err := block.LabelNames(ctx)
	if err != nil {
		return err
	}
	for _, h := range holes {
		var exactly []*labels.Matcher
		for _, name := range names {
			exactly = append(exactly, labels.MustNewMatcher(labels.MatchEqual, name, h.series.Get(name)))
		}
		d.options.Logger.Warn("a chunk of metrics cannot be read: what was in it is missing",
			"block", block.Meta().ULID, "series", h.series.String(), "from", h.from, "to", h.to)
		if err := block.Delete(ctx, h.from, h.to, exactly...); err != nil {
			return err
		}
	}
	return nil
}

// holesOf reads every chunk of a block. An error is one of its index.
func holesOf(ctx context.Context, block *tsdb.Block) (holes []hole, err error) {
	index, err := block.Index()
	if err != nil {
		return nil, err
	}
	defer index.Close()
	reader, err := block.Chunks()
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	stones, err := block.Tombstones()
	if err != nil {
		return nil, err
	}
	defer stones.Close()
	postings, err := index.Postings(ctx, "", "") // of all series
	if err != nil {
		return nil, err
	}
	var builder labels.ScratchBuilder
	var metas []chunks.Meta
	for postings.Next() {
		if err := index.Series(postings.At(), &builder, &metas); err != nil {
			return nil, err
		}
		gone, err := stones.Get(postings.At())
		if err != nil {
			return nil, err
		}
		for _, meta := range metas {
			covered := tombstones.Interval{Mint: meta.MinTime, Maxt: meta.MaxTime}.IsSubrange(gone)
			if _, _, err := reader.ChunkOrIterable(meta); err == nil || covered {
				continue
			}
			holes = append(holes, hole{builder.Labels(), meta.MinTime, meta.MaxTime})
		}
	}
	return holes, postings.Err()
}
