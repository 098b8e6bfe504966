package sessioncorrelationprocessor

import (
	"context"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/session"
	"github.com/braidotel/braid/internal/sharedcore"
)

// traces is the core's node in a traces pipeline.
type traces struct{ *pipe[ptrace.Traces] }

func newTraces(handle *sharedcore.Handle[*core], next consumer.Traces) *traces {
	return &traces{newPipe(tracesForm, handle, next.ConsumeTraces)}
}

func (n *traces) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	return n.consume(ctx, td)
}

var tracesForm = form[ptrace.Traces]{
	signal: signalTraces,
	empty:  ptrace.NewTraces,
	move: func(from, into ptrace.Traces) {
		from.ResourceSpans().MoveAndAppendTo(into.ResourceSpans())
	},
	size:      ptrace.Traces.SpanCount,
	read:      readSpans,
	split:     splitSpans,
	stamp:     stampSpans,
	marshal:   (&ptrace.ProtoMarshaler{}).MarshalTraces,
	unmarshal: (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces,
}

func readSpans(b *batch, td ptrace.Traces) {
	for _, rs := range td.ResourceSpans().All() {
		b.resource(rs.Resource().Attributes())
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				it := b.item()
				b.reader.span(b.current(), span, it)
				b.read(it, span.Name(), span.Attributes())
			}
		}
	}
}

func splitSpans(b *batch, td ptrace.Traces, hold func(int, ptrace.Traces)) {
	g := grouping[ptrace.Traces]{batch: b, hold: hold}
	td.ResourceSpans().RemoveIf(func(rs ptrace.ResourceSpans) bool {
		rs.ScopeSpans().RemoveIf(func(ss ptrace.ScopeSpans) bool {
			var into ptrace.SpanSlice
			ss.Spans().RemoveIf(func(span ptrace.Span) bool {
				wait, fresh := g.next()
				if fresh {
					g.data, into = spansLike(rs, ss)
				}
				if wait {
					span.MoveTo(into.AppendEmpty())
				}
				return wait
			})
			g.end()
			return ss.Spans().Len() == 0
		})
		return rs.ScopeSpans().Len() == 0
	})
}

// spansLike returns empty traces of the same resource and scope, and where their spans go.
func spansLike(rs ptrace.ResourceSpans, ss ptrace.ScopeSpans) (ptrace.Traces, ptrace.SpanSlice) {
	td := ptrace.NewTraces()
	resource := td.ResourceSpans().AppendEmpty()
	rs.Resource().CopyTo(resource.Resource())
	resource.SetSchemaUrl(rs.SchemaUrl())
	scope := resource.ScopeSpans().AppendEmpty()
	ss.Scope().CopyTo(scope.Scope())
	scope.SetSchemaUrl(ss.SchemaUrl())
	return td, scope.Spans()
}

func stampSpans(c *core, td ptrace.Traces, id *session.Identity) {
	for _, rs := range td.ResourceSpans().All() {
		c.pseudonyms.apply(rs.Resource().Attributes())
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				c.stamp(span.Attributes(), ownOf(span.Attributes()), id)
			}
		}
	}
}
