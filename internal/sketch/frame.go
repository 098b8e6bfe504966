package sketch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"time"

	"github.com/axiomhq/hyperloglog"
)

// A frame is a sketch on the wire and in storage. All numbers are big endian.
//
//	 0  'B' 'K'       magic
//	 2  version       2 (1 hashed identities with SipHash-2-4)
//	 3  kind          1 exact set, 2 axiomhq encoding
//	 4  precision     14
//	 5  reserved      0 0 0
//	 8  key id        uint64
//	16  tier          int64, width of the bucket in nanoseconds
//	24  start         int64, start of the bucket, Unix nanoseconds
//	32  events        uint64, upper bound of the observations
//	40  payload       exact: hashes, 8 bytes each, ascending; else axiomhq bytes
//	-16 tag           SipHash-2-4-128 over subject, header and payload
//
// The subject (tenant, identity, key) is not in the frame but under the tag: a
// frame cannot be passed off as another key's.
const (
	frameVersion  = 2
	kindExact     = 1
	kindRegisters = 2
	headerSize    = 40
	tagSize       = 16

	// MaxFrame is the largest frame that is looked into, in bytes. No honest
	// one exceeds 16.5 KB; a few megabytes of hostile sparse encoding cost a
	// second of merging.
	MaxFrame = 20 << 10
	// frameHashes is how many hashes go into one exact frame: with it a frame
	// stays as large as dense registers. More hashes make more frames.
	frameHashes = 2048
)

// Why Open refuses a frame.
var (
	ErrTooLarge    = errors.New("frame larger than 20 KiB")
	ErrMalformed   = errors.New("malformed frame")
	ErrVersion     = errors.New("unknown frame version")
	ErrPrecision   = errors.New("sketch of another precision")
	ErrKey         = errors.New("sketch of another key")
	ErrForged      = errors.New("frame fails authentication")
	ErrImplausible = errors.New("sketch counts more than it observed")
)

// Frame says which bucket a sketch is of.
type Frame struct {
	// Subject names what is counted (tenant, identity, key) unambiguously.
	Subject string
	// Start of the bucket and Tier, its width.
	Start time.Time
	Tier  time.Duration
}

// Seal encodes a sketch into frames of at most MaxFrame bytes: one, or up to four
// for a large exact set. Merging them in any order gives the sketch back. An
// empty sketch gives none.
func (h *Hasher) Seal(f Frame, s *Sketch) ([][]byte, error) {
	if s.hll != nil {
		buf, err := s.hll.AppendBinary(h.header(f, s, kindRegisters))
		if err != nil {
			return nil, fmt.Errorf("encoding a sketch: %w", err)
		}
		return [][]byte{h.finish(f, buf)}, nil
	}
	hashes := make([]uint64, 0, s.set.len())
	s.set.each(func(x uint64) { hashes = append(hashes, x) })
	slices.Sort(hashes)
	var out [][]byte
	for part := range slices.Chunk(hashes, frameHashes) {
		buf := h.header(f, s, kindExact)
		for _, x := range part {
			buf = binary.BigEndian.AppendUint64(buf, x)
		}
		out = append(out, h.finish(f, buf))
	}
	return out, nil
}

func (h *Hasher) header(f Frame, s *Sketch, kind byte) []byte {
	room := headerSize + tagSize + len(registerHeader) + registers
	if kind == kindExact {
		room = headerSize + tagSize + 8*min(s.set.len(), frameHashes)
	}
	be := binary.BigEndian
	b := append(make([]byte, 0, room), 'B', 'K', frameVersion, kind, Precision, 0, 0, 0)
	b = be.AppendUint64(b, uint64(h.id))
	b = be.AppendUint64(b, uint64(f.Tier))
	b = be.AppendUint64(b, uint64(f.Start.UnixNano()))
	return be.AppendUint64(b, s.events)
}

func (h *Hasher) finish(f Frame, b []byte) []byte {
	lo, hi := h.frameTag(f.Subject, b)
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, hi), lo)
}

func (h *Hasher) frameTag(subject string, body []byte) (lo, hi uint64) {
	// The length first, so that no byte can move from subject to body.
	b := make([]byte, 0, 8+len(subject)+len(body))
	b = binary.BigEndian.AppendUint64(b, uint64(len(subject)))
	return h.tag(append(append(b, subject...), body...))
}

// Open checks and decodes a frame that claims to be of subject. It refuses, with
// one of the errors above and before it decodes anything, what is too large, of
// another version, precision or key, or not authentic; and then what is
// malformed or counts more than it observed.
func (h *Hasher) Open(subject string, b []byte) (Frame, *Sketch, error) {
	if err := h.check(subject, b); err != nil {
		return Frame{}, nil, err
	}
	be := binary.BigEndian
	f := Frame{
		Subject: subject,
		Tier:    time.Duration(be.Uint64(b[16:])),
		Start:   time.Unix(0, int64(be.Uint64(b[24:]))).UTC(),
	}
	s, err := openPayload(b[3], b[headerSize:len(b)-tagSize], be.Uint64(b[32:]))
	if err != nil {
		return Frame{}, nil, err
	}
	return f, s, nil
}

func (h *Hasher) check(subject string, b []byte) error {
	be := binary.BigEndian
	switch {
	case len(b) > MaxFrame:
		return fmt.Errorf("%w: %d bytes", ErrTooLarge, len(b))
	case len(b) < headerSize+tagSize || b[0] != 'B' || b[1] != 'K':
		return fmt.Errorf("%w: no header in %d bytes", ErrMalformed, len(b))
	case b[2] != frameVersion:
		return fmt.Errorf("%w: %d, want %d", ErrVersion, b[2], frameVersion)
	case b[4] != Precision:
		return fmt.Errorf("%w: %d, want %d", ErrPrecision, b[4], Precision)
	case be.Uint64(b[8:]) != uint64(h.id):
		return fmt.Errorf("%w: key id %016x, want %016x", ErrKey, be.Uint64(b[8:]), uint64(h.id))
	case b[5]|b[6]|b[7] != 0:
		return fmt.Errorf("%w: reserved bytes are not 0", ErrMalformed)
	}
	end := len(b) - tagSize
	lo, hi := h.frameTag(subject, b[:end])
	if be.Uint64(b[end:])^hi|be.Uint64(b[end+8:])^lo != 0 {
		return ErrForged
	}
	return nil
}

func openPayload(kind byte, payload []byte, events uint64) (*Sketch, error) {
	switch kind {
	case kindExact:
		return openExact(payload, events)
	case kindRegisters:
		return openRegisters(payload, events)
	}
	return nil, fmt.Errorf("%w: kind %d", ErrMalformed, kind)
}

func openExact(payload []byte, events uint64) (*Sketch, error) {
	n := len(payload) / 8
	if n == 0 || len(payload)%8 != 0 || n > frameHashes {
		return nil, fmt.Errorf("%w: exact set of %d bytes", ErrMalformed, len(payload))
	}
	if uint64(n) > events {
		return nil, fmt.Errorf("%w: %d identities in %d events", ErrImplausible, n, events)
	}
	s := &Sketch{events: events}
	s.set.reserve(n)
	var last uint64
	for i := range n {
		x := binary.BigEndian.Uint64(payload[8*i:])
		if i > 0 && x <= last {
			return nil, fmt.Errorf("%w: hash %d does not ascend", ErrMalformed, i)
		}
		s.set.add(x)
		last = x
	}
	return s, nil
}

func openRegisters(payload []byte, events uint64) (*Sketch, error) {
	// The library reads precisions 4 to 18 and its old version 1; neither has
	// anything to do here, and its own header must agree with ours.
	if len(payload) < 2 || payload[0] != registerHeader[0] || payload[1] != Precision {
		return nil, fmt.Errorf("%w: registers of another version or precision", ErrMalformed)
	}
	hll := new(hyperloglog.Sketch)
	if err := hll.UnmarshalBinary(payload); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	s := &Sketch{hll: hll, events: events}
	if err := s.plausible(); err != nil {
		return nil, err
	}
	return s, nil
}

// plausible bounds a sketch by its events: registers can say 2^63 where nobody
// was. An estimate may be off by six standard errors, and the highest register
// of n hashes exceeds log2(n) by 34 once in 2^33 sketches.
func (s *Sketch) plausible() error {
	const sixSigma, lucky = 1.05, 34
	if n := s.Estimate().Value; n > sixSigma*float64(s.events)+16 || math.IsNaN(n) {
		return fmt.Errorf("%w: %.3g identities in %d events", ErrImplausible, n, s.events)
	}
	if highest := slices.Max(s.Registers(nil)); int(highest) > bits.Len64(s.events)+lucky {
		return fmt.Errorf("%w: register value %d after %d events", ErrImplausible, highest, s.events)
	}
	return nil
}
