package incidentconnector

import (
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/anyvalue"
	"github.com/braidotel/braid/internal/change"
	"github.com/braidotel/braid/internal/change/symptom"
)

// tellRecord tells the book of what services report.
func (b *batch) tellRecord(o *origin, r plog.LogRecord, body string, at time.Time) {
	severity := int32(r.SeverityNumber())
	if t := o.tenant; t.feed.WantsRecord(o.service, severity, at) {
		t.feed.Record(symptom.Record{Time: at, Service: o.service, Severity: severity, Body: body, Facts: factsOf(r.Attributes())})
	}
}

// tellSpan tells the book of a span.
func (b *batch) tellSpan(o *origin, s ptrace.Span, start, end time.Time, failed bool) {
	t := o.tenant
	if !t.feed.WantsSpan(s.TraceID(), failed, end) {
		return
	}
	t.feed.Span(symptom.Span{
		Trace: s.TraceID(), ID: s.SpanID(), Parent: s.ParentSpanID(), Service: o.service, Name: cut(s.Name()), Start: start, End: end,
		Error: failed, Status: cut(s.Status().Message()), Facts: factsOf(s.Attributes()),
	})
}

// factsOf are attributes as text, in order of their names.
func factsOf(m pcommon.Map) []change.Fact {
	out := make([]change.Fact, 0, m.Len())
	for k, v := range m.All() {
		out = append(out, change.Fact{Name: k, Value: text(v)})
	}
	slices.SortFunc(out, func(a, b change.Fact) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// Bounds of a commit.
const (
	maxPatch   = 256 << 10
	maxMessage = 4 << 10
	maxPaths   = 512
)

// commit takes a commit in: its patch is the body of the record.
func (b *batch) commit(o *origin, r plog.LogRecord, at time.Time) {
	c := change.Commit{
		Revision: first(r, "vcs.ref.head.revision", "vcs.commit.id"), Author: first(r, "vcs.commit.author", "vcs.change.author"), Time: at,
		Message: long(r, "vcs.commit.message", maxMessage), Patch: shorten(anyvalue.Text(r.Body()), maxPatch),
	}
	if c.Message == "" {
		c.Message = long(r, "vcs.change.title", maxMessage)
	}
	if v, ok := r.Attributes().Get("vcs.commit.files"); ok && v.Type() == pcommon.ValueTypeSlice {
		for i := range min(v.Slice().Len(), maxPaths) {
			c.Files = append(c.Files, text(v.Slice().At(i)))
		}
	}
	if c.Revision != "" {
		b.learn(o.tenant, changed{Commit: &c})
	}
}

// long reads an attribute that may be longer than most.
func long(r plog.LogRecord, name string, most int) string {
	if v, ok := r.Attributes().Get(name); ok {
		return shorten(anyvalue.Text(v), most)
	}
	return ""
}
