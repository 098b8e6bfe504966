// Package scalar reads the numbers and texts that session stores of Java keep one to a hash field: as Java's serialization
// writes a Long, an Integer or a String, as Kryo 5 does, as JSON (with or without Jackson's type), or as plain text. It
// never builds an object: whatever else a field holds is not looked into.
package scalar

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// Value is a number, a text, or neither.
type Value struct {
	Text     string
	Int      int64
	IsNumber bool
}

// Errors of Decode.
var (
	// ErrNotScalar says that the field holds something else than a number or a text.
	ErrNotScalar = errors.New("neither a number nor a text")
	// ErrMalformed says that the field begins like a number or text and does not go on like one.
	ErrMalformed = errors.New("malformed number or text")
)

// MaxBytes is the longest field that is read.
const MaxBytes = 4096

// What Java's serialization of a boxed number is, up to the number: magic, version, class descriptions and their fields.
const (
	javaStream  = "\xac\xed\x00\x05"
	javaNumber  = "xr\x00\x10java.lang.Number\x86\xac\x95\x1d\x0b\x94\xe0\x8b\x02\x00\x00xp"
	javaLong    = javaStream + "sr\x00\x0ejava.lang.Long;\x8b\xe4\x90\xcc\x8f#\xdf\x02\x00\x01J\x00\x05value" + javaNumber
	javaInteger = javaStream + "sr\x00\x11java.lang.Integer\x12\xe2\xa0\xa4\xf7\x81\x878\x02\x00\x01I\x00\x05value" + javaNumber
	javaString  = javaStream + "t"
)

// Decode reads a field.
func Decode(field []byte) (Value, error) {
	switch {
	case len(field) > MaxBytes:
		return Value{}, ErrNotScalar
	case len(field) == 0:
		return Value{}, nil
	case has(field, javaStream):
		return decodeJava(field)
	case field[0] == kryoInt || field[0] == kryoString || field[0] == kryoLong || field[0] == kryoNull:
		return decodeKryo(field)
	case field[0] == '"' || field[0] == '[':
		return decodeJSON(field)
	}
	return Parse(string(field))
}

// Parse reads plain text: a number if it looks like one.
func Parse(text string) (Value, error) {
	if !utf8.ValidString(text) {
		return Value{}, ErrNotScalar
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return Value{Int: n, Text: text, IsNumber: true}, nil
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(f) < 1<<62 {
		return Value{Int: int64(f), Text: text, IsNumber: true}, nil
	}
	return Value{Text: text}, nil
}

// Of is a number's value.
func Of(n int64) Value { return Value{Int: n, Text: strconv.FormatInt(n, 10), IsNumber: true} }

func has(field []byte, prefix string) bool {
	return len(field) >= len(prefix) && string(field[:len(prefix)]) == prefix
}

func decodeJava(field []byte) (Value, error) {
	switch {
	case has(field, javaLong):
		if rest := field[len(javaLong):]; len(rest) == 8 {
			return Of(int64(binary.BigEndian.Uint64(rest))), nil
		}
		return Value{}, ErrMalformed
	case has(field, javaInteger):
		if rest := field[len(javaInteger):]; len(rest) == 4 {
			return Of(int64(int32(binary.BigEndian.Uint32(rest)))), nil
		}
		return Value{}, ErrMalformed
	case has(field, javaString):
		rest := field[len(javaString):]
		if len(rest) < 2 || len(rest)-2 != int(binary.BigEndian.Uint16(rest)) {
			return Value{}, ErrMalformed
		}
		return modifiedUTF8(rest[2:])
	}
	return Value{}, ErrNotScalar
}

// modifiedUTF8 reads Java's own encoding of texts: UTF-16 units, each encoded as if it were a character, and two bytes for
// a zero.
func modifiedUTF8(b []byte) (Value, error) {
	units := make([]uint16, 0, len(b))
	for i := 0; i < len(b); {
		n := 1
		var unit uint16
		switch c := b[i]; {
		case c&0x80 == 0:
			unit = uint16(c)
		case c&0xE0 == 0xC0:
			n, unit = 2, uint16(c&0x1F)
		case c&0xF0 == 0xE0:
			n, unit = 3, uint16(c&0x0F)
		default:
			return Value{}, ErrMalformed
		}
		if i+n > len(b) {
			return Value{}, ErrMalformed
		}
		for _, c := range b[i+1 : i+n] {
			if c&0xC0 != 0x80 {
				return Value{}, ErrMalformed
			}
			unit = unit<<6 | uint16(c&0x3F)
		}
		units = append(units, unit)
		i += n
	}
	return Value{Text: string(utf16.Decode(units))}, nil
}

// decodeJSON reads a text or what Jackson writes of a number when it adds types: ["java.lang.Long",1700000000000].
func decodeJSON(field []byte) (Value, error) {
	if field[0] == '"' {
		var text string
		if json.Unmarshal(field, &text) != nil {
			return Value{}, ErrMalformed
		}
		return Value{Text: text}, nil
	}
	var typed []json.RawMessage
	var class string
	if json.Unmarshal(field, &typed) != nil || len(typed) != 2 || json.Unmarshal(typed[0], &class) != nil {
		return Value{}, ErrNotScalar
	}
	switch class {
	case "java.lang.Long", "java.lang.Integer", "java.lang.String":
	default:
		return Value{}, ErrNotScalar
	}
	if typed[1][0] == '"' {
		return decodeJSON(typed[1])
	}
	return Parse(string(typed[1]))
}

// millisFrom is the number from which a time counts milliseconds; smaller ones count seconds, which reach it in the year
// 5138.
const millisFrom = 1e11

// Time reads a point in time: seconds or milliseconds since 1970, or RFC 3339. The zero time means that it is none.
func (v Value) Time() time.Time {
	switch {
	case v.IsNumber && v.Int >= millisFrom && v.Int < 1<<52:
		return time.UnixMilli(v.Int)
	case v.IsNumber && v.Int > 0 && v.Int < millisFrom:
		return time.Unix(v.Int, 0)
	case v.IsNumber:
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, v.Text)
	if err != nil {
		return time.Time{}
	}
	return t
}
