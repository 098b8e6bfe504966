package sketch

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

// A report is what an edge says of itself, sealed like a frame. All numbers are
// big endian.
//
//	 0  'B' 'R'       magic
//	 2  version       1
//	 3  flags         1 fresh
//	 4  reserved      0 0 0 0
//	 8  key id        uint64
//	16  from          int64, Unix nanoseconds
//	24  through       int64, Unix nanoseconds
//	32  made          int64, the edge's clock, Unix nanoseconds
//	40  prints        uint32 each
//	-16 tag           SipHash-2-4-128 over subject, header and prints
const (
	reportVersion = 1
	flagFresh     = 1

	// MaxPrints is the most frames one report names: it stays as large as a frame.
	MaxPrints = 4096
)

// Report says which frames an edge made between two moments of event time, so
// that who merges them knows when all of them have come, whatever order they come
// in, and that an edge without any is there.
type Report struct {
	// From is where the report before ended, Through what this one goes up to.
	From, Through time.Time
	// Made is the edge's own clock.
	Made time.Time
	// Fresh says that the edge remembers no report before this one.
	Fresh bool
	// Prints name the frames; see Print.
	Prints []uint32
}

// Print names a frame among those of one edge: the end of its tag.
func Print(frame []byte) uint32 {
	if len(frame) < 4 {
		return 0
	}
	return binary.BigEndian.Uint32(frame[len(frame)-4:])
}

// SealReport encodes the report of the edge that subject names. It has at most
// MaxPrints prints.
func (h *Hasher) SealReport(subject string, r Report) []byte {
	be := binary.BigEndian
	b := append(make([]byte, 0, headerSize+4*len(r.Prints)+tagSize), 'B', 'R', reportVersion, flagFresh*flag(r.Fresh), 0, 0, 0, 0)
	b = be.AppendUint64(b, uint64(h.id))
	for _, t := range []time.Time{r.From, r.Through, r.Made} {
		b = be.AppendUint64(b, uint64(t.UnixNano()))
	}
	for _, p := range r.Prints {
		b = be.AppendUint32(b, p)
	}
	return h.finish(Frame{Subject: subject}, b)
}

// OpenReport checks and decodes what claims to be a report of the edge that
// subject names. It refuses with the errors of Open.
func (h *Hasher) OpenReport(subject string, b []byte) (Report, error) {
	be := binary.BigEndian
	switch {
	case len(b) > MaxFrame:
		return Report{}, fmt.Errorf("%w: %d bytes", ErrTooLarge, len(b))
	case len(b) < headerSize+tagSize || b[0] != 'B' || b[1] != 'R' || len(b)%4 != 0:
		return Report{}, fmt.Errorf("%w: no report in %d bytes", ErrMalformed, len(b))
	case b[2] != reportVersion:
		return Report{}, fmt.Errorf("%w: report of version %d, want %d", ErrVersion, b[2], reportVersion)
	case be.Uint64(b[8:]) != uint64(h.id):
		return Report{}, fmt.Errorf("%w: key id %016x, want %016x", ErrKey, be.Uint64(b[8:]), uint64(h.id))
	}
	end := len(b) - tagSize
	lo, hi := h.frameTag(subject, b[:end])
	if be.Uint64(b[end:])^hi|be.Uint64(b[end+8:])^lo != 0 {
		return Report{}, ErrForged
	}
	at := func(i int) time.Time { return time.Unix(0, int64(be.Uint64(b[i:]))).UTC() }
	r := Report{From: at(16), Through: at(24), Made: at(32), Fresh: b[3]&flagFresh != 0}
	for raw := range slices.Chunk(b[headerSize:end], 4) {
		r.Prints = append(r.Prints, be.Uint32(raw))
	}
	if r.Through.Before(r.From) {
		return Report{}, fmt.Errorf("%w: report through %s from %s", ErrMalformed, r.Through, r.From)
	}
	return r, nil
}
