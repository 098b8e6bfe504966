package incidentconnector

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/incident"
	"github.com/braidotel/braid/internal/rca"
)

// What was learnt of the normal, and who was hit, is kept as a whole every so much event time: losing some minutes of it
// costs little.
const (
	checkpointEvery  = 5 * time.Minute
	checkpointDuring = time.Minute // while an incident is open
	learntKey        = "learnt"    // the tenants whose memory is kept; that of each under this key and its name
	memoryVersion    = 1
	maxMemory        = 256 << 20 // bytes of one tenant's memory, unpacked, that are read
)

// memory is what a tenant learnt.
type memory struct {
	At      int64 // watermark, Unix nanoseconds
	Engine  rca.Memory
	Grouper incident.GrouperMemory
	Tracker incident.TrackerMemory
	Costs   map[string]incident.CostMemory
}

// checkpoint keeps what was learnt by tenants for whom it is time, or by all. The lock is not held.
func (c *core) checkpoint(ctx context.Context, all bool) error {
	if c.client == nil {
		return nil
	}
	c.saving.Lock()
	defer c.saving.Unlock()
	c.mu.Lock()
	names := slices.Sorted(maps.Keys(c.tenants))
	due := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !all && !c.tenants[name].due() })
	c.mu.Unlock()
	for _, name := range due {
		c.mu.Lock()
		m := c.tenants[name].save()
		c.mu.Unlock()
		packed, err := pack(&m)
		if err != nil {
			return err
		}
		if err := c.client.Set(ctx, learntKey+"\x00"+name, packed); err != nil {
			return fmt.Errorf("keeping what was learnt in %s: %w", c.cfg.Storage, err)
		}
	}
	if len(due) == 0 {
		return nil
	}
	index, err := json.Marshal(names)
	if err != nil {
		return err
	}
	return c.client.Set(ctx, learntKey, index)
}

// due says whether it is time to keep what was learnt, and takes note of the time if so.
func (t *tenant) due() bool {
	every, mark := checkpointEvery, t.clock.Watermark()
	if t.ledger.Open() > 0 {
		every = checkpointDuring
	}
	if mark.Sub(t.kept) < every {
		return false
	}
	t.kept = mark
	return true
}

func (t *tenant) save() memory {
	return memory{
		At: int64(t.clock.Watermark()), Engine: t.engine.Save(), Grouper: t.grouper.Save(), Tracker: t.tracker.Save(), Costs: t.ledger.SaveCosts(),
	}
}

// remember takes up what was learnt before. What is damaged, or of another version, is learnt anew. The lock is held.
func (c *core) remember(ctx context.Context) (damaged int, err error) {
	index, err := c.client.Get(ctx, learntKey)
	if err != nil || len(index) == 0 {
		return 0, err
	}
	var names []string
	if json.Unmarshal(index, &names) != nil {
		return 1, nil
	}
	for _, name := range names[:min(len(names), c.cfg.Limits.Tenants)] {
		packed, err := c.client.Get(ctx, learntKey+"\x00"+name)
		if err != nil {
			return damaged, err
		}
		t := (&batch{core: c}).tenant(name)
		if t == nil || len(packed) == 0 {
			continue
		}
		t.touched = false
		if err := t.restore(packed); err != nil {
			damaged++
			c.logger.Warn("what was learnt is damaged: it begins anew", zap.String("tenant", name), zap.Error(err))
		}
	}
	return damaged, nil
}

func (t *tenant) restore(packed []byte) error {
	m, err := unpack(packed)
	if err != nil {
		return err
	}
	t.engine.Restore(&m.Engine)
	t.grouper.Restore(&m.Grouper)
	at := eventtime.Instant(m.At)
	if at > 0 {
		t.clock.AdvanceTo(at, at.Time())
	}
	return errors.Join(t.tracker.Restore(&m.Tracker), t.ledger.RestoreCosts(m.Costs, at.Time()))
}

// pack encodes a memory: a version, and the rest with gzip, which has a checksum.
func pack(m *memory) ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte(memoryVersion)
	zip, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(gob.NewEncoder(zip).Encode(m), zip.Close()); err != nil {
		return nil, fmt.Errorf("encoding what was learnt: %w", err)
	}
	return out.Bytes(), nil
}

func unpack(packed []byte) (*memory, error) {
	if len(packed) == 0 {
		return nil, errors.New("reading what was learnt: there is nothing")
	}
	if packed[0] != memoryVersion {
		return nil, fmt.Errorf("version %d of what was learnt is not known", packed[0])
	}
	zip, err := gzip.NewReader(bytes.NewReader(packed[1:]))
	if err != nil {
		return nil, fmt.Errorf("reading what was learnt: %w", err)
	}
	raw, err := io.ReadAll(io.LimitReader(zip, maxMemory)) // checks all of it before any of it is believed
	if err != nil {
		return nil, fmt.Errorf("reading what was learnt: %w", err)
	}
	var m memory
	if err := gob.NewDecoder(bytes.NewReader(raw)).Decode(&m); err != nil {
		return nil, fmt.Errorf("reading what was learnt: %w", err)
	}
	return &m, nil
}
