// Package journal makes the changes of a component's state durable through the collector's storage API.
//
// The state itself lives in memory. Every change is recorded as an entry (kind, key, value); [Journal.Sync] writes what
// was recorded since the last write as one segment, so that callers that arrive together share one write (group commit).
// A later entry replaces an earlier one of the same kind and key. At start [Open] reads the segments back in order. The
// storage API has no listing call, hence segments are numbered, and a header entry, which is kept twice, holds the first
// and the next number.
//
// Old segments are cleaned as in a log-structured file system (Rosenblum and Ousterhout, 1992): [Journal.Compact] shows
// the owner each entry of the oldest segments, the owner records again what is still live, and the segments are dropped.
package journal

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// writeTimeout bounds one write; a caller that gives up does not fail the write it shares with others.
const writeTimeout = 10 * time.Second

// Entry is one change of state. Kind and key name what changed, the value is its new state; an empty value deletes.
type Entry struct {
	Kind  byte
	Key   []byte
	Value []byte
}

// Journal is safe for concurrent use.
type Journal struct {
	client storage.Client

	mu      sync.Mutex
	pending []byte   // encoded entries not yet being written
	refused *segment // what the storage did not take, if anything
	filling *flight  // the write that will take pending
	writing *flight  // the write under way, if any
	first   uint64   // oldest segment kept
	next    uint64   // number of the segment pending will become
	bytes   int64    // stored bytes of all segments
	sizes   map[uint64]int
}

// segment is a numbered run of entries, encoded.
type segment struct {
	seq  uint64
	data []byte
}

// flight is one write that several callers may wait for.
type flight struct {
	done chan struct{}
	err  error
}

// Recovery says what Open found.
type Recovery struct {
	Segments int // read back whole
	Entries  int
	Damaged  int // missing, torn or failing their checksum: skipped; or the header, of which there is a copy
}

// Open reads the journal of client back, entry by entry in the order they were recorded, and returns it ready for more.
// A damaged segment is skipped and counted, never fatal. An error of apply or of the storage ends Open.
func Open(ctx context.Context, client storage.Client, apply func(segment uint64, e Entry) error) (*Journal, Recovery, error) {
	j := &Journal{client: client, filling: newFlight(), sizes: make(map[uint64]int)}
	var found Recovery
	if err := j.readHeader(ctx, &found); err != nil {
		return nil, found, err
	}
	for seq := j.first; seq < j.next; seq += readTogether {
		if err := j.replay(ctx, seq, min(seq+readTogether, j.next), &found, apply); err != nil {
			return nil, found, err
		}
	}
	return j, found, nil
}

// readHeader takes the header, or its copy where it is damaged. A build that writes a later version writes that to both.
func (j *Journal) readHeader(ctx context.Context, found *Recovery) error {
	header, err := j.client.Get(ctx, headerKey)
	if err != nil {
		return fmt.Errorf("reading the journal's header: %w", err)
	}
	var damage error
	if j.first, j.next, damage = decodeHeader(header); damage == nil {
		return nil // earlier builds wrote no copy
	}
	if header, err = j.client.Get(ctx, copyKey); err != nil {
		return fmt.Errorf("reading the copy of the journal's header: %w", err)
	}
	first, next, err := decodeHeader(header)
	switch {
	case err == nil:
		j.first, j.next = first, next
		found.Damaged++
	case errors.Is(damage, errNoHeader) && errors.Is(err, errNoHeader): // a new journal
	default:
		return damage
	}
	return nil
}

// setHeader are the operations that store the header and its copy.
func setHeader(first, next uint64) []*storage.Operation {
	header := encodeHeader(first, next)
	return []*storage.Operation{storage.SetOperation(headerKey, header), storage.SetOperation(copyKey, header)}
}

// readTogether is how many segments are read at once: storage behind a network answers for all of them as soon as for one.
const readTogether = 128

// replay reads the segments from first until before, and counts what it finds.
func (j *Journal) replay(
	ctx context.Context, first, before uint64, found *Recovery, apply func(uint64, Entry) error,
) error {
	ops := make([]*storage.Operation, 0, before-first)
	for seq := first; seq < before; seq++ {
		ops = append(ops, storage.GetOperation(segmentKey(seq)))
	}
	if err := j.client.Batch(ctx, ops...); err != nil {
		return fmt.Errorf("reading journal segments %d to %d: %w", first, before-1, err)
	}
	for i, op := range ops {
		seq := first + uint64(i)
		entries, err := decodeSegment(op.Value)
		if err != nil {
			found.Damaged++
			continue
		}
		for _, e := range entries {
			if err := apply(seq, e); err != nil {
				return fmt.Errorf("applying journal segment %d: %w", seq, err)
			}
		}
		j.sizes[seq] = len(op.Value)
		j.bytes += int64(len(op.Value))
		found.Segments++
		found.Entries += len(entries)
	}
	return nil
}

// Record adds an entry to what the next Sync writes and returns the number of the segment it will be in.
func (j *Journal) Record(e Entry) uint64 {
	g := j.Begin()
	defer g.End()
	return g.Record(e)
}

// Group is a run of entries that a crash leaves all or none of: a counter and what it has counted. While a group is open
// every other call of the journal waits.
type Group struct{ journal *Journal }

// Begin opens a group; it has to be ended.
func (j *Journal) Begin() Group {
	j.mu.Lock()
	return Group{journal: j}
}

// Record adds an entry to the group and returns the number of the segment it will be in.
func (g Group) Record(e Entry) uint64 {
	g.journal.pending = appendEntry(g.journal.pending, e)
	return g.journal.next
}

// End closes the group.
func (g Group) End() { g.journal.mu.Unlock() }

// Sync returns when everything recorded before the call is stored, or with the storage's error; what could not be
// stored stays pending and goes with the next Sync.
func (j *Journal) Sync(ctx context.Context) error {
	j.mu.Lock()
	target := j.filling
	if len(j.pending) == 0 && j.refused == nil {
		target = j.writing
	}
	if target == nil {
		j.mu.Unlock()
		return nil
	}
	for {
		if j.writing == nil && target == j.filling {
			j.lead(ctx)
		}
		wait := j.writing
		if wait == nil {
			wait = target
		}
		j.mu.Unlock()
		select {
		case <-wait.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if wait == target {
			return target.err
		}
		j.mu.Lock()
	}
}

// Ready reports whether the storage takes writes: after a failed write it tries again first. Owners ask before they
// accept more data, so that a full disk turns into refusals instead of growing memory.
func (j *Journal) Ready(ctx context.Context) error {
	j.mu.Lock()
	refused := j.refused != nil
	j.mu.Unlock()
	if !refused {
		return nil
	}
	return j.Sync(ctx)
}

// lead writes what was refused before, then what is pending; while the storage refuses, all that comes gathers in one
// segment. It is called, and returns, with mu held, and releases it while it writes.
func (j *Journal) lead(ctx context.Context) {
	f := j.filling
	j.writing, j.filling = f, newFlight()
	if j.refused != nil {
		f.err = j.write(ctx, *j.refused)
	}
	if f.err == nil && len(j.pending) > 0 {
		s := segment{seq: j.next, data: encodeSegment(j.pending)}
		j.pending = nil
		j.next++
		f.err = j.write(ctx, s)
	}
	j.writing = nil
	close(f.done)
}

// write stores a segment. Like lead it holds mu but for the write itself.
func (j *Journal) write(ctx context.Context, s segment) error {
	ops := append([]*storage.Operation{storage.SetOperation(segmentKey(s.seq), s.data)}, setHeader(j.first, j.next)...)
	j.mu.Unlock()
	wctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	err := j.client.Batch(wctx, ops...)
	cancel()
	j.mu.Lock()
	if err != nil {
		j.refused = &s
		return fmt.Errorf("writing journal segment %d: %w", s.seq, err)
	}
	j.refused = nil
	j.sizes[s.seq] = len(s.data)
	j.bytes += int64(len(s.data))
	return nil
}

// Next is the number of the segment that the next Sync writes: a mark of time for Compact.
func (j *Journal) Next() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.next
}

// Bytes is the stored size of all segments.
func (j *Journal) Bytes() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.bytes
}

// Compact drops the segments numbered below before. First it shows their entries to keep, which records again those
// whose latest value is in that segment; they are synced before anything is dropped. It returns about how many bytes were
// recorded again: what others recorded meanwhile is counted too.
func (j *Journal) Compact(ctx context.Context, before uint64, keep func(segment uint64, e Entry)) (kept int, err error) {
	j.mu.Lock()
	first := j.first
	before = min(before, j.next)
	j.mu.Unlock()
	for seq := first; seq < before; seq++ {
		raw, err := j.client.Get(ctx, segmentKey(seq))
		if err != nil {
			return kept, fmt.Errorf("reading journal segment %d: %w", seq, err)
		}
		entries, err := decodeSegment(raw)
		if err != nil {
			continue // damaged or never written: nothing in it to keep
		}
		waited := j.waiting()
		for _, e := range entries {
			keep(seq, e)
		}
		waiting := j.waiting()
		kept += max(0, waiting-waited) // less if others have synced meanwhile
		if waiting < keptTogether {
			continue
		}
		if err := j.Sync(ctx); err != nil {
			return kept, err
		}
	}
	if err := j.Sync(ctx); err != nil {
		return kept, err
	}
	return kept, j.drop(ctx, first, before)
}

// keptTogether is about how many bytes of what is kept become one segment: others wait while it is written, and damage to it
// loses all of it.
const keptTogether = 1 << 18

// waiting is how many bytes the next Sync writes.
func (j *Journal) waiting() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.pending)
}

func (j *Journal) drop(ctx context.Context, first, before uint64) error {
	if first >= before {
		return nil
	}
	ops := make([]*storage.Operation, 0, before-first+2)
	for seq := first; seq < before; seq++ {
		ops = append(ops, storage.DeleteOperation(segmentKey(seq)))
	}
	j.mu.Lock()
	for j.writing != nil {
		w := j.writing
		j.mu.Unlock()
		<-w.done
		j.mu.Lock()
	}
	// A flight of its own keeps other writes, and with them the old first number, away, without holding up Record.
	f := newFlight()
	j.writing = f
	ops = append(ops, setHeader(before, j.next)...)
	j.mu.Unlock()

	err := j.client.Batch(ctx, ops...)

	j.mu.Lock()
	defer j.mu.Unlock()
	j.writing = nil
	close(f.done)
	if err != nil {
		return fmt.Errorf("dropping journal segments %d to %d: %w", first, before-1, err)
	}
	j.first = before
	for seq := first; seq < before; seq++ {
		j.bytes -= int64(j.sizes[seq])
		delete(j.sizes, seq)
	}
	return nil
}

func newFlight() *flight { return &flight{done: make(chan struct{})} }

func segmentKey(seq uint64) string { return "segment/" + strconv.FormatUint(seq, 36) }
