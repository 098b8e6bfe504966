package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

const (
	version   = 1
	headerKey = "journal"
	copyKey   = "journal/copy" // of the header, without which no segment is found
	// A segment is a version byte, a CRC-32C of the rest, and the entries.
	segmentPrefix = 1 + crc32.Size
)

var (
	errDamaged = errors.New("damaged journal segment")
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

func encodeHeader(first, next uint64) []byte {
	b := append(make([]byte, 0, 25), version)
	b = binary.AppendUvarint(b, first)
	b = binary.AppendUvarint(b, next)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

var (
	errNoHeader   = errors.New("the stored journal's header is missing: empty the storage directory")
	errTornHeader = errors.New("the stored journal's header is torn: empty the storage directory")
)

func decodeHeader(b []byte) (first, next uint64, err error) {
	if len(b) == 0 {
		return 0, 0, errNoHeader
	}
	if b[0] != version {
		return 0, 0, fmt.Errorf("the stored journal has version %d, this build reads version %d: "+
			"start with the build that wrote it, or empty the storage directory", b[0], version)
	}
	first, n := binary.Uvarint(b[1:])
	if n <= 0 {
		return 0, 0, errTornHeader
	}
	next, m := binary.Uvarint(b[1+n:])
	if m <= 0 || next < first {
		return 0, 0, errTornHeader
	}
	// Headers once ended here. Without the checksum one flipped bit would have segments forgotten without a word.
	body, sum := b[:1+n+m], b[1+n+m:]
	if len(sum) > 0 && (len(sum) != 4 || binary.LittleEndian.Uint32(sum) != crc32.Checksum(body, castagnoli)) {
		return 0, 0, errTornHeader
	}
	return first, next, nil
}

func encodeSegment(entries []byte) []byte {
	b := make([]byte, segmentPrefix, segmentPrefix+len(entries))
	b[0] = version
	binary.LittleEndian.PutUint32(b[1:], crc32.Checksum(entries, castagnoli))
	return append(b, entries...)
}

// decodeSegment returns the entries, aliasing b.
func decodeSegment(b []byte) ([]Entry, error) {
	if len(b) < segmentPrefix || b[0] != version ||
		crc32.Checksum(b[segmentPrefix:], castagnoli) != binary.LittleEndian.Uint32(b[1:]) {
		return nil, errDamaged
	}
	var entries []Entry
	for rest := b[segmentPrefix:]; len(rest) > 0; {
		e := Entry{Kind: rest[0]}
		var ok bool
		if e.Key, rest, ok = cutBytes(rest[1:]); !ok {
			return nil, errDamaged
		}
		if e.Value, rest, ok = cutBytes(rest); !ok {
			return nil, errDamaged
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func appendEntry(b []byte, e Entry) []byte {
	b = append(b, e.Kind)
	b = binary.AppendUvarint(b, uint64(len(e.Key)))
	b = append(b, e.Key...)
	b = binary.AppendUvarint(b, uint64(len(e.Value)))
	return append(b, e.Value...)
}

func cutBytes(b []byte) (value, rest []byte, ok bool) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return nil, nil, false
	}
	b = b[used:]
	return b[:n:n], b[n:], true
}
