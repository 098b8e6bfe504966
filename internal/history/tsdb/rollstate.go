package tsdb

import (
	"encoding/json"
	"errors"
	"fmt"
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

func (d *DB) rollFile() string { return filepath.Join(d.dir, "rollup.json") }

// readRollState reads the file; a missing or damaged one means that everything is rolled up anew.
func readRollState(file string) (s rollState, err error) {
	data, err := os.ReadFile(file) //nolint:gosec // the configured directory
	if errors.Is(err, os.ErrNotExist) {
		return rollState{}, nil
	}
	if err != nil {
		return s, err
	}
	if json.Unmarshal(data, &s) != nil {
		return rollState{}, nil
	}
	return s, nil
}

// save writes the file; the old one stays if that fails.
func (s *rollState) save(file string) error {
	data, err := json.Marshal(s)
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
