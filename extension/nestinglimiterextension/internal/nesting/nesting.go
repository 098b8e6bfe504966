// Package nesting tells how deep a request is nested, without decoding it: in one pass, in constant memory.
package nesting

// MaxLimit is the greatest limit there is: what is that deep is so on purpose.
const MaxLimit = 1024

// Wire types of protobuf.
const (
	wireVarint = iota
	wireI64
	wireLen
	wireStartGroup
	wireEndGroup
	wireI32
)

// ProtobufExceeds reports whether messages are nested deeper than limit, which MaxLimit bounds. It knows no schema: whatever
// could be a message is taken for one. What is none ends at the first bytes that a message cannot have, and a text or a packed
// list cannot pass for more than 64 levels unless it was made to. Each byte is looked at once, and whatever a decoder would
// descend into is descended into before anything after it is looked at: damage behind it hides nothing.
func ProtobufExceeds(data []byte, limit int) bool {
	var ends [MaxLimit + 1]int // of the messages that are open
	limit = min(limit, MaxLimit)
	ends[0] = len(data)
	for at, depth := 0, 0; ; {
		end := ends[depth]
		if at >= end {
			if depth == 0 {
				return false
			}
			at = end // a number may claim to be longer than what it is in
			depth--
			continue
		}
		length, next, nested := field(data[:end], at)
		at = next
		if !nested || length == 0 {
			continue
		}
		depth++
		if depth > limit {
			return true
		}
		ends[depth] = at + length
	}
}

// field reads one field of a message that ends with data. It returns where to go on: what is nested, if anything is, or what
// follows. A message that is damaged has nothing more to read.
func field(data []byte, at int) (length, next int, nested bool) {
	tag, at := varint(data, at)
	switch tag & 7 {
	case wireVarint:
		_, at = varint(data, at)
	case wireI64:
		at += 8
	case wireI32:
		at += 4
	case wireLen:
		var n uint64
		n, at = varint(data, at)
		if n > uint64(max(0, len(data)-at)) {
			return 0, len(data), false
		}
		return int(n), at, true
	case wireStartGroup, wireEndGroup: // groups are of old, and their fields of the message that they are in
	default:
		return 0, len(data), false
	}
	return 0, at, false
}

// varint reads a number as leniently as decoders do; what ends too early is the end of data.
func varint(data []byte, at int) (value uint64, next int) {
	if at < len(data) && data[at] < 0x80 { // nearly all are of one byte
		return uint64(data[at]), at + 1
	}
	for shift := uint(0); shift < 64 && at < len(data); shift += 7 {
		b := data[at]
		at++
		value |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return value, at
		}
	}
	return 0, len(data)
}

// JSONExceeds reports whether objects and lists are nested deeper than limit.
func JSONExceeds(data []byte, limit int) bool {
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > limit {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}
