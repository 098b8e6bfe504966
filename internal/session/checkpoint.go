package session

import (
	"encoding/binary"
	"fmt"
	"strings"
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
)

// Put stores a record and returns the number of the journal segment it went to; an empty value deletes.
type Put func(kind RecordKind, key, value []byte) (segment uint64)

// maxRestored bounds the lists of a record.
const maxRestored = 1 << 16

// Track makes the table remember what changes, for Checkpoint.
func (t *Table) Track(enabled bool) { t.dirty.enabled = enabled }

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
			tr.segment = put(RecordTrace, tr.id[:], encodeTrace(tr))
		} else {
			put(RecordTrace, tr.id[:], nil)
		}
	}
	clear(d.sessions)
	clear(d.traces)
	d.sessions, d.traces = d.sessions[:0], d.traces[:0]
	if fresh := t.counted.fresh; len(fresh) > 0 {
		for len(fresh) > 0 {
			n := min(len(fresh), maxRestored)
			t.chunks++
			put(RecordCounted, serialKey(t.chunks), encodeHashes(fresh[:n]))
			fresh = fresh[n:]
		}
		t.counted.fresh = t.counted.fresh[:0]
	}
	if head := t.clock.Head(); head != t.saved {
		t.saved = head
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
	for reason, n := range t.stats.Ended {
		e.text(string(reason))
		e.uint(n)
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

func (t *Table) encodeSession(s *Session) []byte {
	e := encoder{b: make([]byte, 0, 256)}
	e.text(s.id)
	e.text(s.client)
	for _, at := range []eventtime.Instant{s.start, s.last, s.logout, s.entryAt, s.exitAt, s.forgetAt, s.replacedAt()} {
		e.instant(at)
	}
	e.uint(uint64(s.requests))
	e.uint(uint64(s.errors))
	e.text(t.pages.values[s.entryPage])
	e.text(t.pages.values[s.exitPage])
	e.flags(s.announced, s.promoted, s.closed, s.long)
	e.text(s.previous())
	family, next := uint64(0), uint64(0)
	if s.succession != nil {
		if s.succession.family != nil {
			family = s.succession.family.serial
		}
		if s.succession.next != nil {
			next = s.succession.next.serial
		}
	}
	e.uint(family)
	e.uint(next)
	e.uint(uint64(len(s.users)))
	for _, u := range s.users {
		e.instant(u.since)
		e.text(u.id)
	}
	e.uint(uint64(len(s.places)))
	for _, p := range s.places {
		key := t.places.values[p]
		e.text(key.Service)
		e.text(key.Host)
		e.text(key.Region)
	}
	e.uint(uint64(len(s.tokens)))
	for _, h := range s.tokens {
		e.hash(h)
		e.instant(t.aliases[h].since)
	}
	return e.b
}

func (t *Table) restoreSession(segment, serial uint64, b []byte) error {
	d := decoder{b: b}
	s := &Session{serial: serial, segment: segment, id: d.text(), client: d.text()}
	var replacedAt eventtime.Instant
	for _, at := range []*eventtime.Instant{&s.start, &s.last, &s.logout, &s.entryAt, &s.exitAt, &s.forgetAt, &replacedAt} {
		*at = d.instant()
	}
	s.requests, s.errors = uint32(d.uint()), uint32(d.uint())
	s.entryPage, s.exitPage = t.pages.number(d.text()), t.pages.number(d.text())
	d.flags(&s.announced, &s.promoted, &s.closed, &s.long)
	previous, family, next := d.text(), d.uint(), d.uint()
	for range d.count(maxUsersPerSession) {
		s.users = append(s.users, userSince{since: d.instant(), id: d.text()})
	}
	for range d.count(maxPlacesPerSession) {
		s.places = append(s.places, t.places.number(PlaceKey{Service: d.text(), Host: d.text(), Region: d.text()}))
	}
	type since struct {
		hash tokenHash
		at   eventtime.Instant
	}
	var tokens []since
	for range d.count(maxTokensPerSession) {
		tokens = append(tokens, since{hash: d.hash(), at: d.instant()})
	}
	if d.err != nil || serial == 0 {
		return fmt.Errorf("session %d: %w", serial, errTorn)
	}
	if previous != "" || replacedAt != 0 || family != 0 || next != 0 {
		s.succession = &succession{previous: previous, replacedAt: replacedAt}
		t.relink = append(t.relink, link{session: s, family: family, next: next})
	}
	for _, tk := range tokens {
		s.tokens = append(s.tokens, tk.hash)
		a, ok := t.aliases[tk.hash]
		switch {
		case !ok:
			a = alias{session: s, since: tk.at}
		case tk.at >= a.since:
			a = alias{session: s, since: tk.at, before: a.session}
		default:
			a.before = s
		}
		t.aliases[tk.hash] = a
	}
	t.serials[serial] = s
	t.serial = max(t.serial, serial)
	t.enlist(s)
	return nil
}

// link is a tie between sessions, by serial number, that is made when all are there.
type link struct {
	session      *Session
	family, next uint64
}

// enlist enters a restored session in the tables.
func (t *Table) enlist(s *Session) {
	t.lru.touch(s)
	t.listUser(s)
	if s.announced {
		h := t.hash.session(s.id)
		if have := t.sessions[h]; have == nil || have.start <= s.start {
			t.sessions[h] = s
		}
		if !s.closed {
			t.open[0]++
			for _, p := range s.places {
				t.active(p, 1)
			}
		}
	}
	if s.closed {
		t.schedule(s, s.forgetAt)
	} else {
		t.schedule(s, s.bound(t.cfg.Idle, t.cfg.Linger))
	}
}

// Relink ties restored sessions to each other; it is called once, after the last session is restored.
func (t *Table) Relink() {
	for _, l := range t.relink {
		if family := t.serials[l.family]; family != nil && family != l.session {
			l.session.succession.family = family
		}
		if next := t.serials[l.next]; next != nil && next != l.session && !next.announced {
			l.session.succession.next = next
		}
	}
	t.relink = nil
}

func encodeTrace(tr *trace) []byte {
	e := encoder{b: make([]byte, 0, 128)}
	e.raw(tr.root[:])
	serial := uint64(0)
	if s := tr.session.current(); s != nil {
		serial = s.serial
	}
	e.uint(serial)
	e.text(tr.user)
	e.text(tr.client)
	e.instant(tr.clientAt)
	e.instant(tr.start)
	e.instant(tr.touched)
	e.flags(tr.explicit, tr.serverSeen, tr.rootServer, tr.settled)
	e.uint(uint64(tr.login))
	e.uint(uint64(len(tr.tokens)))
	for _, tk := range tr.tokens {
		e.hash(tk.hash)
		e.flags(tk.issued)
		e.text(tk.id)
	}
	return e.b
}

func (t *Table) restoreTrace(segment uint64, key, value []byte) error {
	if len(key) != len(TraceID{}) {
		return fmt.Errorf("trace: %w", errTorn)
	}
	d := decoder{b: value}
	tr := &trace{id: TraceID(key), segment: segment}
	copy(tr.root[:], d.raw(len(tr.root)))
	serial := d.uint()
	tr.user, tr.client = d.text(), d.text()
	tr.clientAt, tr.start, tr.touched = d.instant(), d.instant(), d.instant()
	d.flags(&tr.explicit, &tr.serverSeen, &tr.rootServer, &tr.settled)
	tr.login = Act(d.uint())
	for range d.count(maxTokensPerTrace) {
		tk := token{hash: d.hash()}
		d.flags(&tk.issued)
		tk.id = strings.Clone(d.text())
		tr.tokens = append(tr.tokens, tk)
	}
	if d.err != nil {
		return fmt.Errorf("trace: %w", d.err)
	}
	tr.session = t.serials[serial]
	t.traces[tr.id] = tr
	t.traceLRU.touch(tr)
	for _, tk := range tr.tokens {
		if tr.session == nil {
			t.waiter(tk.hash).addTrace(tr)
		}
	}
	return nil
}
