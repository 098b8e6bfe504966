package otlpsend

import (
	"fmt"

	"google.golang.org/grpc/mem"
)

// rawCodec passes marshalled messages through gRPC untouched. It copies on the way out: the transport may still hold the
// bytes of a failed call when the caller patches its buffer for the next.
type rawCodec struct{}

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	b, ok := v.([]byte)
	if !ok {
		return nil, fmt.Errorf("raw codec: cannot send a %T", v)
	}
	return mem.BufferSlice{mem.Copy(b, mem.DefaultBufferPool())}, nil
}

func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	b, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("raw codec: cannot receive into a %T", v)
	}
	*b = data.Materialize()
	return nil
}

// Name makes the content type that of every OTLP client.
func (rawCodec) Name() string { return "proto" }
