package historyexporter

import (
	"context"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/exporter/historyexporter/internal/decode"
	"github.com/braidotel/braid/exporter/historyexporter/internal/transaction"
	"github.com/braidotel/braid/internal/history"
)

// items reads spans. The lock is held.
func (t *traces) items(b *history.Batch, td ptrace.Traces) []transaction.Item {
	items := make([]transaction.Item, 0, td.SpanCount())
	malformed := 0
	for _, rs := range td.ResourceSpans().All() {
		seen := false
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				if span.TraceID().IsEmpty() || span.SpanID().IsEmpty() || span.StartTimestamp() == 0 || span.EndTimestamp() == 0 {
					malformed++
					continue
				}
				if !seen {
					t.versions.see(b, rs.Resource(), span.StartTimestamp().AsTime())
					seen = true
				}
				items = append(items, decode.Span(rs.Resource().Attributes(), span, t.sanitizer))
			}
		}
	}
	if malformed > 0 {
		t.count(context.Background(), "span", "malformed", malformed)
	}
	return items
}
