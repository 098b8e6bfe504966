package nestinglimiterextension

import (
	"context"
	"errors"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"

	"github.com/braidotel/braid/extension/nestinglimiterextension/internal/nesting"
)

var errNoCodec = errors.New("gRPC has no codec for protobuf")

// GetGRPCServerOptions implements extensionmiddleware.GRPCServer. Only a codec sees a request before it is decoded.
func (l *limiter) GetGRPCServerOptions(context.Context) ([]grpc.ServerOption, error) {
	decoder := encoding.GetCodecV2("proto") // pdata's, where pdata is linked
	if decoder == nil {
		return nil, errNoCodec
	}
	return []grpc.ServerOption{grpc.ForceServerCodecV2(&codec{CodecV2: decoder, limiter: l})}, nil
}

// codec refuses what is too deep, and leaves the rest to the codec that was there.
type codec struct {
	encoding.CodecV2

	limiter *limiter
}

// Unmarshal implements encoding.CodecV2.
func (c *codec) Unmarshal(data mem.BufferSlice, v any) error {
	whole := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer whole.Free()
	if nesting.ProtobufExceeds(whole.ReadOnlyData(), c.limiter.maxDepth) {
		return c.limiter.refuse(context.Background(), "grpc").Err()
	}
	return c.CodecV2.Unmarshal(mem.BufferSlice{whole}, v)
}
