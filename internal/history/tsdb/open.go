package tsdb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/tsdb/tsdbutil"
	"github.com/shirou/gopsutil/v4/disk"
)

// headChunks is the folder in which a head keeps its full chunks; damagedChunks is where those go that cannot be read.
const (
	headChunks    = "chunks_head"
	damagedChunks = "chunks_head.damaged"
)

// lock makes sure that nobody else has the directory open. A database's own lock would stay when opening it fails.
func (d *DB) lock() error {
	locker, err := tsdbutil.NewDirLocker(d.dir, "history", d.options.Logger, nil)
	if err != nil {
		return err
	}
	if err := locker.Lock(); err != nil {
		return err
	}
	d.locker = locker
	return nil
}

// openRaw opens the database of raw samples.
func (d *DB) openRaw() (err error) {
	dir := filepath.Join(d.dir, "raw")
	if err := d.setAside(dir); err != nil {
		return err
	}
	if err := d.setBlocksAside(dir); err != nil {
		return err
	}
	options := d.rawOptions()
	options.NewCompactorFunc = d.compactor.open
	if d.raw, err = tsdb.Open(dir, d.options.Logger, nil, options, nil); err != nil {
		return err
	}
	d.compactor.head.Store(d.raw.Head())
	d.gate, err = newGate(d.raw, filepath.Join(dir, headChunks))
	return err
}

// setAside moves a head's chunks away that it would not open: numbers are missing, or what is there are none. Nothing is
// lost with them, for all that is in them is in the write-ahead logs too.
func (d *DB) setAside(dir string) error {
	from, to := filepath.Join(dir, headChunks), filepath.Join(dir, damagedChunks)
	damage, err := inspect(from)
	if err != nil || damage == nil {
		return err
	}
	d.options.Logger.Warn("chunks of the metrics cannot be read; they are set aside and made again from the write-ahead log",
		"aside", to, "error", damage)
	return errors.Join(os.RemoveAll(to), os.Rename(from, to))
}

// inspect says what is wrong with a head's files of chunks. One that was only begun is not: that happens when a process ends
// at that moment, and it is removed when they are opened.
func inspect(dir string) (damage, err error) {
	files, err := chunkFiles(dir)
	if err != nil || len(files) == 0 {
		return nil, err
	}
	numbers := slices.Sorted(maps.Keys(files))
	last := numbers[len(numbers)-1]
	if last-numbers[0] != len(numbers)-1 {
		return fmt.Errorf("%s: files are missing between %d and %d", dir, numbers[0], last), nil
	}
	for _, n := range numbers {
		header, err := readHeader(filepath.Join(dir, files[n]))
		if err != nil {
			return nil, err
		}
		begun := len(header) < chunks.MagicChunksSize || binary.BigEndian.Uint32(header) == 0
		switch {
		case begun && n == last:
		case begun, len(header) < chunks.HeadChunkFileHeaderSize, binary.BigEndian.Uint32(header) != chunks.MagicHeadChunks:
			return fmt.Errorf("%s: not a file of chunks", files[n]), nil
		}
	}
	return nil, nil
}

// readHeader reads as much of a file's header as there is.
func readHeader(path string) ([]byte, error) {
	f, err := os.Open(path) //nolint:gosec // in the configured directory
	if err != nil {
		return nil, err
	}
	defer f.Close()
	header := make([]byte, chunks.HeadChunkFileHeaderSize)
	n, err := io.ReadFull(f, header)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	return header[:n], nil
}

// chunkFiles are the names of a head's files of chunks, by their number.
func chunkFiles(dir string) (map[int]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing the head's chunks: %w", err)
	}
	files := map[int]string{}
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			files[n] = e.Name()
		}
	}
	return files, nil
}

// reserve is what writers leave free on the disk, or a twentieth of it if that is less.
const reserve = 64 << 20

// room says whether there is space to write. Some is left for the chunks of what was accepted already: a head that cannot
// write them panics.
func (d *DB) room() error {
	usage, err := disk.Usage(d.dir)
	if err != nil {
		return fmt.Errorf("looking at free space: %w", err)
	}
	if least := min(reserve, usage.Total/20); usage.Free < least {
		return fmt.Errorf("disk nearly full: %d KiB free, the last %d KiB are kept for what was accepted", usage.Free>>10, least>>10)
	}
	return nil
}
