package nestinglimiterextension

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
)

// frame is the size of the pieces in which gRPC hands out a message.
const frame = 16 << 10

// message is a request as pdata's codec knows it.
type message struct{ plogotlp.ExportRequest }

func (*message) SizeProto() int          { return 0 }
func (*message) MarshalProto([]byte) int { return 0 }

// BenchmarkCodec compares decoding with a look before it and decoding alone, of a request of 1000 records.
func BenchmarkCodec(b *testing.B) {
	ld := logs(0).Logs()
	record := ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0)
	for _, name := range []string{"http.request.method", "url.path", "session.id", "user_agent.original", "server.address"} {
		record.Attributes().PutStr(name, "some value of "+name)
	}
	for range 999 {
		record.CopyTo(ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().AppendEmpty())
	}
	payload, err := plogotlp.NewExportRequestFromLogs(ld).MarshalProto()
	require.NoError(b, err)
	var pieces mem.BufferSlice
	for at := 0; at < len(payload); at += frame {
		pieces = append(pieces, mem.SliceBuffer(payload[at:min(at+frame, len(payload))]))
	}
	plain := encoding.GetCodecV2("proto")
	for name, c := range map[string]encoding.CodecV2{"alone": plain, "with_look": &codec{CodecV2: plain, limiter: &limiter{maxDepth: defaultMaxDepth}}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(payload)))
			for b.Loop() {
				require.NoError(b, c.Unmarshal(pieces, &message{plogotlp.NewExportRequest()}))
			}
		})
	}
}
