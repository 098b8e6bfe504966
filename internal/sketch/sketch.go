package sketch

import (
	"fmt"
	"sync"

	"github.com/axiomhq/hyperloglog"
)

// Sketch is a closed (or closing) bucket: the identities themselves, as hashes,
// up to ExactLimit, a HyperLogLog of precision 14 above (16 KiB, 0.81 %). What it
// holds depends only on the set of hashes put in, never on their order, their
// repetition or the sketches they came by. The zero value is empty and ready.
type Sketch struct {
	set    hashSet
	hll    *hyperloglog.Sketch // nil while exact
	events uint64
}

// encodings lends room for reading registers out of the library's encoding.
var encodings = sync.Pool{New: func() any {
	b := make([]byte, 0, len(registerHeader)+registers)
	return &b
}}

// Observe adds one observation.
func (s *Sketch) Observe(hash uint64) {
	s.events = addEvents(s.events, 1)
	s.add(hash)
}

func (s *Sketch) add(hash uint64) {
	if s.hll != nil {
		s.hll.InsertHash(hash)
		return
	}
	if s.set.add(hash) && s.set.len() > ExactLimit {
		s.widen()
	}
}

// widen moves from the exact set to registers. The library's own sparse form is
// passed over: it would be dense already, and inserting into it is slow.
func (s *Sketch) widen() {
	s.hll = hyperloglog.NewNoSparse()
	s.set.each(s.hll.InsertHash)
	s.set = hashSet{}
}

// Merge adds everything other holds. It is commutative, associative and, but for
// Events, idempotent. Other is unchanged.
func (s *Sketch) Merge(other *Sketch) error {
	s.events = addEvents(s.events, other.events)
	if other.hll == nil {
		if s.hll == nil {
			s.set.reserve(other.set.len())
		}
		other.set.each(s.add)
		return nil
	}
	if s.hll == nil {
		s.adopt(other.hll.Clone())
		return nil
	}
	if err := s.hll.Merge(other.hll); err != nil {
		return fmt.Errorf("merging sketches: %w", err)
	}
	return nil
}

// adopt makes hll the sketch's registers and adds the exact set to them.
func (s *Sketch) adopt(hll *hyperloglog.Sketch) {
	s.set.each(hll.InsertHash)
	s.hll, s.set = hll, hashSet{}
}

// MergeDelta adds what one tick holds; the tick is unchanged.
func (s *Sketch) MergeDelta(d *Delta) error {
	s.events = addEvents(s.events, d.events)
	if d.planes == nil {
		if s.hll == nil {
			s.set.reserve(d.set.len())
		}
		d.set.each(s.add)
		return nil
	}
	hll, err := fromRegisters(func(regs []byte) { d.planes.maxInto(regs) })
	if err != nil {
		return err
	}
	if s.hll == nil {
		s.adopt(hll)
		return nil
	}
	if err := s.hll.Merge(hll); err != nil {
		return fmt.Errorf("merging a tick: %w", err)
	}
	return nil
}

// registerHeader is what the library writes before dense registers of precision
// 14: version 2, precision, bias 0, dense, and their number.
var registerHeader = [8]byte{2, Precision, 0, 0, 0, 0, registers >> 8, registers & 0xff}

// fromRegisters builds a dense library sketch from registers.
func fromRegisters(fill func(regs []byte)) (*hyperloglog.Sketch, error) {
	buf := make([]byte, len(registerHeader)+registers)
	copy(buf, registerHeader[:])
	fill(buf[len(registerHeader):])
	hll := new(hyperloglog.Sketch)
	if err := hll.UnmarshalBinary(buf); err != nil {
		return nil, fmt.Errorf("building registers: %w", err)
	}
	return hll, nil
}

// Estimate is exact as long as the sketch is. The library's own estimator costs
// 70 times as much and, in its sparse form, is a little better: there it is used.
func (s *Sketch) Estimate() Count {
	if s.hll == nil {
		return Count{Value: float64(s.set.len()), Exact: true}
	}
	var value float64
	if !s.readDense(func(regs []byte) { value = registerEstimate(regs) }) {
		value = float64(s.hll.Estimate())
	}
	return estimated(value, registerError, Precision)
}

// readDense lends the library's registers to f, through the one door it leaves
// open: its encoding. It reports false for a sketch in the sparse form, which
// only other producers send.
func (s *Sketch) readDense(f func(regs []byte)) bool {
	room := encodings.Get().(*[]byte)
	defer encodings.Put(room)
	buf, err := s.hll.AppendBinary((*room)[:0])
	if err != nil { // only for a zero sketch, which is never stored here
		return false
	}
	*room = buf
	if len(buf) != len(registerHeader)+registers || [8]byte(buf) != registerHeader {
		return false
	}
	f(buf[len(registerHeader):])
	return true
}

// Registers returns the 2^14 HyperLogLog registers, reusing dst's room.
func (s *Sketch) Registers(dst []uint8) []uint8 {
	dst = zeroed(dst, registers)
	if s.hll == nil {
		s.set.each(func(h uint64) {
			register, rank := cell(h, Precision)
			dst[register] = max(dst[register], uint8(rank+1))
		})
		return dst
	}
	fill := func(regs []byte) { copy(dst, regs) }
	if !s.readDense(fill) {
		widened := Sketch{hll: hyperloglog.NewNoSparse()}
		if widened.hll.Merge(s.hll) == nil { // same precision: cannot fail
			widened.readDense(fill)
		}
	}
	return dst
}

// Events is an upper bound of how many observations went in: merging one sketch
// twice counts its events twice, though its identities once.
func (s *Sketch) Events() uint64 { return s.events }

// Bytes is the memory the sketch holds beside its own struct.
func (s *Sketch) Bytes() int {
	n := s.set.bytes()
	if s.hll != nil {
		n += registers
	}
	return n
}
