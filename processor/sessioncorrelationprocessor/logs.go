package sessioncorrelationprocessor

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/outlet"
	"github.com/braidotel/braid/internal/session"
	"github.com/braidotel/braid/internal/sharedcore"
)

// logs is the core's node in a logs pipeline.
type logs struct {
	handle *sharedcore.Handle[*core]
	core   *core
	next   consumer.Logs
	out    *outlet.Outlet[plog.Logs]
}

func newLogs(handle *sharedcore.Handle[*core], next consumer.Logs) *logs {
	n := &logs{handle: handle, core: handle.Core, next: next}
	n.out = newOutlet(n.core, plog.NewLogs, func(from, into plog.Logs) {
		from.ResourceLogs().MoveAndAppendTo(into.ResourceLogs())
	}, next.ConsumeLogs)
	n.core.attach(n)
	return n
}

func (*logs) Capabilities() consumer.Capabilities { return consumer.Capabilities{MutatesData: true} }

func (n *logs) Start(ctx context.Context, host component.Host) error {
	if err := n.handle.Start(ctx, host); err != nil {
		return err
	}
	n.out.Start()
	n.resume(ctx)
	return nil
}

func (n *logs) Shutdown(ctx context.Context) error {
	n.core.detach(n)
	n.out.Flush(ctx)
	return n.handle.Shutdown(ctx)
}

// ConsumeLogs stamps what it can and passes it on at once; records whose identity may still turn up are held.
func (n *logs) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	if err := n.handle.Ready(); err != nil {
		return err
	}
	if err := admit(ctx, n.core, n.out); err != nil {
		return err
	}
	if err := n.core.storageReady(ctx); err != nil {
		return err
	}
	if err := n.consume(ctx, ld, n.next.ConsumeLogs); err != nil {
		return err
	}
	return n.core.commit(ctx)
}

// consume correlates a batch and hands what is not held to send.
func (n *logs) consume(ctx context.Context, ld plog.Logs, send func(context.Context, plog.Logs) error) error {
	b := n.core.begin(ctx)
	defer b.free()
	n.read(b, ld)
	b.correlate()
	if b.waiting > 0 {
		n.hold(b, ld)
	}
	b.end()
	n.stamp(b, ld)
	if ld.LogRecordCount() > 0 {
		if err := send(ctx, ld); err != nil {
			b.cancel()
			return err
		}
	}
	return nil
}

// read turns every record into an item of the batch, in order.
func (n *logs) read(b *batch, ld plog.Logs) {
	for _, rs := range ld.ResourceLogs().All() {
		b.resource(rs.Resource().Attributes())
		for _, ss := range rs.ScopeLogs().All() {
			for _, record := range ss.LogRecords().All() {
				it := b.item()
				b.reader.record(b.current(), record, it)
				b.read(it, record.EventName())
				if b.reader.secret {
					dropSecrets(record.Attributes())
				}
			}
		}
	}
}

// hold moves the records that wait out of ld, those of one trace, resource and scope together.
func (n *logs) hold(b *batch, ld plog.Logs) {
	i := 0
	ld.ResourceLogs().RemoveIf(func(rs plog.ResourceLogs) bool {
		rs.ScopeLogs().RemoveIf(func(ss plog.ScopeLogs) bool {
			var group heldRecords
			ss.LogRecords().RemoveIf(func(record plog.LogRecord) bool {
				index := i
				i++
				if !b.wait[index] {
					return false
				}
				if group.node == nil || !b.sameGroup(group.first, index) {
					group.release(b)
					group = newHeldRecords(n, rs, ss, index)
				}
				record.MoveTo(group.records.AppendEmpty())
				return true
			})
			group.release(b)
			return ss.LogRecords().Len() == 0
		})
		return rs.ScopeLogs().Len() == 0
	})
	b.compact()
}

// stamp writes identities onto the records that go on, which are those left in the batch, in order.
func (n *logs) stamp(b *batch, ld plog.Logs) {
	i := 0
	for _, rs := range ld.ResourceLogs().All() {
		n.core.pseudonyms.apply(rs.Resource().Attributes())
		for _, ss := range rs.ScopeLogs().All() {
			for _, record := range ss.LogRecords().All() {
				n.core.stamp(record.Attributes(), b.own[i], b.identities[i])
				i++
			}
		}
	}
}

// heldRecords is a group of records of one trace, resource and scope that waits.
type heldRecords struct {
	node    *logs
	data    plog.Logs
	records plog.LogRecordSlice
	first   int // index of its first item
}

func newHeldRecords(n *logs, rs plog.ResourceLogs, ss plog.ScopeLogs, first int) heldRecords {
	data := plog.NewLogs()
	heldRS := data.ResourceLogs().AppendEmpty()
	rs.Resource().CopyTo(heldRS.Resource())
	heldRS.SetSchemaUrl(rs.SchemaUrl())
	heldSS := heldRS.ScopeLogs().AppendEmpty()
	ss.Scope().CopyTo(heldSS.Scope())
	heldSS.SetSchemaUrl(ss.SchemaUrl())
	return heldRecords{node: n, data: data, records: heldSS.LogRecords(), first: first}
}

// release hands the group to the table.
func (h heldRecords) release(b *batch) {
	if h.node != nil {
		b.hold(h.first, h)
	}
}

// deliver stamps the group and sends it.
func (h heldRecords) deliver(c *core, ticket uint64, id *session.Identity) {
	c.pseudonyms.apply(h.data.ResourceLogs().At(0).Resource().Attributes())
	for _, record := range h.records.All() {
		c.stamp(record.Attributes(), ownOf(record.Attributes()), id)
	}
	leave(c, h.node.out, h.data, ticket)
}

func (h heldRecords) owner() node { return h.node }

func (heldRecords) signal() byte { return signalLogs }

func (h heldRecords) size() int { return h.records.Len() }

func (h heldRecords) marshal() ([]byte, error) {
	return (&plog.ProtoMarshaler{}).MarshalLogs(h.data)
}

// resume takes up the records that waited when the last run ended and the events that had not left. They leave through the
// outlet, which tries again where the next consumer refuses.
func (n *logs) resume(ctx context.Context) {
	for _, r := range n.core.takeRecovered(signalLogs) {
		ld, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(r.payload)
		if err != nil {
			n.core.abandon(r)
			continue
		}
		sent := false
		send := func(_ context.Context, ld plog.Logs) error {
			leave(n.core, n.out, ld, r.ticket)
			sent = true
			return nil
		}
		if r.kind == entryEvents {
			err = send(ctx, ld)
		} else {
			err = n.consume(ctx, ld, send)
		}
		if err == nil && !sent {
			// All of it waits again, under a ticket of its own, which the journal gets before this one's end: that the
			// storage may refuse writes just now does no harm.
			n.core.settle([]uint64{r.ticket})
		}
	}
}
