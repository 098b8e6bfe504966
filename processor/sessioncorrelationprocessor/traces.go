package sessioncorrelationprocessor

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/outlet"
	"github.com/braidotel/braid/internal/session"
	"github.com/braidotel/braid/internal/sharedcore"
)

// traces is the core's node in a traces pipeline.
type traces struct {
	handle *sharedcore.Handle[*core]
	core   *core
	next   consumer.Traces
	out    *outlet.Outlet[ptrace.Traces]
}

func newTraces(handle *sharedcore.Handle[*core], next consumer.Traces) *traces {
	n := &traces{handle: handle, core: handle.Core, next: next}
	n.out = newOutlet(n.core, ptrace.NewTraces, func(from, into ptrace.Traces) {
		from.ResourceSpans().MoveAndAppendTo(into.ResourceSpans())
	}, next.ConsumeTraces)
	n.core.attach(n)
	return n
}

func (*traces) Capabilities() consumer.Capabilities { return consumer.Capabilities{MutatesData: true} }

func (n *traces) Start(ctx context.Context, host component.Host) error {
	if err := n.handle.Start(ctx, host); err != nil {
		return err
	}
	n.out.Start()
	n.resume(ctx)
	return nil
}

func (n *traces) Shutdown(ctx context.Context) error {
	n.core.detach(n)
	n.out.Flush(ctx)
	return n.handle.Shutdown(ctx)
}

// ConsumeTraces stamps what it can and passes it on at once; spans whose identity may still turn up are held.
func (n *traces) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	if err := n.handle.Ready(); err != nil {
		return err
	}
	if err := admit(ctx, n.core, n.out); err != nil {
		return err
	}
	if err := n.core.storageReady(ctx); err != nil {
		return err
	}
	if err := n.consume(ctx, td, n.next.ConsumeTraces); err != nil {
		return err
	}
	return n.core.commit(ctx)
}

// consume correlates a batch and hands what is not held to send.
func (n *traces) consume(ctx context.Context, td ptrace.Traces, send func(context.Context, ptrace.Traces) error) error {
	b := n.core.begin(ctx)
	defer b.free()
	n.read(b, td)
	b.correlate()
	if b.waiting > 0 {
		n.hold(b, td)
	}
	b.end()
	n.stamp(b, td)
	if td.SpanCount() > 0 {
		if err := send(ctx, td); err != nil {
			b.cancel()
			return err
		}
	}
	return nil
}

// read turns every span into an item of the batch, in order.
func (n *traces) read(b *batch, td ptrace.Traces) {
	for _, rs := range td.ResourceSpans().All() {
		b.resource(rs.Resource().Attributes())
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				it := b.item()
				b.reader.span(b.current(), span, it)
				b.read(it, span.Name())
				if b.reader.secret {
					dropSecrets(span.Attributes())
				}
			}
		}
	}
}

// hold moves the spans that wait out of td, those of one trace, resource and scope together.
func (n *traces) hold(b *batch, td ptrace.Traces) {
	i := 0
	td.ResourceSpans().RemoveIf(func(rs ptrace.ResourceSpans) bool {
		rs.ScopeSpans().RemoveIf(func(ss ptrace.ScopeSpans) bool {
			var group heldSpans
			ss.Spans().RemoveIf(func(span ptrace.Span) bool {
				index := i
				i++
				if !b.wait[index] {
					return false
				}
				if group.node == nil || !b.sameGroup(group.first, index) {
					group.release(b)
					group = newHeldSpans(n, rs, ss, index)
				}
				span.MoveTo(group.spans.AppendEmpty())
				return true
			})
			group.release(b)
			return ss.Spans().Len() == 0
		})
		return rs.ScopeSpans().Len() == 0
	})
	b.compact()
}

// stamp writes identities onto the spans that go on, which are those left in the batch, in order.
func (n *traces) stamp(b *batch, td ptrace.Traces) {
	i := 0
	for _, rs := range td.ResourceSpans().All() {
		n.core.pseudonyms.apply(rs.Resource().Attributes())
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				n.core.stamp(span.Attributes(), b.own[i], b.identities[i])
				i++
			}
		}
	}
}

// heldSpans is a group of spans of one trace, resource and scope that waits.
type heldSpans struct {
	node  *traces
	data  ptrace.Traces
	spans ptrace.SpanSlice
	first int // index of its first item
}

func newHeldSpans(n *traces, rs ptrace.ResourceSpans, ss ptrace.ScopeSpans, first int) heldSpans {
	data := ptrace.NewTraces()
	heldRS := data.ResourceSpans().AppendEmpty()
	rs.Resource().CopyTo(heldRS.Resource())
	heldRS.SetSchemaUrl(rs.SchemaUrl())
	heldSS := heldRS.ScopeSpans().AppendEmpty()
	ss.Scope().CopyTo(heldSS.Scope())
	heldSS.SetSchemaUrl(ss.SchemaUrl())
	return heldSpans{node: n, data: data, spans: heldSS.Spans(), first: first}
}

// release hands the group to the table.
func (h heldSpans) release(b *batch) {
	if h.node != nil {
		b.hold(h.first, h)
	}
}

// deliver stamps the group and sends it.
func (h heldSpans) deliver(c *core, ticket uint64, id *session.Identity) {
	c.pseudonyms.apply(h.data.ResourceSpans().At(0).Resource().Attributes())
	for _, span := range h.spans.All() {
		c.stamp(span.Attributes(), ownOf(span.Attributes()), id)
	}
	leave(c, h.node.out, h.data, ticket)
}

func (h heldSpans) owner() node { return h.node }

func (heldSpans) signal() byte { return signalTraces }

func (h heldSpans) size() int { return h.spans.Len() }

func (h heldSpans) marshal() ([]byte, error) {
	return (&ptrace.ProtoMarshaler{}).MarshalTraces(h.data)
}

// resume takes up the spans that waited when the last run ended. They leave through the outlet, which tries again where
// the next consumer refuses.
func (n *traces) resume(ctx context.Context) {
	for _, r := range n.core.takeRecovered(signalTraces) {
		td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(r.payload)
		if err != nil {
			n.core.abandon(r)
			continue
		}
		sent := false
		err = n.consume(ctx, td, func(_ context.Context, td ptrace.Traces) error {
			leave(n.core, n.out, td, r.ticket)
			sent = true
			return nil
		})
		if err == nil && !sent {
			// All of it waits again, under a ticket of its own, which the journal gets before this one's end: that the
			// storage may refuse writes just now does no harm.
			n.core.settle([]uint64{r.ticket})
		}
	}
}
