package counter

import (
	"encoding/binary"
	"errors"
)

// Key is what is counted apart: the values of some attributes. No attributes are the total.
type Key struct {
	Names  []string
	Values []string
}

var errKey = errors.New("malformed key")

// AppendID appends an unambiguous encoding of the key: each name and value with its length before it.
func (k Key) AppendID(b []byte) []byte {
	for i, name := range k.Names {
		b = AppendPair(b, name, k.Values[i])
	}
	return b
}

// AppendPair appends one attribute of a key's id.
func AppendPair(b []byte, name, value string) []byte {
	b = append(binary.AppendUvarint(b, uint64(len(name))), name...)
	return append(binary.AppendUvarint(b, uint64(len(value))), value...)
}

// ParseKey is the inverse of AppendID.
func ParseKey(id string) (Key, error) {
	var k Key
	rest := []byte(id)
	for len(rest) > 0 {
		var pair [2]string
		for i := range pair {
			n, used := binary.Uvarint(rest)
			if used <= 0 || n > uint64(len(rest)-used) {
				return Key{}, errKey
			}
			pair[i] = string(rest[used : used+int(n)])
			rest = rest[used+int(n):]
		}
		k.Names, k.Values = append(k.Names, pair[0]), append(k.Values, pair[1])
	}
	return k, nil
}
