package concurrencyprocessor

import (
	"context"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/sharedcore"
)

// logs is the core's node in a logs pipeline: sketches leave and arrive there.
type logs struct {
	*exit[[]sketchRecord]
	next consumer.Logs
}

func newLogs(handle *sharedcore.Handle[*core], next consumer.Logs) *logs {
	c, n := handle.Core, &logs{next: next}
	n.exit = newExit(handle, &c.logs, func(ctx context.Context, records []sketchRecord) error {
		return n.next.ConsumeLogs(ctx, c.toLogs(records))
	}, c.reportSketches)
	n.buckets = c.cfg.Sketches.Enabled
	return n
}

// Capabilities promises to leave records as they are.
func (*logs) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// ConsumeLogs merges the sketches among the records, counts who is behind the others, and passes all of them on.
func (n *logs) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	if err := n.Ready(); err != nil {
		return err
	}
	err := n.Core.observe(ctx, func(b *batch) {
		for _, rl := range ld.ResourceLogs().All() {
			b.enter(rl.Resource())
			own := b.tenant
			for _, sl := range rl.ScopeLogs().All() {
				derived := isDerived(sl.Scope())
				for _, r := range sl.LogRecords().All() {
					switch r.EventName() {
					case eventSketch:
						b.receive(r)
						b.setTenant(own)
						continue
					case eventReport:
						b.receiveReport(r)
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
