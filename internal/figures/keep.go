package figures

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// version of what is kept.
const version = 1

const (
	// slotsADay bounds a chunk: a day of a tenant.
	slotsADay = int64(24 * time.Hour / Slot)
	indexKey  = "figures"
	seriesKey = "figures/series"
)

type index struct {
	Version int                   `json:"version"`
	Tenants map[string]indexEntry `json:"tenants"`
}

type indexEntry struct {
	Since int64   `json:"since"`
	Days  []int64 `json:"days"`
}

// Changes are the values to keep, by key, that changed since they were last asked for; nil deletes a key. They do not grow
// with the days that are kept.
func (t *Table) Changes() (map[string][]byte, error) {
	out := map[string][]byte{}
	all := index{Version: version, Tenants: map[string]indexEntry{}}
	for name, of := range t.tenants {
		days := map[int64]map[int64]*slot{}
		for n, s := range of.slots {
			if days[n/slotsADay] == nil {
				days[n/slotsADay] = map[int64]*slot{}
			}
			days[n/slotsADay][n] = s
		}
		all.Tenants[name] = indexEntry{of.since.UnixNano(), slices.Sorted(maps.Keys(days))}
		for n := range of.dirty {
			key := chunkKey(name, n/slotsADay)
			if _, done := out[key]; done {
				continue
			}
			out[key] = nil
			if day := days[n/slotsADay]; day != nil {
				raw, err := json.Marshal(day)
				if err != nil {
					return nil, fmt.Errorf("figures: %w", err)
				}
				out[key] = raw
			}
		}
		clear(of.dirty)
	}
	if len(out) == 0 {
		return nil, nil
	}
	series := map[uint64]reading{}
	for _, key := range t.series.Keys() {
		series[key], _ = t.series.Peek(key)
	}
	for key, value := range map[string]any{indexKey: all, seriesKey: series} {
		raw, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("figures: %w", err)
		}
		out[key] = raw
	}
	return out, nil
}

// Unkept tells that the last Changes could not be kept: everything counts as changed again.
func (t *Table) Unkept() {
	for _, of := range t.tenants {
		for n := range of.slots {
			of.dirty[n] = true
		}
	}
}

func chunkKey(tenant string, day int64) string {
	return "figures/day/" + strconv.FormatInt(day, 10) + "/" + tenant
}

// Load reads what was kept into an empty table. What is damaged is left out, and told by the error.
func (t *Table) Load(get func(key string) ([]byte, error)) error {
	var all index
	if found, err := read(get, indexKey, &all); err != nil || !found {
		return err
	}
	if all.Version != version {
		return fmt.Errorf("figures: kept by another version (%d): they begin anew", all.Version)
	}
	var series map[uint64]reading
	_, failed := read(get, seriesKey, &series)
	for key, r := range series {
		t.series.Add(key, r)
	}
	for name, entry := range all.Tenants {
		if len(t.tenants) >= t.limits.Tenants {
			break
		}
		of := &tenant{slots: map[int64]*slot{}, since: time.Unix(0, entry.Since).UTC(), dirty: map[int64]bool{}}
		t.tenants[name] = of
		for _, day := range entry.Days {
			var slots map[int64]*slot
			if _, err := read(get, chunkKey(name, day), &slots); err != nil {
				failed = err
			}
			of.add(slots)
		}
	}
	return failed
}

func (of *tenant) add(slots map[int64]*slot) {
	for n, s := range slots {
		if s == nil {
			continue
		}
		if s.Peaks == nil {
			s.Peaks = map[string]float64{}
		}
		if s.Sums == nil {
			s.Sums = map[string]float64{}
		}
		of.slots[n], of.latest = s, max(of.latest, n)
	}
}

func read(get func(key string) ([]byte, error), key string, into any) (bool, error) {
	raw, err := get(key)
	if err != nil {
		return false, fmt.Errorf("figures: reading %s: %w", key, err)
	}
	if raw == nil {
		return false, nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return false, fmt.Errorf("figures: %s is damaged: %w", key, err)
	}
	return true, nil
}
