package concurrencyprocessor

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/journal"
	"github.com/braidotel/braid/internal/sketch"
	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/counter"
)

var errEntry = errors.New("damaged journal entry")

// replay applies one entry of the journal.
func (c *core) replay(e journal.Entry) error {
	switch e.Kind {
	case entryClosed:
		return c.replayClosed(e)
	case entryReport, entryArrived, entryEdges:
		return c.replayEdge(e)
	}
	name, series, ok := splitKey(e.Key)
	if !ok {
		return errEntry
	}
	now := time.Now()
	t := c.tenant(name)
	if t == nil {
		return errEntry
	}
	if e.Kind == entryLate || e.Kind == entryLateFrame {
		closed, n := binary.Varint(e.Value)
		switch {
		case n <= 0:
			return errEntry
		case closed > t.counter.Closed(): // that is recorded when it has been delivered, so what came after can stand before
			c.deferred = append(c.deferred, journal.Entry{Kind: e.Kind, Key: bytes.Clone(e.Key), Value: bytes.Clone(e.Value)})
			return nil
		}
		e.Value = e.Value[n:]
	}
	g, identity, err := t.counter.Lookup(series, c.feedsTotal)
	if err != nil {
		return err
	}
	switch e.Kind {
	case entryObserved, entryLate:
		return c.replayObserved(t, g, identity, e.Value, now)
	case entryFrame, entryLateFrame:
		return c.replayFrame(t, g, identity, e.Value, now)
	case entrySeries:
		return g.Restore(identity, e.Value)
	}
	return errEntry
}

func (c *core) replayClosed(e journal.Entry) error {
	tick, n := binary.Varint(e.Value)
	t := c.tenant(string(e.Key))
	if n <= 0 || t == nil {
		return errEntry
	}
	end := eventtime.Instant((tick + 1) * int64(c.cfg.Tick))
	t.clock.AdvanceTo(end.Add(c.cfg.Lateness), time.Now())
	if t.edges != nil {
		if at, ok := t.edges.Settled(t.clock.Head()); ok {
			t.counter.Settle(int64(at)/int64(c.cfg.Tick) - 1)
		}
	}
	t.reported = max(t.reported, end.Truncate(c.cfg.base()))
	if err := t.counter.Close(tick, counter.Discard{}); err != nil {
		return err
	}
	if c.replayDeferred(tick) > 0 {
		return errEntry
	}
	return nil
}

// replayDeferred applies what came late, now that everything up to a tick has closed, and returns how much was damaged. At
// the end of the journal the rest is on time: what it came too late for was not delivered and closes once more.
func (c *core) replayDeferred(through int64) (damaged int) {
	waiting := c.deferred
	c.deferred = nil
	for _, e := range waiting {
		closed, n := binary.Varint(e.Value)
		if closed > through {
			c.deferred = append(c.deferred, e)
			continue
		}
		if through == math.MaxInt64 {
			e.Value = e.Value[n:]
			e.Kind = map[byte]byte{entryLate: entryObserved, entryLateFrame: entryFrame}[e.Kind]
		}
		if c.replay(e) != nil {
			damaged++
		}
	}
	return damaged
}

// splitKey takes the tenant's name off a key.
func splitKey(key []byte) (name string, rest []byte, ok bool) {
	n, used := binary.Uvarint(key)
	if used <= 0 || n > uint64(len(key)-used) {
		return "", nil, false
	}
	return string(key[used : used+int(n)]), key[used+int(n):], true
}

// replayEdge applies what came of an edge. Where edges are no longer followed, it is nothing.
func (c *core) replayEdge(e journal.Entry) error {
	name, edge := string(e.Key), ""
	if e.Kind != entryEdges {
		tenant, rest, ok := splitKey(e.Key)
		if !ok {
			return errEntry
		}
		name, edge = tenant, string(rest)
	}
	t := c.tenant(name)
	switch {
	case t == nil:
		return errEntry
	case t.edges == nil:
		return nil
	case e.Kind == entryEdges:
		return t.edges.Restore(e.Value)
	case e.Kind == entryArrived:
		t.edges.Frame(edge, sketch.Print(e.Value), 0)
		return nil
	}
	report, err := t.hasher.OpenReport(t.edgeSubject(edge), e.Value)
	if err != nil {
		return err
	}
	t.clock.Observe(eventtime.Of(report.Through), time.Now())
	t.followReport(edge, report, e.Value)
	return nil
}

func (c *core) replayObserved(t *tenant, g *counter.Group, identity int, value []byte, now time.Time) error {
	tick, n := binary.Varint(value)
	if n <= 0 || len(value[n:])%8 != 0 {
		return errEntry
	}
	t.clock.AdvanceTo(eventtime.Instant(tick*int64(c.cfg.Tick)), now)
	for hashes := value[n:]; len(hashes) > 0; hashes = hashes[8:] {
		g.Observe(identity, tick, binary.LittleEndian.Uint64(hashes))
	}
	return nil
}

func (c *core) replayFrame(t *tenant, g *counter.Group, identity int, frame []byte, now time.Time) error {
	opened, s, err := t.hasher.Open(t.subject(t.counter.Identity(identity), g.ID()), frame)
	if err != nil {
		return err
	}
	start, width, ok := c.cut(opened)
	if !ok {
		return errEntry
	}
	t.clock.Observe(eventtime.Of(opened.Start), now)
	_, err = g.Merge(identity, start, width, s)
	return err
}
