package tsdb

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// rollState is how far the rollups are.
type rollState struct {
	Through int64   `json:"through"` // milliseconds: windows before it were rolled up
	Stale   []int64 `json:"stale"`   // starts of windows among them that have changed since
}

// rollVersion numbers the form of everything in the directory, the blocks and logs included: to be raised when builds before
// could not read it.
const rollVersion = 1

// storedRollState is the file. That of earlier builds has neither a version nor a checksum.
type storedRollState struct {
	rollState

	Version int    `json:"version,omitempty"`
	Check   uint32 `json:"check,omitempty"` // CRC-32C of all that with a check of 0
}

// sum is what Check has to be.
func (s storedRollState) sum() (uint32, error) {
	s.Check = 0
	data, err := json.Marshal(s)
	return crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)), err
}

func (d *DB) rollFile() string { return filepath.Join(d.dir, "rollup.json") }

// readRollState reads the file; a missing or damaged one means that everything is rolled up anew. One of a newer build is an error.
func readRollState(file string) (s rollState, err error) {
	data, err := os.ReadFile(file) //nolint:gosec // the configured directory
	if errors.Is(err, os.ErrNotExist) {
		return rollState{}, nil
	}
	if err != nil {
		return s, err
	}
	var stored storedRollState
	if json.Unmarshal(data, &stored) != nil {
		return rollState{}, nil
	}
	sum, err := stored.sum()
	if err != nil {
		return s, err
	}
	switch {
	case stored.Version|int(stored.Check) != 0 && stored.Check != sum:
		return rollState{}, nil
	case stored.Version > rollVersion:
		return s, fmt.Errorf("%s: the metrics have version %d, this build knows up to %d: use the newer build that wrote them",
			file, stored.Version, rollVersion)
	}
	return stored.rollState, nil
}

// readRollState comes first: blocks that only a newer build can read must not be taken for damaged.
func (d *DB) readRollState() (err error) {
	d.roll, err = readRollState(d.rollFile())
	return err
}

// save writes the file; the old one stays if that fails.
func (s *rollState) save(file string) error {
	stored := storedRollState{rollState: *s, Version: rollVersion}
	var err error
	if stored.Check, err = stored.sum(); err != nil {
		return err
	}
	data, err := json.Marshal(&stored)
	if err != nil {
		return err
	}
	temporary := file + ".new"
	if err := os.WriteFile(temporary, data, 0o600); err != nil { //nolint:gosec // the configured directory
		return fmt.Errorf("noting how far rollups are: %w", err)
	}
	return os.Rename(temporary, file) //nolint:gosec // the configured directory
}

// through is the time up to which rollups exist.
func (d *DB) through() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.roll.Through
}

// stale notes windows that must be rolled up again, before the samples are acknowledged that made them so.
func (d *DB) stale(windows map[int64]bool) error {
	if len(windows) == 0 {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.Copy(d.fresh, windows)
	all := maps.Clone(windows)
	for _, w := range d.roll.Stale {
		all[w] = true
	}
	if len(all) == len(d.roll.Stale) {
		return nil
	}
	next := rollState{Through: d.roll.Through, Stale: slices.Sorted(maps.Keys(all))}
	if err := next.save(d.rollFile()); err != nil {
		return err
	}
	d.roll = next
	return nil
}
