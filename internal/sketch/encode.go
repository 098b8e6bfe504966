package sketch

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/axiomhq/hyperloglog"
)

// A stored series: a version byte, then closed tick, window, open ticks, and open
// and closed buckets, in varints and hashes of 8 bytes (little endian). Version 1
// had no closed buckets.
const (
	storedVersion   = 2
	storedOpenOnly  = 1
	flagPast        = 1
	flagPart        = 2
	flagDirty       = 4
	flagFinal       = 8
	storedFlagsMask = flagPast | flagPart | flagDirty | flagFinal
)

const (
	storedExact  = 1
	storedPlanes = 2 // of a Delta
	storedHLL    = 2 // of a Sketch
)

// ErrStored is what Restore wraps.
var ErrStored = errors.New("stored series is damaged or of another version")

// AppendBinary appends everything the series knows, for Restore.
func (s *Series) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, storedVersion)
	b = binary.AppendVarint(b, s.closed)
	b = binary.AppendVarint(b, max(s.forgotten, -farthest))
	b = s.window.appendBinary(b)
	b = binary.AppendUvarint(b, uint64(len(s.ticks)))
	for _, t := range s.ticks {
		b = binary.AppendVarint(b, t.tick)
		b = t.delta.appendBinary(b)
		wide := t.wide
		if wide == nil {
			wide = new(Delta)
		}
		b = wide.appendBinary(b)
	}
	var err error
	for i, t := range s.plan.Tiers {
		for _, o := range s.open[i] {
			if b, err = appendBucket(b, t.Ticks, 0, o); err != nil {
				return nil, err
			}
		}
		for _, p := range s.past[i] {
			flags := flagPast | flagPart*flag(p.part) | flagDirty*flag(p.dirty) | flagFinal*flag(p.final)
			if b, err = appendBucket(b, t.Ticks, flags, p.openBucket); err != nil {
				return nil, err
			}
			b = binary.AppendUvarint(b, uint64(p.revision))
		}
	}
	return b, nil
}

func appendBucket(b []byte, width int64, flags byte, o openBucket) ([]byte, error) {
	b = binary.AppendUvarint(b, uint64(width))
	b = binary.AppendVarint(b, o.start)
	return o.sketch.appendBinary(append(b, flags))
}

func (d *Delta) appendBinary(b []byte) []byte {
	b = binary.AppendUvarint(b, d.events)
	if d.planes == nil {
		return appendHashes(append(b, storedExact), &d.set)
	}
	b = append(b, storedPlanes, flag(d.maxOnly))
	rows := 0
	for _, row := range d.planes.rows {
		if row != nil {
			rows++
		}
	}
	b = append(b, byte(rows))
	for rank, row := range d.planes.rows {
		if row == nil {
			continue
		}
		b = append(b, byte(rank))
		for _, w := range row {
			b = binary.LittleEndian.AppendUint64(b, w)
		}
	}
	return b
}

func (s *Sketch) appendBinary(b []byte) ([]byte, error) {
	b = binary.AppendUvarint(b, s.events)
	if s.hll == nil {
		return appendHashes(append(b, storedExact), &s.set), nil
	}
	raw, err := s.hll.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("storing registers: %w", err)
	}
	b = binary.AppendUvarint(append(b, storedHLL), uint64(len(raw)))
	return append(b, raw...), nil
}

func appendHashes(b []byte, set *hashSet) []byte {
	b = binary.AppendUvarint(b, uint64(set.len()))
	set.each(func(h uint64) { b = binary.LittleEndian.AppendUint64(b, h) })
	return b
}

// appendBinary stores live entries and cells with their stamps; the newest tick
// tells what the stamps mean.
func (w *Window) appendBinary(b []byte) []byte {
	b = binary.AppendVarint(b, w.ring.newest)
	b = binary.AppendVarint(b, w.maxOnlyUntil)
	exact := w.exact
	if w.matrix != nil || exact == nil {
		exact = newTable(&w.ring) // a shadow is not worth storing
	}
	b = binary.AppendUvarint(b, uint64(exact.live))
	exact.each(func(h uint64, stamp uint8) {
		b = append(binary.LittleEndian.AppendUint64(b, h), stamp)
	})
	if w.matrix == nil {
		return append(b, 0)
	}
	b = append(b, w.p)
	return w.matrix.appendBinary(b)
}

func (m *matrix) appendBinary(b []byte) []byte {
	dense := 0
	for _, plane := range m.planes {
		if plane != nil {
			dense++
		}
	}
	b = append(b, byte(dense))
	for rank, plane := range m.planes {
		if plane != nil {
			b = append(append(b, byte(rank)), plane...)
		}
	}
	b = binary.AppendUvarint(b, uint64(m.sparse.used))
	for _, slot := range m.sparse.slots {
		if slot != 0 {
			b = binary.LittleEndian.AppendUint32(b, slot)
		}
	}
	return b
}

func flag(v bool) byte {
	if v {
		return 1
	}
	return 0
}

// sketch reads what appendBinary of a Sketch wrote.
func (r *reader) sketch() *Sketch {
	s := &Sketch{events: r.uvarint()}
	switch r.byte() {
	case storedExact:
		r.hashes(s.add)
	case storedHLL:
		s.hll = new(hyperloglog.Sketch)
		if raw := r.bytes(r.uvarint()); r.err == nil {
			if err := s.hll.UnmarshalBinary(raw); err != nil || raw[1] != Precision {
				r.fail("registers")
			}
		}
	default:
		r.fail("sketch")
	}
	return s
}

// delta reads what appendBinary of a Delta wrote into d.
func (r *reader) delta(d *Delta) {
	var read Delta
	read.events = r.uvarint()
	switch r.byte() {
	case storedExact:
		r.hashes(func(h uint64) { read.add(h) })
	case storedPlanes:
		read.planes = new(planes)
		read.maxOnly = r.byte() != 0
		for range r.byte() {
			r.row(read.planes)
		}
	default:
		r.fail("tick")
	}
	if r.err == nil {
		d.Merge(&read)
	}
}

func (r *reader) row(p *planes) {
	rank := r.byte()
	raw := r.bytes(8 * planeWords)
	if r.err != nil || rank >= ranks {
		r.fail("plane")
		return
	}
	row := new([planeWords]uint64)
	for i := range row {
		row[i] = binary.LittleEndian.Uint64(raw[8*i:])
	}
	p.rows[rank] = row
}
