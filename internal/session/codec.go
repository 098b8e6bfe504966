package session

import (
	"encoding/binary"
	"errors"

	"github.com/braidotel/braid/internal/eventtime"
)

// errTorn is a record that ends early or claims more than it holds.
var errTorn = errors.New("torn record")

// encoder appends fields; integers are varints, texts and lists carry their length.
type encoder struct{ b []byte }

func (e *encoder) uint(v uint64)               { e.b = binary.AppendUvarint(e.b, v) }
func (e *encoder) hash(v tokenHash)            { e.b = binary.LittleEndian.AppendUint64(e.b, uint64(v)) }
func (e *encoder) instant(v eventtime.Instant) { e.b = binary.AppendVarint(e.b, int64(v)) }
func (e *encoder) raw(v []byte)                { e.b = append(e.b, v...) }

func (e *encoder) text(v string) {
	e.uint(uint64(len(v)))
	e.b = append(e.b, v...)
}

func (e *encoder) flags(set ...bool) {
	var bits uint64
	for i, on := range set {
		if on {
			bits |= 1 << i
		}
	}
	e.uint(bits)
}

// decoder reads the fields in the same order; after the first that is missing all are zero and err is set.
type decoder struct {
	b   []byte
	err error
}

func (d *decoder) fail() {
	d.b, d.err = nil, errTorn
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) instant() eventtime.Instant {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return eventtime.Instant(v)
}

func (d *decoder) hash() tokenHash {
	raw := d.raw(8)
	if raw == nil {
		return 0
	}
	return tokenHash(binary.LittleEndian.Uint64(raw))
}

// raw returns the next n bytes, nil if there are not as many.
func (d *decoder) raw(n int) []byte {
	if n < 0 || n > len(d.b) {
		d.fail()
		return nil
	}
	v := d.b[:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) text() string {
	n := d.uint()
	if n > uint64(len(d.b)) {
		d.fail()
		return ""
	}
	return string(d.raw(int(n)))
}

// count reads a list's length; every element takes at least a byte, so no honest list is longer than what is left.
func (d *decoder) count(limit int) int {
	n := d.uint()
	if n > uint64(len(d.b)) || n > uint64(limit) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) flags(set ...*bool) {
	bits := d.uint()
	for i, on := range set {
		*on = bits&(1<<i) != 0
	}
}
