//go:build integration

package resilience

import (
	"encoding/binary"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// nested is an AnyValue that holds itself in a list, again and again, in about so many bytes. It is written from its end,
// as each level says how long all within it is.
func nested(size int) []byte {
	const perLevel = 12         // at most: two tags, two lengths
	reversed := []byte{0, 0x0a} // string_value: "", from its end
	length := len(reversed)
	for length < size-perLevel {
		for _, field := range []protowire.Number{1, 5} { // values of the list, the list of the value
			head := protowire.AppendVarint(protowire.AppendTag(nil, field, protowire.BytesType), uint64(length))
			slices.Reverse(head)
			reversed = append(reversed, head...)
			length += len(head)
		}
	}
	slices.Reverse(reversed)
	return reversed
}

// message puts a field around what is in it.
func message(field protowire.Number, parts ...[]byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), slices.Concat(parts...))
}

func fixed(field protowire.Number, v uint64) []byte {
	return protowire.AppendFixed64(protowire.AppendTag(nil, field, protowire.Fixed64Type), v)
}

func attribute(field protowire.Number, key string, value []byte) []byte {
	return message(field, message(1, []byte(key)), message(2, value))
}

// deep is an export request of a signal with a nested value where the signal has one; on the resource as well.
func deep(signal string, size int, at uint64) []byte {
	value := nested(size / 2)
	resource := message(1, attribute(1, "service.name", value))
	id := binary.BigEndian.AppendUint64(make([]byte, 8), at)
	var item []byte
	switch signal {
	case "traces":
		item = message(2, message(1, id), message(2, id[8:]), message(5, []byte("GET")), fixed(7, at), fixed(8, at+1), attribute(9, "session.id", value))
	case "logs":
		item = message(2, fixed(1, at), message(12, []byte("deployment")), message(5, value))
	case "metrics":
		item = message(2, message(1, []byte("shop.queue.length")), message(5, message(1, fixed(3, at), fixed(4, 0), attribute(7, "user.id", value))))
	}
	return message(1, resource, message(2, item))
}

// deepJSON is a request like deep, in JSON.
func deepJSON(signal string, size int) string {
	const opening, closing = `{"arrayValue":{"values":[`, `]}}`
	n := size / (len(opening) + len(closing))
	value := strings.Repeat(opening, n) + strings.Repeat(closing, n)
	switch signal {
	case "traces":
		return `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","name":"GET",` +
			`"attributes":[{"key":"session.id","value":` + value + `}]}]}]}]}`
	case "logs":
		return `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":` + value + `}]}]}]}`
	default:
		return `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"q","gauge":{"dataPoints":[{"asDouble":1,"attributes":[{"key":"a","value":` +
			value + `}]}]}}]}]}]}`
	}
}
