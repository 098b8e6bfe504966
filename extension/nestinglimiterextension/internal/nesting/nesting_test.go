package nesting

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"google.golang.org/protobuf/encoding/protowire"
)

// nested is a message within a message, so many levels deep, with something after each.
func nested(levels int, after []byte) []byte {
	var message []byte
	for range levels {
		message = append(protowire.AppendBytes(protowire.AppendTag(nil, 5, protowire.BytesType), message), after...)
	}
	return message
}

func TestProtobufExceeds_Limit_IsExact(t *testing.T) {
	t.Parallel()
	field := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 300)
	group := protowire.AppendTag(protowire.AppendTag(nil, 2, protowire.StartGroupType), 2, protowire.EndGroupType)
	for name, after := range map[string][]byte{
		"nothing": nil, "field": field, "group": group,
		"damage": {0xff}, "no_wire_type": {7}, "length_beyond": {0x0a, 0x7f},
	} {
		const limit = 29 // the innermost is empty and does not count
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.True(t, ProtobufExceeds(nested(31, after), limit))
			if name == "nothing" || name == "field" || name == "group" {
				assert.False(t, ProtobufExceeds(nested(30, after), limit))
			}
		})
	}
	assert.True(t, ProtobufExceeds(nested(2*MaxLimit, field), 2*MaxLimit), "the greatest limit there is")
}

func TestProtobufExceeds_OrdinaryRequests_Pass(t *testing.T) {
	t.Parallel()
	const limit = 128
	for name, text := range map[string]string{
		"lines": strings.Repeat("\n", 1<<16), "trace": strings.Repeat("\n\tat shop.Cart.add(Cart.java:10)", 1000),
		"korean": strings.Repeat("장바구니에 담았습니다.\n", 1000), "bits": strings.Repeat("\x02\x80\x01", 1<<14),
	} {
		ld := plog.NewLogs()
		record := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		deepest := record.Body()
		for range 20 {
			m := deepest.SetEmptyMap()
			deepest = m.PutEmpty("inner")
		}
		deepest.SetStr(text)
		payload, err := (&plog.ProtoMarshaler{}).MarshalLogs(ld)
		require.NoError(t, err)
		assert.False(t, ProtobufExceeds(payload, limit), name)
		asJSON, err := (&plog.JSONMarshaler{}).MarshalLogs(ld)
		require.NoError(t, err)
		assert.False(t, JSONExceeds(asJSON, limit), name)
	}
}

func TestJSONExceeds_OnlyBracketsOutsideOfTexts_Count(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`{"a":[{"b":1}]}`: false, `[[[[1]]]]`: true, `{"a":"[[[[[["}`: false, `{"a\"":[[["\\",[`: true, `{"[{[{":{}}`: false,
		`[[[]],[[]],[[]]]`: false, `"\`: false, ``: false,
	} {
		assert.Equal(t, want, JSONExceeds([]byte(text), 3), text)
	}
}

// FuzzProtobufExceeds has what a decoder finds be found: a value that is nested in a request of logs, between arbitrary bytes.
func FuzzProtobufExceeds(f *testing.F) {
	f.Add([]byte("text"), []byte{8, 1}, 3)
	f.Add([]byte("1"), []byte("0"), 73) // a number of eight bytes where one is left
	f.Add([]byte{0xff, 0xff}, []byte{0x0a, 0}, 40)
	f.Fuzz(func(t *testing.T, before, after []byte, levels int) {
		if levels < 0 || levels > 200 {
			return
		}
		const limit = 64
		value := nested(levels, after)
		prefix := protowire.AppendBytes(protowire.AppendTag(nil, 3, protowire.BytesType), before)
		if levels > limit+1 {
			assert.True(t, ProtobufExceeds(append(prefix, value...), limit))
		}
		_ = JSONExceeds(before, limit)
		if json.Valid(before) && len(before) <= limit {
			assert.False(t, JSONExceeds(before, limit))
		}
	})
}

// BenchmarkProtobufExceeds compares with decoding what is looked at.
func BenchmarkProtobufExceeds(b *testing.B) {
	ld := plog.NewLogs()
	for range 1000 {
		record := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		record.SetTraceID(pcommon.TraceID{1, 2, 3})
		record.Body().SetStr(strings.Repeat("an ordinary line of a log ", 4))
		for _, name := range []string{"http.request.method", "url.path", "session.id", "user_agent.original", "server.address"} {
			record.Attributes().PutStr(name, "some value of "+name)
		}
	}
	payload, err := (&plog.ProtoMarshaler{}).MarshalLogs(ld)
	require.NoError(b, err)
	b.Run("look", func(b *testing.B) {
		b.SetBytes(int64(len(payload)))
		for b.Loop() {
			if ProtobufExceeds(payload, 128) {
				b.Fatal("too deep")
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.SetBytes(int64(len(payload)))
		for b.Loop() {
			if _, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(payload); err != nil {
				b.Fatal(err)
			}
		}
	})
}
