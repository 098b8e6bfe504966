package decode

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/exporter/historyexporter/internal/transaction"
	"github.com/braidotel/braid/internal/history"
)

func FuzzLogs(f *testing.F) {
	var m plog.ProtoMarshaler
	for name := range decoders {
		ld := plog.NewLogs()
		record := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		record.SetEventName(name)
		record.SetTimestamp(2_000_000_000)
		attrs := record.Attributes()
		for _, attr := range []string{"session.id", "feature_flag.key", "braid.identity", "a"} {
			attrs.PutStr(attr, "a")
		}
		attrs.PutStr("braid.tier", "1m")
		attrs.PutInt("braid.window.start", 1)
		attrs.PutEmptySlice("braid.keys").AppendEmpty().SetStr("a")
		record.Body().SetEmptyBytes().FromRaw([]byte("BK"))
		b, err := m.MarshalLogs(ld)
		require.NoError(f, err)
		f.Add(b)
	}
	var u plog.ProtoUnmarshaler
	f.Fuzz(func(t *testing.T, data []byte) {
		ld, err := u.UnmarshalLogs(data)
		if err != nil {
			return
		}
		var b history.Batch
		Logs(&b, ld)
		assert.LessOrEqual(t, b.Len(), 2*ld.LogRecordCount())
		assert.Zero(t, b.Sift(), "what was decoded can be stored")
	})
}

func FuzzSpans(f *testing.F) {
	var m ptrace.ProtoMarshaler
	td := ptrace.NewTraces()
	span := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.SetKind(ptrace.SpanKindClient)
	span.SetTraceID([16]byte{1})
	span.Attributes().PutStr("db.query.text", "SELECT * FROM t WHERE id = 'x'")
	span.Attributes().PutStr("http.route", "/")
	b, err := m.MarshalTraces(td)
	require.NoError(f, err)
	f.Add(b)
	var u ptrace.ProtoUnmarshaler
	f.Fuzz(func(t *testing.T, data []byte) {
		td, err := u.UnmarshalTraces(data)
		if err != nil {
			return
		}
		table := transaction.NewTable(transaction.Config{Slow: 1, Spans: 100, Series: 10, Recent: 100})
		sanitizer := transaction.NewSanitizer()
		var items []transaction.Item
		for _, rs := range td.ResourceSpans().All() {
			for _, ss := range rs.ScopeSpans().All() {
				for _, span := range ss.Spans().All() {
					items = append(items, Span(rs.Resource().Attributes(), span, sanitizer))
				}
			}
		}
		table.Add(items)
		for _, trace := range table.Take() {
			assert.NotEmpty(t, trace.ID)
		}
		assert.LessOrEqual(t, table.Held(), 100)
	})
}
