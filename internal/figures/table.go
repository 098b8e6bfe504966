package figures

import (
	"fmt"
	"math"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Slot is the width of a slot: time zones are off by whole or half hours, nearly all of them.
const Slot = 30 * time.Minute

// ahead is how far a sender's clock may be ahead of ours.
const ahead = time.Hour

// Limits bound a table. What is beyond them is counted in Dropped.
type Limits struct {
	// Tenants is the most tenants, Names the most figures of one in a slot.
	Tenants, Names int
	// Keep is how far back slots are kept, from the latest.
	Keep time.Duration
	// Series is the most cumulative series and counted things that are remembered, at some 150 bytes.
	Series int
}

// Table keeps figures by tenant. It is not safe for concurrent use.
type Table struct {
	limits  Limits
	tenants map[string]*tenant
	series  *simplelru.LRU[uint64, reading]
	now     time.Time // zero: not told
	dropped uint64
}

type tenant struct {
	slots  map[int64]*slot // by the number of the slot since 1970
	latest int64
	since  time.Time // of the first figure: what ran before is not known
	dirty  map[int64]bool
}

// slot holds figures by name.
type slot struct {
	Peaks map[string]float64 `json:"peaks,omitempty"`
	Sums  map[string]float64 `json:"sums,omitempty"`
}

// reading is the last of a cumulative series.
type reading struct {
	At    int64   `json:"at"`
	Start int64   `json:"start"`
	Value float64 `json:"value"`
}

// New returns an empty table. All limits must be positive.
func New(l Limits) (*Table, error) {
	t := &Table{limits: l, tenants: map[string]*tenant{}}
	series, err := simplelru.NewLRU[uint64, reading](l.Series, func(uint64, reading) { t.dropped++ })
	if err != nil {
		return nil, fmt.Errorf("figures: %w", err)
	}
	t.series = series
	return t, nil
}

// Tell tells what time it is. A figure of more than an hour later is of a wrong clock, and dropped: it would take the place of
// all there are.
func (t *Table) Tell(now time.Time) { t.now = now }

// sound says whether a figure can be one, and counts it if not.
func (t *Table) sound(at time.Time, value float64) bool {
	if math.IsNaN(value) || math.IsInf(value, 0) || !t.now.IsZero() && at.Sub(t.now) > ahead {
		t.dropped++
		return false
	}
	return true
}

// Dropped is how many figures and series there was no room for, or could be none.
func (t *Table) Dropped() uint64 { return t.dropped }

// Tenants are those that there are figures of.
func (t *Table) Tenants() []string {
	out := make([]string, 0, len(t.tenants))
	for name := range t.tenants {
		out = append(out, name)
	}
	return out
}

func number(at time.Time) int64 { return at.UnixNano() / int64(Slot) }

// slot finds the slot of a time; nil where that is too old, or there is no room for the tenant.
func (t *Table) slot(name string, at time.Time) *slot {
	of := t.tenants[name]
	if of == nil {
		if len(t.tenants) >= t.limits.Tenants {
			t.dropped++
			return nil
		}
		of = &tenant{slots: map[int64]*slot{}, since: at, dirty: map[int64]bool{}}
		t.tenants[name] = of
	}
	n, kept := number(at), int64(t.limits.Keep/Slot)
	if n <= of.latest-kept {
		t.dropped++
		return nil
	}
	if n > of.latest {
		of.latest = n
		for old := range of.slots {
			if old <= n-kept {
				delete(of.slots, old)
				of.dirty[old] = true
			}
		}
	}
	s := of.slots[n]
	if s == nil {
		s = &slot{Peaks: map[string]float64{}, Sums: map[string]float64{}}
		of.slots[n] = s
	}
	if at.Before(of.since) {
		of.since = at
	}
	of.dirty[n] = true
	return s
}

// Peak notes a value of which the greatest counts.
func (t *Table) Peak(tenant, name string, at time.Time, value float64) {
	if !t.sound(at, value) {
		return
	}
	s := t.slot(tenant, at)
	if s == nil {
		return
	}
	if old, ok := s.Peaks[name]; (!ok && !t.room(s.Peaks)) || (ok && old >= value) {
		return
	}
	s.Peaks[name] = value
}

// Add notes a value that counts as it is.
func (t *Table) Add(tenant, name string, at time.Time, value float64) {
	if !t.sound(at, value) {
		return
	}
	s := t.slot(tenant, at)
	if s == nil || value == 0 {
		return
	}
	if _, ok := s.Sums[name]; !ok && !t.room(s.Sums) {
		return
	}
	s.Sums[name] += value
}

func (t *Table) room(names map[string]float64) bool {
	if len(names) < t.limits.Names {
		return true
	}
	t.dropped++
	return false
}

// Grow notes the reading of a cumulative series that began at start: what it grew by since the last counts. What comes twice or
// late counts once; a series that began anew counts from zero; one that ran before anything was known of its tenant counts
// from its second reading.
func (t *Table) Grow(tenant, name string, series uint64, start, at time.Time, value float64) {
	if !t.sound(at, value) {
		return
	}
	now := reading{at.UnixNano(), start.UnixNano(), value}
	last, known := t.series.Get(series)
	switch {
	case known && now.At <= last.At:
		return
	case !known:
		of := t.tenants[tenant]
		ours := of != nil && !start.IsZero() && !start.Before(of.since)
		if !ours {
			last.Value = value
		}
	case value < last.Value, now.Start > last.At: // began anew
		last.Value = 0
	}
	t.series.Add(series, now)
	t.Add(tenant, name, at, value-last.Value)
}

// Once counts a thing the first time it is heard of.
func (t *Table) Once(tenant, name string, thing uint64, at time.Time) {
	if !t.sound(at, 1) {
		return
	}
	if _, known := t.series.Get(thing); known {
		return
	}
	t.series.Add(thing, reading{At: at.UnixNano()})
	t.Add(tenant, name, at, 1)
}

// Latest notes the present value of something that may rise and fall: the last counts.
func (t *Table) Latest(tenant, name string, thing uint64, at time.Time, value float64) {
	if !t.sound(at, value) {
		return
	}
	last, _ := t.series.Get(thing)
	if at.UnixNano() < last.At {
		return
	}
	t.series.Add(thing, reading{At: at.UnixNano(), Value: value})
	t.Add(tenant, name, at, value-last.Value)
}
