package load

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// Field numbers of ExportTraceServiceRequest and what it contains (opentelemetry/proto/trace/v1/trace.proto).
const (
	fieldResourceSpans = 1
	fieldScopeSpans    = 2
	fieldSpans         = 2
	fieldTraceID       = 1
	fieldSpanID        = 2
	fieldParentSpanID  = 4
	fieldStartTime     = 7
	fieldEndTime       = 8
)

var errNotTemplate = errors.New("template does not have the shape it was built with")

// locate finds the fields of every trace in a marshalled request. Trace ids are numbered from one, as build does.
func locate(data []byte, traces int) ([]trace, error) {
	found := make([]trace, traces)
	err := each(data, 0, fieldResourceSpans, func(resource []byte, at int) error {
		return each(resource, at, fieldScopeSpans, func(scope []byte, at int) error {
			return each(scope, at, fieldSpans, func(span []byte, at int) error {
				return locateSpan(span, at, found)
			})
		})
	})
	return found, err
}

// each calls f with every embedded message of one field, and where in the whole request it begins.
func each(message []byte, at int, field protowire.Number, f func(inner []byte, at int) error) error {
	return fields(message, func(number protowire.Number, kind protowire.Type, value []byte, offset int) error {
		if number != field || kind != protowire.BytesType {
			return nil
		}
		return f(value, at+offset)
	})
}

// fields calls f with every field of a message: its value (without the length of a bytes field) and where that begins.
func fields(message []byte, f func(number protowire.Number, kind protowire.Type, value []byte, offset int) error) error {
	for pos := 0; pos < len(message); {
		number, kind, n := protowire.ConsumeTag(message[pos:])
		if n < 0 {
			return fmt.Errorf("%w: %w", errNotTemplate, protowire.ParseError(n))
		}
		pos += n
		size := protowire.ConsumeFieldValue(number, kind, message[pos:])
		if size < 0 {
			return fmt.Errorf("%w: %w", errNotTemplate, protowire.ParseError(size))
		}
		offset, end := pos, pos+size
		if kind == protowire.BytesType {
			_, prefix := protowire.ConsumeVarint(message[pos:])
			offset += prefix
		}
		if err := f(number, kind, message[offset:end], offset); err != nil {
			return err
		}
		pos = end
	}
	return nil
}

func locateSpan(span []byte, at int, found []trace) error {
	tr, err := ownTrace(span, found)
	if err != nil {
		return err
	}
	err = fields(span, func(number protowire.Number, _ protowire.Type, value []byte, offset int) error {
		switch number {
		case fieldTraceID:
			tr.traceIDs = append(tr.traceIDs, at+offset)
		case fieldSpanID, fieldParentSpanID:
			if len(value) == 8 {
				tr.spanIDs = append(tr.spanIDs, at+offset)
			}
		case fieldStartTime, fieldEndTime:
			tr.times = append(tr.times, at+offset)
		default:
		}
		return nil
	})
	if err != nil {
		return err
	}
	for pos := 0; ; {
		i := bytes.Index(span[pos:], []byte(slot))
		if i < 0 {
			return nil
		}
		tr.slots = append(tr.slots, at+pos+i)
		pos += i + len(slot)
	}
}

// ownTrace returns the entry of the trace that the span belongs to.
func ownTrace(span []byte, found []trace) (tr *trace, err error) {
	err = fields(span, func(number protowire.Number, _ protowire.Type, value []byte, _ int) error {
		if number == fieldTraceID && len(value) == 16 {
			if n := binary.BigEndian.Uint64(value[8:]); n >= 1 && n <= uint64(len(found)) {
				tr = &found[n-1]
			}
		}
		return nil
	})
	if err == nil && tr == nil {
		err = errNotTemplate
	}
	return tr, err
}
