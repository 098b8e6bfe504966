package decode

import (
	"encoding/hex"
	"strings"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/sampling"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/exporter/historyexporter/internal/transaction"
	"github.com/braidotel/braid/internal/history"
)

// Span reads a span. Its times must be set.
func Span(resource pcommon.Map, span ptrace.Span, sanitizer *transaction.Sanitizer) transaction.Item {
	attrs := span.Attributes()
	read := func(names ...string) string {
		if s := Text(attrs, names...); s != "" {
			return s
		}
		return Text(resource, names...)
	}
	item := transaction.Item{
		Tenant: history.Tenant(read("braid.tenant")), Trace: span.TraceID(), ID: span.SpanID(), Parent: span.ParentSpanID(),
		Start: int64(span.StartTimestamp()), End: int64(span.EndTimestamp()), Failed: span.Status().Code() == ptrace.StatusCodeError,
		Rank: rank(span), Service: Text(resource, "service.name"), Operation: operation(span), Region: read("braid.region"),
		Session: Text(attrs, "session.id"), User: Text(attrs, "user.id"), Sampled: sampled(span),
	}
	if span.Kind() == ptrace.SpanKindClient {
		item.System = Text(attrs, "db.system.name", "db.system")
		if item.System != "" {
			item.Database = cut(strings.TrimSpace(item.System + " " + Text(attrs, "db.namespace", "db.name")))
		}
		if query := Text(attrs, "db.query.text", "db.statement"); query != "" {
			item.Query = sanitizer.Statement(query)
		}
	}
	item.Span = history.Span{
		ID: hex.EncodeToString(item.ID[:]), Service: item.Service, Host: Text(resource, "host.name", "k8s.pod.name"), Name: cut(span.Name()),
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

// sampled says whether a span stands for more than itself, by the threshold in its trace state or the attribute that
// samplers leave behind.
func sampled(span ptrace.Span) bool {
	if raw := span.TraceState().AsRaw(); raw != "" {
		state, err := sampling.NewW3CTraceState(raw)
		if err == nil && state.OTelValue().AdjustedCount() > 1 {
			return true
		}
	}
	if v, ok := span.Attributes().Get("sampling.threshold"); ok {
		threshold, err := sampling.TValueToThreshold(v.AsString())
		return err == nil && threshold.AdjustedCount() > 1
	}
	return false
}

// operation names what a span does by as few names as possible: method and route, not path.
func operation(span ptrace.Span) string {
	attrs := span.Attributes()
	if route := Text(attrs, "http.route"); route != "" {
		if method := Text(attrs, "http.request.method", "http.method"); method != "" {
			return method + " " + route
		}
		return route
	}
	return cut(span.Name())
}
