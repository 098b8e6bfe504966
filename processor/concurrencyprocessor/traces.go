package concurrencyprocessor

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/sharedcore"
)

// traces is the core's node in a traces pipeline: nothing of its own leaves there.
type traces struct {
	*sharedcore.Handle[*core]
	next consumer.Traces
}

func newTraces(handle *sharedcore.Handle[*core], next consumer.Traces) *traces {
	return &traces{Handle: handle, next: next}
}

var _ component.Component = (*traces)(nil)

// Capabilities promises to leave spans as they are.
func (*traces) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// ConsumeTraces counts who is behind the spans, at the time each ends, and passes them on.
func (n *traces) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	if err := n.Ready(); err != nil {
		return err
	}
	err := n.Core.observe(ctx, func(b *batch) {
		for _, rs := range td.ResourceSpans().All() {
			b.enter(rs.Resource())
			for _, ss := range rs.ScopeSpans().All() {
				for _, span := range ss.Spans().All() {
					b.item(span.Attributes(), span.EndTimestamp())
				}
			}
		}
	})
	if err != nil {
		return err
	}
	return n.next.ConsumeTraces(ctx, td)
}
