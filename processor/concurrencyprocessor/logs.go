package concurrencyprocessor

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/outlet"
	"github.com/braidotel/braid/internal/sharedcore"
)

// logs is the core's node in a logs pipeline: sketches leave and arrive there.
type logs struct {
	handle *sharedcore.Handle[*core]
	next   consumer.Logs
	out    *outlet.Outlet[[]sketchRecord]
}

func newLogs(handle *sharedcore.Handle[*core], next consumer.Logs) *logs {
	n := &logs{handle: handle, next: next}
	n.out = newOutlet(handle.Core, func(ctx context.Context, records []sketchRecord) error {
		return n.next.ConsumeLogs(ctx, handle.Core.toLogs(records))
	}, handle.Core.reportSketches)
	handle.Core.attachLogs(n.out)
	return n
}

// Capabilities promises to leave records as they are.
func (*logs) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (n *logs) Start(ctx context.Context, host component.Host) error {
	if err := n.handle.Start(ctx, host); err != nil {
		return err
	}
	n.out.Start()
	return nil
}

// Shutdown sends what the core owes to the next consumer, which is still there, and detaches.
func (n *logs) Shutdown(ctx context.Context) error {
	if n.handle.Core.detachLogs(n.out) {
		n.out.Flush(ctx)
	}
	return n.handle.Shutdown(ctx)
}

// ConsumeLogs merges the sketches among the records, counts who is behind the others, and passes all of them on.
func (n *logs) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	if err := n.handle.Ready(); err != nil {
		return err
	}
	err := n.handle.Core.observe(ctx, func(b *batch) {
		for _, rl := range ld.ResourceLogs().All() {
			b.enter(rl.Resource())
			own := b.tenant
			for _, sl := range rl.ScopeLogs().All() {
				derived := isDerived(sl.Scope())
				for _, r := range sl.LogRecords().All() {
					if r.EventName() == eventSketch {
						b.receive(r)
						b.setTenant(own)
						continue
					}
					if derived {
						continue
					}
					at := r.Timestamp()
					if at == 0 {
						at = r.ObservedTimestamp()
					}
					b.item(r.Attributes(), at)
				}
			}
		}
	})
	if err != nil {
		return err
	}
	return n.next.ConsumeLogs(ctx, ld)
}
