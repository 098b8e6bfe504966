package seasonalityprocessor

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/journal"
)

// stateFormat numbers the form of all that is stored: to be raised when builds before could not read it.
const stateFormat = 1

const (
	// slotsKey holds the number of slots; the storage API cannot list keys.
	slotsKey = "slots"
	noSlot   = -1
	// A write takes what was learnt of so many groups or so many bytes at most.
	maxGroups = 256
	maxBytes  = 4 << 20

	writeTimeout = 10 * time.Second
)

// store keeps each group under a numbered key of its own. Everything but the client is guarded by the core's lock.
type store struct {
	client  storage.Client
	host    component.Host
	slots   int32              // in use or free
	stored  int32              // slots that slotsKey knows of
	free    []int32            // given up, to be used again
	deleted map[int32]struct{} // given up, and still in the storage
	failing bool
}

// openStorage opens the storage, if one is configured, and reads the models back.
func (c *core) openStorage(ctx context.Context, host component.Host) error {
	if c.cfg.Storage == nil {
		return nil
	}
	client, err := journal.OpenClient(ctx, host, *c.cfg.Storage, c.id, stateFormat)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.store = &store{client: client, host: host, deleted: map[int32]struct{}{}}
	if err := c.recover(ctx); err != nil {
		c.tel.ProcessorSeasonalityCheckpointErrors.Add(ctx, 1, c.labels.read)
		return fmt.Errorf("storage: reading the models back from %s: %w", c.cfg.Storage, err)
	}
	return nil
}

func slotKey(slot int32) string { return "series/" + strconv.FormatInt(int64(slot), 36) }

// freeSlot gives up what is stored of a group. The lock is held.
func (c *core) freeSlot(g *group) {
	if c.store == nil || g.slot == noSlot {
		return
	}
	c.store.release(g.slot)
	g.slot = noSlot
}

func (s *store) release(slot int32) {
	s.free = append(s.free, slot)
	s.deleted[slot] = struct{}{}
}

// take returns a slot for a group that has none.
func (s *store) take() int32 {
	if n := len(s.free); n > 0 {
		slot := s.free[n-1]
		s.free = s.free[:n-1]
		delete(s.deleted, slot)
		return slot
	}
	s.slots++
	return s.slots - 1
}

// checkpoint stores the groups whose turn it is, in batches.
func (c *core) checkpoint(ctx context.Context, now time.Time) {
	for ctx.Err() == nil {
		more, err := c.writeBatch(ctx, now, false)
		if err != nil || !more {
			return
		}
	}
}

// write is one batch on its way to the storage.
type write struct {
	ops     []*storage.Operation
	groups  []*group
	deleted []int32
	slots   int32
}

// writeBatch stores one batch of the groups whose turn it is, or of all that learnt anything; more reports whether there
// are others.
func (c *core) writeBatch(ctx context.Context, now time.Time, all bool) (more bool, err error) {
	if c.store == nil || checkpointsNothing {
		return false, nil
	}
	w, more := c.gather(now, all)
	if len(w.ops) == 0 {
		return false, nil
	}
	wctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	err = c.store.client.Batch(wctx, w.ops...)
	cancel()
	c.settleWrite(ctx, w, err)
	return more, err
}

// gather encodes a batch.
func (c *core) gather(now time.Time, all bool) (w write, more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	st := c.store
	for slot := range st.deleted {
		if len(w.deleted) >= maxGroups {
			more = true
			break
		}
		w.deleted = append(w.deleted, slot)
		w.ops = append(w.ops, storage.DeleteOperation(slotKey(slot)))
		delete(st.deleted, slot)
	}
	size := 0
	for _, t := range c.order {
		for e := t.groups.order.Back(); e != nil; e = e.Prev() {
			g := e.Value.(*group)
			if !g.dirty || !all && !c.turn(g, now) {
				continue
			}
			if len(w.groups) >= maxGroups || size >= maxBytes {
				return c.finish(w), true
			}
			encoded, err := appendEntry(nil, g)
			g.dirty, g.storedAt = false, now
			if err != nil {
				c.logger.Error("encoding a model failed; it is not stored", zap.Error(err))
				continue
			}
			if g.slot == noSlot {
				g.slot = st.take()
			}
			size += len(encoded)
			w.groups = append(w.groups, g)
			w.ops = append(w.ops, storage.SetOperation(slotKey(g.slot), encoded))
		}
	}
	return c.finish(w), more
}

// turn reports whether a group is to be stored now. The first time comes soon and at random, so that groups that began
// together are not stored together.
func (c *core) turn(g *group, now time.Time) bool {
	if g.storedAt.IsZero() {
		g.storedAt = now.Add(-time.Duration(g.key % uint64(c.cfg.Checkpoint)))
	}
	return now.Sub(g.storedAt) >= c.cfg.Checkpoint
}

// finish adds the number of slots, if there are more now.
func (c *core) finish(w write) write {
	if w.slots = c.store.slots; w.slots != c.store.stored {
		w.ops = append(w.ops, storage.SetOperation(slotsKey, encodeSlots(w.slots)))
	}
	return w
}

// settleWrite notes what became of a batch. What was not stored has its turn again.
func (c *core) settleWrite(ctx context.Context, w write, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	st := c.store
	if err == nil {
		st.stored = w.slots
		c.tel.ProcessorSeasonalityCheckpointWritten.Add(ctx, int64(len(w.groups)), c.labels.itself)
		if st.failing {
			st.failing = false
			componentstatus.ReportStatus(st.host, componentstatus.NewEvent(componentstatus.StatusOK))
		}
		return
	}
	for _, g := range w.groups {
		g.dirty = g.series != nil
		g.storedAt = g.storedAt.Add(-c.cfg.Checkpoint)
	}
	for _, slot := range w.deleted {
		if slices.Contains(st.free, slot) {
			st.deleted[slot] = struct{}{}
		}
	}
	c.tel.ProcessorSeasonalityCheckpointErrors.Add(ctx, 1, c.labels.write)
	if !st.failing {
		st.failing = true
		c.logger.Warn("storing models failed; learning goes on and storing is tried again", zap.Error(err))
		componentstatus.ReportStatus(st.host, componentstatus.NewRecoverableErrorEvent(err))
	}
}

// closeStorage stores all that was learnt.
func (c *core) closeStorage(ctx context.Context) error {
	if c.store == nil {
		return nil
	}
	var err error
	for more := true; more && err == nil && ctx.Err() == nil; {
		more, err = c.writeBatch(ctx, time.Now(), true)
	}
	if closing := c.store.client.Close(ctx); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("storage: closing %s: %w", c.cfg.Storage, err)
	}
	return nil
}
