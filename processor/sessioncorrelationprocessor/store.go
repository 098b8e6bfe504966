package sessioncorrelationprocessor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/journal"
	"github.com/braidotel/braid/internal/outlet"
	"github.com/braidotel/braid/internal/session"
)

// Kinds of journal entries besides those of session.RecordKind, which are keyed by tenant and the table's own key.
const (
	entryTable  = byte(session.RecordClient) // the last of session's kinds
	entryHeld   = 10                         // by ticket: telemetry that waits, or is released and not delivered yet
	entryEvents = 11                         // by ticket: events not delivered yet
	entrySale   = 12                         // by tenant and series: totals of business events
	entryKey    = 13                         // the key of the tables' hashes
)

// stateFormat numbers the form of all that is stored: to be raised when builds before could not read it.
const stateFormat = 1

const (
	markEvery    = 10 * time.Second // how often the journal's growth is marked
	compactAfter = 5 * time.Minute  // age at which what is live is written anew and the rest dropped
	// A journal that is read back in seconds is small: one with more than this beside what is live is cleaned at once.
	compactBytes = 64 << 20
)

// store keeps the core's state in a journal, so that it survives a restart. Everything but the journal itself is guarded
// by the core's lock.
type store struct {
	host    component.Host
	client  storage.Client
	journal *journal.Journal
	group   journal.Group // open while the core is locked

	tickets   uint64          // the last given
	live      map[uint64]owed // by ticket: not delivered yet
	recovered []recovered
	keyAt     uint64
	marks     []mark
	kept      int // bytes that were live at the last compaction
	failing   atomic.Bool
}

// owed is what a ticket stands for: the kind of its journal entry and the segment that is in.
type owed struct {
	kind    byte
	segment uint64
}

// mark is how far the journal had got at a time.
type mark struct {
	at   time.Time
	next uint64
}

// recovered is telemetry that was owed to a next consumer when the last run ended.
type recovered struct {
	kind    byte
	ticket  uint64
	signal  byte
	payload []byte
}

// Signals of stored telemetry.
const (
	signalTraces byte = 't'
	signalLogs   byte = 'l'
)

// openStore recovers the state from the configured storage extension.
func (c *core) openStore(ctx context.Context, host component.Host) error {
	client, err := journal.OpenClient(ctx, host, *c.cfg.Storage, c.id, stateFormat)
	if err != nil {
		return err
	}
	s := &store{host: host, client: client, live: make(map[uint64]owed)}
	latest := make(map[storedName]*stored)
	var found journal.Recovery
	s.journal, found, err = journal.Open(ctx, client, func(segment uint64, e journal.Entry) error {
		known := latest[storedName{e.Kind, string(e.Key)}] // looked up without a copy of the key
		switch {
		case len(e.Value) == 0:
			delete(latest, storedName{e.Kind, string(e.Key)})
		case known == nil:
			latest[storedName{e.Kind, string(e.Key)}] = &stored{segment: segment, entry: e}
		default:
			*known = stored{segment: segment, entry: e}
		}
		return nil
	})
	if err != nil {
		return errors.Join(fmt.Errorf("storage: %w", err), client.Close(ctx))
	}
	c.store = s
	if found.Entries > 2*len(latest) { // mostly past: a collector that is killed often would never get to cleaning it
		s.marks = []mark{{next: s.journal.Next()}}
	}
	c.telemetry.ProcessorSessionCorrelationJournalDamaged.Add(ctx, int64(found.Damaged))
	c.restore(latest)
	c.logger.Info("recovered", zap.Int("entries", found.Entries), zap.Int("damaged_segments", found.Damaged),
		zap.Int("tenants", len(c.tenants)), zap.Int("owed", len(s.recovered)))
	return nil
}

// storedName is a kind and key.
type storedName struct {
	kind byte
	key  string
}

// stored is the latest entry of a kind and key.
type stored struct {
	segment uint64
	entry   journal.Entry
}

// restore builds the tenants from the latest entries. One that makes no sense is left out and logged: it must not keep
// the collector from starting.
func (c *core) restore(latest map[storedName]*stored) {
	c.lock()
	defer c.unlock()
	c.restoreKey(latest)
	entries := make([]*stored, 0, len(latest))
	for _, e := range latest {
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b *stored) int {
		if d := int(a.entry.Kind) - int(b.entry.Kind); d != 0 {
			return d
		}
		return bytes.Compare(a.entry.Key, b.entry.Key)
	})
	now, refused := time.Now(), 0
	for i, e := range entries {
		if err := c.restoreEntry(e, now); err != nil {
			refused++
			c.logger.Debug("leaving out a stored record", zap.Error(err))
		}
		last := i+1 == len(entries) || entries[i+1].entry.Kind != e.entry.Kind
		if last && session.RecordKind(e.entry.Kind) == session.RecordSession {
			for _, t := range c.tenants {
				t.table.Relink()
			}
		}
	}
	if refused > 0 {
		c.logger.Warn("stored records that make no sense were left out", zap.Int("records", refused))
	}
}

// restoreKey takes the key of the last run's hashes, so that they still mean something, or stores this run's.
func (c *core) restoreKey(latest map[storedName]*stored) {
	if e, ok := latest[storedName{kind: entryKey}]; ok && len(e.entry.Value) == 16 && c.cfg.Secret == "" {
		c.tables.Key = keyOf(e.entry.Value)
	}
	c.recordKey()
}

func (c *core) recordKey() {
	c.store.keyAt = c.store.group.Record(journal.Entry{Kind: entryKey, Value: keyBytes(c.tables.Key)})
}

func (c *core) restoreEntry(e *stored, now time.Time) error {
	switch kind := e.entry.Kind; {
	case kind <= entryTable:
		name, key, err := splitKey(e.entry.Key)
		if err != nil {
			return err
		}
		return c.tenant(name).table.Restore(e.segment, session.RecordKind(kind), key, e.entry.Value, now)
	case kind == entrySale:
		return c.restoreSale(e)
	case kind == entryHeld, kind == entryEvents:
		ticket := ticketOf(e.entry.Key)
		if ticket == 0 {
			return errors.New("telemetry without a ticket")
		}
		c.store.tickets = max(c.store.tickets, ticket)
		c.store.live[ticket] = owed{kind: kind, segment: e.segment}
		c.store.recovered = append(c.store.recovered, recovered{
			kind: kind, ticket: ticket, signal: e.entry.Value[0], payload: bytes.Clone(e.entry.Value[1:]),
		})
	}
	return nil
}

// record journals what changed in a tenant's table.
func (c *core) record(t *tenant) {
	if c.store == nil {
		return
	}
	t.table.Checkpoint(func(kind session.RecordKind, key, value []byte) uint64 {
		return c.store.group.Record(journal.Entry{Kind: byte(kind), Key: joinKey(t.name, key), Value: value})
	})
}

// sync returns when everything recorded so far is stored.
func (c *core) sync(ctx context.Context) error {
	if c.store == nil {
		return nil
	}
	return c.store.note(c.store.journal.Sync(ctx))
}

// ready refuses data while the storage refuses writes.
func (s *store) ready(ctx context.Context) error { return s.note(s.journal.Ready(ctx)) }

// note reports a change of the storage's health as the component's status.
func (s *store) note(err error) error {
	switch {
	case err != nil && s.failing.CompareAndSwap(false, true):
		componentstatus.ReportStatus(s.host, componentstatus.NewRecoverableErrorEvent(err))
	case err == nil && s.failing.CompareAndSwap(true, false):
		componentstatus.ReportStatus(s.host, componentstatus.NewEvent(componentstatus.StatusOK))
	}
	return err
}

// owe journals telemetry that is owed to a next consumer and returns its ticket; zero without storage.
func (c *core) owe(kind, signal byte, marshal func() ([]byte, error)) uint64 {
	if c.store == nil {
		return 0
	}
	payload, err := marshal()
	if err != nil {
		c.logger.Error("storing telemetry that waits", zap.Error(err))
		return 0
	}
	c.store.tickets++
	ticket := c.store.tickets
	c.store.live[ticket] = owed{kind: kind, segment: c.store.group.Record(journal.Entry{
		Kind: kind, Key: ticketKey(ticket), Value: append([]byte{signal}, payload...),
	})}
	return ticket
}

// settle forgets telemetry that was delivered.
func (c *core) settle(tickets []uint64) {
	c.lock()
	defer c.unlock()
	for _, ticket := range tickets {
		if o, ok := c.store.live[ticket]; ok {
			delete(c.store.live, ticket)
			c.store.group.Record(journal.Entry{Kind: o.kind, Key: ticketKey(ticket)})
		}
	}
}

// takeRecovered returns, once, what a signal's nodes owed when the last run ended.
func (c *core) takeRecovered(signal byte) []recovered {
	if c.store == nil {
		return nil
	}
	c.lock()
	defer c.unlock()
	var taken []recovered
	c.store.recovered = slices.DeleteFunc(c.store.recovered, func(r recovered) bool {
		if r.signal == signal {
			taken = append(taken, r)
		}
		return r.signal == signal
	})
	return taken
}

// abandon forgets stored telemetry that cannot be read back.
func (c *core) abandon(r recovered) {
	c.logger.Warn("stored telemetry cannot be read back", zap.Uint64("ticket", r.ticket))
	c.reportDerived(1, outlet.Lost)
	c.settle([]uint64{r.ticket})
}

// maintain marks the journal's growth and writes anew what is live in segments that have grown old.
func (c *core) maintain(ctx context.Context, now time.Time) {
	if c.store == nil {
		return
	}
	if err := c.sync(ctx); err != nil {
		return // reported by sync; tried again with the next tick
	}
	s := c.store
	if n := len(s.marks); n == 0 || now.Sub(s.marks[n-1].at) >= markEvery {
		s.marks = append(s.marks, mark{at: now, next: s.journal.Next()})
	}
	n := s.cleanable(now, s.journal.Bytes())
	if n == 0 {
		return
	}
	before := s.marks[n-1].next
	s.marks = s.marks[n:]
	kept, err := s.journal.Compact(ctx, before, c.keep)
	if err != nil {
		c.logger.Warn("compacting the journal", zap.Error(err))
		return
	}
	s.kept = kept
}

// cleanable is how many of the marks a compaction is to go up to: the oldest when it is old, or, once most of the journal is
// past, all but what is new.
func (s *store) cleanable(now time.Time, size int64) int {
	grown := size >= compactBytes+2*int64(s.kept)
	n := 0
	for ; n < len(s.marks); n++ {
		if age := now.Sub(s.marks[n].at); age < markEvery || age < compactAfter && !grown {
			break
		}
	}
	return n
}

// keep records an entry of an old segment again if it is the latest of its kind and key.
func (c *core) keep(segment uint64, e journal.Entry) {
	c.lock()
	defer c.unlock()
	if len(e.Value) == 0 {
		return
	}
	switch {
	case e.Kind <= entryTable:
		name, key, err := splitKey(e.Key)
		t := c.tenants[name]
		if err != nil || t == nil {
			return
		}
		t.table.Keep(segment, session.RecordKind(e.Kind), key, e.Value)
		c.record(t)
	case e.Kind == entrySale:
		c.keepSale(segment, e)
	case e.Kind == entryKey:
		if c.store.keyAt == segment {
			c.recordKey()
		}
	default:
		ticket := ticketOf(e.Key)
		if o, ok := c.store.live[ticket]; ok && o.segment == segment {
			c.store.live[ticket] = owed{kind: e.Kind, segment: c.store.group.Record(e)}
		}
	}
}

// closeStore stores the last changes and closes the storage client.
func (c *core) closeStore(ctx context.Context) error {
	if c.store == nil {
		return nil
	}
	c.lock()
	for _, t := range c.tenants {
		c.record(t)
	}
	c.unlock()
	return errors.Join(c.store.journal.Sync(ctx), c.store.client.Close(ctx))
}
