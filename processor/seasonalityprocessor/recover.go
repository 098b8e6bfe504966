package seasonalityprocessor

import (
	"cmp"
	"context"
	"encoding/binary"
	"hash/crc32"
	"slices"

	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.uber.org/zap"
)

// recover reads the stored groups back. What cannot be read, or belongs to no rule any more, is counted and given up. The
// lock is held.
func (c *core) recover(ctx context.Context) error {
	header, err := c.store.client.Get(ctx, slotsKey)
	if err != nil {
		return err
	}
	c.store.slots = readSlots(header)
	c.store.stored = c.store.slots
	var found []*group
	damaged := 0
	for first := int32(0); first < c.store.slots; first += maxGroups {
		groups, bad, err := c.readBatch(ctx, first, min(first+maxGroups, c.store.slots))
		if err != nil {
			return err
		}
		found = append(found, groups...)
		damaged += bad
	}
	slices.SortStableFunc(found, func(a, b *group) int { return cmp.Compare(a.closed, b.closed) })
	for _, g := range found {
		c.adopt(g)
	}
	c.evictedSeries = 0
	if damaged > 0 {
		c.tel.ProcessorSeasonalityCheckpointDamaged.Add(ctx, int64(damaged), c.labels.itself)
		c.logger.Warn("stored series that cannot be read, or that no rule selects any more, are learnt anew", zap.Int("groups", damaged))
	}
	if len(found) > 0 {
		c.logger.Info("models were read back", zap.Int("groups", len(found)))
	}
	return nil
}

// maxSlots bounds what a damaged header can make the start read.
const maxSlots = 1 << 26

// encodeSlots writes the number of slots with a checksum, twice: without it no group is found.
func encodeSlots(n int32) []byte {
	b := binary.AppendUvarint([]byte{entryVersion}, uint64(n))
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	return append(b, b...)
}

// readSlots takes whichever of the two is whole. Earlier builds wrote one, without a checksum.
func readSlots(header []byte) int32 {
	for _, b := range [][]byte{header, header[len(header)/2:]} {
		n, size := decodeSlots(b)
		if size > 0 && len(b) >= size+4 && binary.LittleEndian.Uint32(b[size:]) == crc32.Checksum(b[:size], castagnoli) {
			return n
		}
	}
	if n, size := decodeSlots(header); size == len(header) {
		return n
	}
	return 0
}

// decodeSlots returns a number of slots and how many bytes it takes; none if it is none.
func decodeSlots(b []byte) (n int32, size int) {
	if len(b) < 2 || b[0] != entryVersion {
		return 0, 0
	}
	v, used := binary.Uvarint(b[1:])
	if used <= 0 || v > maxSlots {
		return 0, 0
	}
	return int32(v), 1 + used
}

// readBatch reads the slots from first up to end.
func (c *core) readBatch(ctx context.Context, first, end int32) (groups []*group, damaged int, err error) {
	var ops []*storage.Operation
	for slot := first; slot < end; slot++ {
		ops = append(ops, storage.GetOperation(slotKey(slot)))
	}
	if err := c.store.client.Batch(ctx, ops...); err != nil {
		return nil, 0, err
	}
	for i, op := range ops {
		slot := first + int32(i)
		if len(op.Value) == 0 {
			c.store.free = append(c.store.free, slot)
			continue
		}
		g := c.restore(op.Value)
		if g == nil {
			damaged++
			c.store.release(slot)
			continue
		}
		g.slot = slot
		groups = append(groups, g)
	}
	return groups, damaged, nil
}

// restore makes a group of a stored one; nil if it cannot.
func (c *core) restore(stored []byte) *group {
	e, err := decodeEntry(stored)
	if err != nil {
		return nil
	}
	t := c.tenant(e.tenant)
	r := c.rules.learntUnder(e.origin.metric, e.learning)
	if t == nil || r == nil {
		return nil
	}
	g := newGroup(t, r, e.origin)
	learnt := false
	for _, s := range e.series {
		i := slices.IndexFunc(g.plans, func(p plan) bool { return p.name == s.measure })
		if i < 0 {
			continue
		}
		m, err := c.models.decode(g.plans[i].options, s.model)
		if err != nil {
			continue
		}
		learnt = true
		g.series[i] = series{model: m, valued: s.valued, told: s.valued, active: s.active}
		g.closed = max(g.closed, int64(s.valued.Add(-1).Truncate(r.width))/int64(r.width))
	}
	if !learnt {
		return nil
	}
	return g
}

// adopt puts a restored group into its tenant's table.
func (c *core) adopt(g *group) {
	o := g.origin
	metric := mix(hashText(o.metric), uint64(o.typ)+1)
	g.key = groupKey(metric, o.resource.hash, hashAttributes(o.attrs, func(string) bool { return true }))
	if g.tenant.groups.entries[g.key] != nil {
		c.freeSlot(g)
		return
	}
	c.insert(g)
	for i := range g.series {
		if g.series[i].active {
			c.active++
		}
	}
}
