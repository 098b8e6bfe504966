package session

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
)

// RecordKind tells the records of a checkpoint apart.
type RecordKind byte

// The kinds of records, in the order in which Restore wants them.
const (
	RecordTotals RecordKind = iota + 1
	RecordCounted
	RecordSession
	RecordTrace
	RecordClient
)

// Put stores a record and returns the number of the journal segment it went to; an empty value deletes.
type Put func(kind RecordKind, key, value []byte) (segment uint64)

// maxRestored bounds the lists of a record.
const maxRestored = 1 << 16

// Track makes the table remember what changes, for Checkpoint.
func (t *Table) Track(enabled bool) { t.dirty.enabled, t.counted.tracked = enabled, enabled }

// Checkpoint puts everything that changed since the last call.
func (t *Table) Checkpoint(put Put) {
	d := &t.dirty
	for _, s := range d.sessions {
		s.dirty = false
		if t.lru.has(s) {
			s.segment = put(RecordSession, serialKey(s.serial), t.encodeSession(s))
		} else {
			put(RecordSession, serialKey(s.serial), nil)
		}
	}
	for _, tr := range d.traces {
		tr.dirty = false
		if t.traces[tr.id] == tr {
			tr.segment = put(RecordTrace, tr.id[:], t.encodeTrace(tr))
		} else if t.traces[tr.id] == nil {
			put(RecordTrace, tr.id[:], nil)
		}
	}
	for _, c := range d.clients {
		c.dirty = false
		if !c.forgotten {
			c.segment = put(RecordClient, []byte(c.client), c.encode())
		} else if t.floods.clients[c.client] == nil {
			put(RecordClient, []byte(c.client), nil)
		}
	}
	clear(d.sessions)
	clear(d.traces)
	clear(d.clients)
	d.sessions, d.traces, d.clients = d.sessions[:0], d.traces[:0], d.clients[:0]
	if fresh := t.counted.fresh; len(fresh) > 0 {
		for len(fresh) > 0 {
			n := min(len(fresh), maxRestored)
			t.chunks++
			put(RecordCounted, serialKey(t.chunks), encodeHashes(fresh[:n]))
			fresh = fresh[n:]
		}
		t.counted.fresh = t.counted.fresh[:0]
	}
	if head := t.clock.Head(); head != t.saved || d.totals {
		t.saved, d.totals = head, false
		t.totalsSegment = put(RecordTotals, nil, t.encodeTotals())
	}
}

// Keep is called with each record of a journal segment that is to be dropped; what is live there goes with the next
// Checkpoint again.
func (t *Table) Keep(segment uint64, kind RecordKind, key, value []byte) {
	switch kind {
	case RecordTotals:
		if t.totalsSegment == segment {
			t.saved = 0
		}
	case RecordSession:
		if s := t.serials[serialOf(key)]; s != nil && s.segment == segment {
			t.markSession(s)
		}
	case RecordTrace:
		if len(key) == len(TraceID{}) {
			if tr := t.traces[TraceID(key)]; tr != nil && tr.segment == segment {
				t.markTrace(tr)
			}
		}
	case RecordClient:
		if c := t.floods.clients[string(key)]; c != nil && c.segment == segment {
			t.markClient(c)
		}
	case RecordCounted:
		for _, h := range decodeHashes(value) {
			if t.counted.has(h) {
				t.counted.fresh = append(t.counted.fresh, h)
			}
		}
	}
}

// Restore takes a record of a checkpoint back: in the order of the kinds, with Relink after the last session. A record that
// makes no sense is an error and leaves the table as it was.
func (t *Table) Restore(segment uint64, kind RecordKind, key, value []byte, now time.Time) error {
	switch kind {
	case RecordTotals:
		t.totalsSegment = segment
		return t.decodeTotals(value, now)
	case RecordSession:
		return t.restoreSession(segment, serialOf(key), value)
	case RecordTrace:
		return t.restoreTrace(segment, key, value)
	case RecordClient:
		return t.floods.restore(segment, string(key), value)
	case RecordCounted:
		for _, h := range decodeHashes(value) {
			t.counted.add(h)
		}
		t.counted.fresh = t.counted.fresh[:0]
		t.chunks = max(t.chunks, serialOf(key))
		return nil
	}
	return fmt.Errorf("unknown kind of record %d", kind)
}

func serialKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func serialOf(key []byte) uint64 {
	if len(key) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(key)
}

func encodeHashes(hashes []tokenHash) []byte {
	e := encoder{b: make([]byte, 0, 8*len(hashes))}
	for _, h := range hashes {
		e.hash(h)
	}
	return e.b
}

func decodeHashes(b []byte) []tokenHash {
	hashes := make([]tokenHash, 0, len(b)/8)
	for d := (decoder{b: b}); len(d.b) >= 8; {
		hashes = append(hashes, d.hash())
	}
	return hashes
}

func (t *Table) encodeTotals() []byte {
	var e encoder
	e.instant(t.clock.Head())
	e.instant(t.stats.Since)
	e.uint(t.stats.Started)
	e.uint(uint64(len(t.stats.Ended)))
	for _, reason := range slices.Sorted(maps.Keys(t.stats.Ended)) {
		e.text(string(reason))
		e.uint(t.stats.Ended[reason])
	}
	h := &t.stats.Durations
	e.uint(h.Count)
	e.instant(eventtime.Instant(h.Sum))
	for _, n := range h.Counts {
		e.uint(n)
	}
	return e.b
}

func (t *Table) decodeTotals(b []byte, now time.Time) error {
	d := decoder{b: b}
	head := d.instant()
	stats := Stats{Since: d.instant(), Ended: make(map[EndReason]uint64)}
	stats.Started = d.uint()
	for range d.count(maxRestored) {
		reason := EndReason(d.text())
		stats.Ended[reason] = d.uint()
	}
	h := &stats.Durations
	h.Count = d.uint()
	h.Sum = time.Duration(d.instant())
	for i := range h.Counts {
		h.Counts[i] = d.uint()
	}
	if d.err != nil {
		return fmt.Errorf("totals: %w", d.err)
	}
	t.clock.AdvanceTo(head, now)
	t.saved = t.clock.Head()
	t.stats = stats
	return nil
}
