package concurrencyprocessor

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"go.opentelemetry.io/collector/component"
	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/journal"
	"github.com/braidotel/braid/internal/sketch"
	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/counter"
)

// Entries of the journal. Replaying them in order rebuilds the state; replaying some of them twice changes nothing.
const (
	entryObserved  byte = 'o' // tenant and series -> tick, hashes
	entryFrame     byte = 'm' // tenant and series -> a merged frame
	entryLate      byte = 'l' // as entryObserved, with the tick up to which all had closed before it
	entryLateFrame byte = 'f' // as entryFrame, likewise
	entryClosed    byte = 'w' // tenant -> tick up to which everything closed was delivered
	entrySeries    byte = 's' // tenant and series -> the series as it stood
	entryReport    byte = 'r' // tenant and edge -> its report
	entryArrived   byte = 'p' // tenant and edge -> print of a frame that came
	entryEdges     byte = 'e' // tenant -> the edges as they stood
)

// stateFormat numbers the form of all that is stored: to be raised when builds before could not read it.
const stateFormat = 1

const (
	settingsKey = "settings"
	secretKey   = "secret"
)

// openStorage opens the storage, if one is configured, and reads the state back.
func (c *core) openStorage(ctx context.Context, host component.Host) error {
	if c.cfg.Storage == nil {
		return nil
	}
	client, err := journal.OpenClient(ctx, host, *c.cfg.Storage, c.id, stateFormat)
	if err != nil {
		return err
	}
	c.client = client
	if err := c.recover(ctx); err != nil {
		return fmt.Errorf("storage: reading the counts back from %s: %w", c.cfg.Storage, err)
	}
	return nil
}

// recover reads the journal. What was counted in other ticks or under another secret cannot be counted on with and is
// dropped.
func (c *core) recover(ctx context.Context) error {
	if err := c.settleSecret(ctx); err != nil {
		return err
	}
	stored, err := c.client.Get(ctx, settingsKey)
	if err != nil {
		return err
	}
	settings := c.settings()
	usable := stored == nil || bytes.Equal(stored, settings)
	skipped := 0
	j, found, err := journal.Open(ctx, c.client, func(_ uint64, e journal.Entry) error {
		if usable && c.replay(e) != nil {
			skipped++
		}
		return nil
	})
	if err != nil {
		return err
	}
	skipped += c.replayDeferred(math.MaxInt64)
	if n := found.Damaged + skipped; n > 0 {
		c.tel.ProcessorConcurrencyJournalDamaged.Add(ctx, int64(n))
		c.logger.Warn("parts of the stored counts are damaged and were left out", zap.Int("parts", n))
	}
	if !usable {
		c.logger.Warn("tick, secret or hash has changed: the stored counts are dropped")
		if _, err := j.Compact(ctx, j.Next(), func(uint64, journal.Entry) {}); err != nil {
			return err
		}
	}
	c.journal = j
	c.rewriting.compacted = j.Bytes()
	return c.client.Set(ctx, settingsKey, settings)
}

// settleSecret makes a random secret outlive the restart.
func (c *core) settleSecret(ctx context.Context) error {
	if c.cfg.Secret != "" {
		return nil
	}
	stored, err := c.client.Get(ctx, secretKey)
	if err != nil {
		return err
	}
	if len(stored) > 0 {
		c.secret = stored
		return nil
	}
	return c.client.Set(ctx, secretKey, c.secret)
}

// settings is what stored hashes and ticks depend on.
func (c *core) settings() []byte {
	key := c.newTenant("").hasher.KeyID()
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(c.cfg.Tick)), uint64(key))
}

// record writes a batch's changes to the journal and reports whether there were any. The lock is held.
func (c *core) record(b *batch) bool {
	if c.journal == nil || len(b.changes) == 0 {
		return false
	}
	slices.SortFunc(b.changes, func(x, y change) int {
		return cmp.Or(cmp.Compare(x.tenant.name, y.tenant.name), cmp.Compare(x.group.Seq(), y.group.Seq()),
			cmp.Compare(x.identity, y.identity), cmp.Compare(x.tick, y.tick), cmp.Compare(x.closed, y.closed))
	})
	for rest := b.changes; len(rest) > 0; {
		first, n := rest[0], 0
		kind, value := entryObserved, []byte(nil)
		if first.closed != 0 {
			kind, value = entryLate, binary.AppendVarint(nil, first.closed)
		}
		value = binary.AppendVarint(value, first.tick)
		for n < len(rest) && rest[n].series() == first.series() {
			value = binary.LittleEndian.AppendUint64(value, rest[n].hash)
			n++
		}
		c.journal.Record(journal.Entry{Kind: kind, Key: seriesKey(first.tenant, first.group, first.identity), Value: value})
		rest = rest[n:]
	}
	return true
}

// recordFrame writes a merged frame to the journal. The lock is held.
func (c *core) recordFrame(t *tenant, g *counter.Group, identity int, frame []byte, arrival sketch.Arrival) {
	if c.journal == nil {
		return
	}
	kind, value := entryFrame, frame
	if arrival == sketch.Late {
		kind, value = entryLateFrame, append(binary.AppendVarint(nil, t.counter.Closed()), frame...)
	}
	c.journal.Record(journal.Entry{Kind: kind, Key: seriesKey(t, g, identity), Value: value})
}

// recordEdge writes what came of an edge to the journal. The lock is held.
func (c *core) recordEdge(kind byte, t *tenant, edge string, value []byte) {
	if c.journal != nil {
		key := append(binary.AppendUvarint(nil, uint64(len(t.name))), t.name...)
		c.journal.Record(journal.Entry{Kind: kind, Key: append(key, edge...), Value: value})
	}
}

func seriesKey(t *tenant, g *counter.Group, identity int) []byte {
	b := append(binary.AppendUvarint(nil, uint64(len(t.name))), t.name...)
	return append(b, g.SeriesID(identity)...)
}

func (c *core) recordClosed(tenant string, tick int64) {
	c.journal.Record(journal.Entry{Kind: entryClosed, Key: []byte(tenant), Value: binary.AppendVarint(nil, tick)})
}

// closeStorage makes the state durable as it stands.
func (c *core) closeStorage(ctx context.Context) error {
	if c.client == nil {
		return nil
	}
	var err error
	if c.journal != nil {
		err = errors.Join(c.snapshot(ctx), c.journal.Sync(ctx))
	}
	if err = errors.Join(err, c.client.Close(ctx)); err != nil {
		return fmt.Errorf("storage: closing %s: %w", c.cfg.Storage, err)
	}
	return nil
}
