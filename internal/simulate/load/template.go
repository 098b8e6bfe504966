// Package load makes OTLP requests faster than a collector can take them: one request is marshalled once, and for every
// further one only its identities and times are overwritten in place.
package load

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// SpansPerTrace of a template: browser, proxy, application server and two database calls.
const SpansPerTrace = 5

// MaxTraces bounds a request to what a collector accepts by default (4 MiB).
const MaxTraces = 800

// Template is a marshalled request whose identities and times can be overwritten. It is not safe for concurrent use; make
// one per sender.
type Template struct {
	data     []byte
	traces   []trace
	sessions uint64
	base     int64  // end of the latest span now in data, Unix nanoseconds
	previous uint64 // number of the request now in data, plus one; 0 = as built
}

// trace holds where in the request the fields of one trace are.
type trace struct {
	traceIDs []int // 16 bytes each
	spanIDs  []int // 8 bytes each, parents included
	times    []int // 8 bytes each, little endian
	slots    []int // 8 hexadecimal digits each: the number of the session
}

// New returns a template of the given number of traces, whose requests visit the given number of sessions in turn.
func New(traces, sessions int) (*Template, error) {
	var errs []error
	if traces < 1 || traces > MaxTraces {
		errs = append(errs, fmt.Errorf("traces per request must be between 1 and %d, got %d", MaxTraces, traces))
	}
	if sessions < 1 || int64(sessions) > 1<<32 {
		errs = append(errs, fmt.Errorf("sessions must be between 1 and 2^32, got %d", sessions))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	data, err := build(traces)
	if err != nil {
		return nil, err
	}
	t := &Template{data: data, sessions: uint64(sessions), base: templateEnd}
	if t.traces, err = locate(data, traces); err != nil {
		return nil, err
	}
	return t, nil
}

// Spans returns how many spans a request has.
func (t *Template) Spans() int { return len(t.traces) * SpansPerTrace }

// Request returns the n-th request, its latest span ending at the given time. The bytes are valid until the next call.
// Equal numbers give equal identities, whichever template makes them.
func (t *Template) Request(n uint64, at time.Time) []byte {
	shift := uint64(at.UnixNano() - t.base)
	t.base = at.UnixNano()
	for i := range t.traces {
		number := n*uint64(len(t.traces)) + uint64(i)
		nonce := mix(number)
		if t.previous > 0 {
			nonce ^= mix((t.previous-1)*uint64(len(t.traces)) + uint64(i))
		}
		t.traces[i].write(t.data, number, number%t.sessions, nonce, shift)
	}
	t.previous = n + 1
	return t.data
}

// write overwrites one trace. Span ids are combined with the nonce rather than replaced, so children keep their parents.
func (tr *trace) write(data []byte, number, session, nonce, shift uint64) {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], mix(number))
	binary.BigEndian.PutUint64(id[8:], number+1)
	for _, at := range tr.traceIDs {
		copy(data[at:], id[:])
	}
	for _, at := range tr.spanIDs {
		b := data[at : at+8]
		binary.BigEndian.PutUint64(b, binary.BigEndian.Uint64(b)^nonce)
	}
	for _, at := range tr.times {
		b := data[at : at+8]
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)+shift)
	}
	var digits [4]byte
	binary.BigEndian.PutUint32(digits[:], uint32(session))
	for _, at := range tr.slots {
		hex.Encode(data[at:at+8], digits[:])
	}
}

// mix spreads consecutive numbers over 64 bits, so that whatever shards by trace id meets random-looking ones
// (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
