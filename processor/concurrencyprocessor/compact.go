package concurrencyprocessor

import (
	"context"
	"sync"

	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/journal"
	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/counter"
)

const (
	// compactAt is how long the journal may grow before it is rewritten, beside four times what it was then.
	compactAt = 1 << 20
	// sliceBytes is about how much is encoded while the core's lock is held, which takes about a millisecond.
	sliceBytes = 1 << 18
)

// rewriting is a journal being rewritten as snapshots of the series. It goes from slice to slice, and counting goes on in
// between. What is counted meanwhile stands in the journal behind the mark, so that a series may have it twice, which
// changes nothing, but never not at all. A slice is taken only while all that has closed has been delivered: a series
// then holds nothing closed that the journal would have to bring forth again.
type rewriting struct {
	mu        sync.Mutex // held by whoever works on it
	running   bool
	mark      uint64        // segments below it can go when nothing is left
	left      []tenantGroup // to store
	slice     int           // bytes
	compacted int64         // size of the journal after it was last rewritten
}

type tenantGroup struct {
	tenant *tenant
	group  *counter.Group
}

// compact rewrites a journal that has grown, or goes on with it.
func (c *core) compact(ctx context.Context) {
	if c.journal == nil || !c.rewriting.due(c.journal.Bytes()) {
		return
	}
	if err := c.snapshot(ctx); err != nil && ctx.Err() == nil {
		c.logger.Warn("rewriting the stored counts failed; it is tried again", zap.Error(err))
	}
}

func (r *rewriting) due(size int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.running || size >= compactAt+4*r.compacted
}

// snapshot rewrites the journal, or as much of it as can be before something closed is on its way; the next call goes on.
func (c *core) snapshot(ctx context.Context) error {
	for {
		if more, err := c.rewrite(ctx); err != nil || !more {
			return err
		}
	}
}

// rewrite takes one slice and reports whether the next one can follow at once. It writes the slice before it returns, or
// else all of them would gather in memory.
func (c *core) rewrite(ctx context.Context) (more bool, err error) {
	r := &c.rewriting
	r.mu.Lock()
	defer r.mu.Unlock()
	if ready, err := c.storeSlice(r); err != nil || !ready {
		return false, err
	}
	if err := c.journal.Sync(ctx); err != nil || len(r.left) > 0 {
		return err == nil, err
	}
	if _, err := c.journal.Compact(ctx, r.mark, func(uint64, journal.Entry) {}); err != nil {
		return false, err
	}
	r.running, r.compacted = false, c.journal.Bytes()
	return false, nil
}

// storeSlice records the next series in the journal; false while something closed is on its way.
func (c *core) storeSlice(r *rewriting) (ready bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.debts.none() {
		return false, nil
	}
	if !r.running {
		c.beginRewriting(r)
	}
	var room []byte
	for size := 0; len(r.left) > 0 && size < r.slice; r.left = r.left[1:] {
		next := r.left[0]
		room, err = next.group.Store(room, func(identity int, value []byte) {
			c.journal.Record(journal.Entry{Kind: entrySeries, Key: seriesKey(next.tenant, next.group, identity), Value: value})
			size += len(value)
		})
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

func (c *core) recordEdges(t *tenant) {
	if t.edges == nil {
		return
	}
	value, err := t.edges.Store()
	if err != nil { // numbers and names always encode
		c.logger.Error("storing the edges failed", zap.Error(err))
		return
	}
	c.journal.Record(journal.Entry{Kind: entryEdges, Key: []byte(t.name), Value: value})
}

// beginRewriting marks where the journal is and lists what has to be stored. The locks are held.
func (c *core) beginRewriting(r *rewriting) {
	r.running, r.mark, r.left = true, c.journal.Next(), nil
	for _, t := range c.tenants {
		c.recordClosed(t.name, t.counter.Closed())
		c.recordEdges(t)
		for g := range t.counter.Groups {
			r.left = append(r.left, tenantGroup{t, g})
		}
	}
}
