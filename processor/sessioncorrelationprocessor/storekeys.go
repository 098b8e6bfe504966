package sessioncorrelationprocessor

import (
	"encoding/binary"
	"errors"
)

// errKey is a stored key that does not name what it should.
var errKey = errors.New("torn key")

// joinKey puts a tenant before a key: its length, its name, the key.
func joinKey(tenant string, key []byte) []byte {
	b := binary.AppendUvarint(make([]byte, 0, len(tenant)+len(key)+2), uint64(len(tenant)))
	b = append(b, tenant...)
	return append(b, key...)
}

func splitKey(b []byte) (tenant string, key []byte, err error) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return "", nil, errKey
	}
	b = b[used:]
	return string(b[:n]), b[n:], nil
}

func ticketKey(ticket uint64) []byte { return binary.BigEndian.AppendUint64(nil, ticket) }

func ticketOf(key []byte) uint64 {
	if len(key) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(key)
}

func keyBytes(key [2]uint64) []byte {
	b := binary.LittleEndian.AppendUint64(nil, key[0])
	return binary.LittleEndian.AppendUint64(b, key[1])
}

func keyOf(b []byte) [2]uint64 {
	return [2]uint64{binary.LittleEndian.Uint64(b[:8]), binary.LittleEndian.Uint64(b[8:16])}
}
