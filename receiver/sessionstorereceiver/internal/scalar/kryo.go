package scalar

// The numbers that Kryo 5 gives to the classes it knows by itself, plus two, as they stand before a value.
const (
	kryoNull   = 0
	kryoInt    = 2
	kryoString = 3
	kryoLong   = 9
)

func decodeKryo(field []byte) (Value, error) {
	class, rest := field[0], field[1:]
	switch class {
	case kryoInt:
		n, size := varint(rest, 5)
		if size == 0 || size != len(rest) {
			return Value{}, ErrMalformed
		}
		return Of(int64(int32(uint32(n)>>1) ^ -int32(n&1))), nil
	case kryoLong:
		n, size := varint(rest, 9)
		if size == 0 || size != len(rest) {
			return Value{}, ErrMalformed
		}
		return Of(int64(n>>1) ^ -int64(n&1)), nil
	case kryoString:
		return kryoText(rest)
	}
	if len(rest) > 0 {
		return Value{}, ErrNotScalar
	}
	return Value{}, nil
}

// varint reads a number of at most most bytes, seven bits a byte and, in the last of nine, eight. A size of zero means
// that it does not end.
func varint(b []byte, most int) (n uint64, size int) {
	for i, c := range b[:min(most, len(b))] {
		if i == 8 {
			return n | uint64(c)<<56, 9
		}
		n |= uint64(c&0x7F) << (7 * i)
		if c&0x80 == 0 {
			return n, i + 1
		}
	}
	return 0, 0
}

// notNull stands before a text where Kryo keeps track of references.
const notNull = 1

// kryoText reads a text: of ASCII alone, the last byte has its high bit set; of anything else, the length comes first, its
// first byte with the high bit set and six bits of the length.
func kryoText(b []byte) (Value, error) {
	if len(b) > 1 && b[0] == notNull {
		b = b[1:]
	}
	if len(b) == 0 {
		return Value{}, ErrMalformed
	}
	if b[0]&0x80 == 0 {
		text := append([]byte(nil), b...)
		for _, c := range text[:len(text)-1] {
			if c&0x80 != 0 {
				return Value{}, ErrMalformed
			}
		}
		if text[len(text)-1]&0x80 == 0 {
			return Value{}, ErrMalformed
		}
		text[len(text)-1] &= 0x7F
		return Value{Text: string(text)}, nil
	}
	length, rest := uint64(b[0]&0x3F), b[1:]
	if b[0]&0x40 != 0 {
		more, size := varint(rest, 4)
		if size == 0 {
			return Value{}, ErrMalformed
		}
		length, rest = length|more<<6, rest[size:]
	}
	if length == 0 {
		return Value{}, nil // null
	}
	v, err := modifiedUTF8(rest)
	if err != nil || uint64(utf16Len(v.Text)) != length-1 {
		return Value{}, ErrMalformed
	}
	return v, nil
}

func utf16Len(text string) (n int) {
	for _, r := range text {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}
