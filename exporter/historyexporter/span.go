package historyexporter

import (
	"context"
	"encoding/hex"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

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
				items = append(items, t.item(rs.Resource().Attributes(), span))
			}
		}
	}
	if malformed > 0 {
		t.count(context.Background(), "span", "malformed", malformed)
	}
	return items
}

func (t *traces) item(resource pcommon.Map, span ptrace.Span) transaction.Item {
	attrs := span.Attributes()
	read := func(names ...string) string {
		if s := text(attrs, names...); s != "" {
			return s
		}
		return text(resource, names...)
	}
	item := transaction.Item{
		Tenant: history.Tenant(read("braid.tenant")), Trace: span.TraceID(), ID: span.SpanID(), Parent: span.ParentSpanID(),
		Start: int64(span.StartTimestamp()), End: int64(span.EndTimestamp()), Failed: span.Status().Code() == ptrace.StatusCodeError,
		Rank: rank(span), Service: text(resource, "service.name"), Operation: operation(span), Region: read("braid.region"),
		Session: text(attrs, "session.id"), User: text(attrs, "user.id"),
	}
	if query := text(attrs, "db.query.text", "db.statement"); query != "" && span.Kind() == ptrace.SpanKindClient {
		item.System, item.Query = text(attrs, "db.system.name", "db.system"), t.sanitizer.Statement(query)
	}
	item.Span = history.Span{
		ID: hex.EncodeToString(item.ID[:]), Service: item.Service, Host: text(resource, "host.name", "k8s.pod.name"), Name: cut(span.Name()),
		Kind: strings.ToLower(span.Kind().String()), Start: span.StartTimestamp().AsTime(),
		Duration: time.Duration(max(0, item.End-item.Start)), Failed: item.Failed, Message: cut(span.Status().Message()),
		Attributes: plain(attrs, withoutIdentity),
	}
	if !span.ParentSpanID().IsEmpty() {
		item.Span.Parent = hex.EncodeToString(item.Parent[:])
	}
	if item.Query != "" { // values of statements are nobody's business later
		delete(item.Span.Attributes, "db.statement")
		item.Span.Attributes["db.query.text"] = item.Query
	}
	return item
}

// withoutIdentity is what a Trace has fields for.
var withoutIdentity = map[string]bool{"session.id": true, "user.id": true, "braid.tenant": true, "braid.region": true}

// rank says whether a span is a transaction: the entry into a service, or the root of a trace.
func rank(span ptrace.Span) history.Rank {
	switch {
	case span.ParentSpanID().IsEmpty():
		return history.RankRoot
	case span.Kind() == ptrace.SpanKindServer || span.Kind() == ptrace.SpanKindConsumer:
		return history.RankEntry
	}
	return history.RankInner
}

// operation names what a span does by as few names as possible: method and route, not path.
func operation(span ptrace.Span) string {
	attrs := span.Attributes()
	if route := text(attrs, "http.route"); route != "" {
		if method := text(attrs, "http.request.method", "http.method"); method != "" {
			return method + " " + route
		}
		return route
	}
	return cut(span.Name())
}
