package sessioncorrelationprocessor

import (
	"context"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/session"
	"github.com/braidotel/braid/internal/sharedcore"
)

// logs is the core's node in a logs pipeline.
type logs struct{ *pipe[plog.Logs] }

func newLogs(handle *sharedcore.Handle[*core], next consumer.Logs) *logs {
	return &logs{newPipe(logsForm, handle, next.ConsumeLogs)}
}

// ConsumeLogs takes in what session stores tell before it looks at the records of traffic.
func (n *logs) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	if n.handle.Ready() == nil {
		n.core.absorb(ld)
	}
	return n.consume(ctx, ld)
}

var logsForm = form[plog.Logs]{
	signal: signalLogs,
	empty:  plog.NewLogs,
	move: func(from, into plog.Logs) {
		from.ResourceLogs().MoveAndAppendTo(into.ResourceLogs())
	},
	size:      plog.Logs.LogRecordCount,
	read:      readRecords,
	split:     splitRecords,
	stamp:     stampRecords,
	marshal:   (&plog.ProtoMarshaler{}).MarshalLogs,
	unmarshal: (&plog.ProtoUnmarshaler{}).UnmarshalLogs,
}

func readRecords(b *batch, ld plog.Logs) {
	for _, rs := range ld.ResourceLogs().All() {
		b.resource(rs.Resource().Attributes())
		for _, ss := range rs.ScopeLogs().All() {
			if ofStore(ss) {
				readStored(b, ss)
				continue
			}
			for _, record := range ss.LogRecords().All() {
				it := b.item()
				b.reader.record(b.current(), record, it)
				b.read(it, record.EventName(), record.Attributes())
			}
		}
	}
}

func splitRecords(b *batch, ld plog.Logs, hold func(int, plog.Logs)) {
	g := grouping[plog.Logs]{batch: b, hold: hold}
	ld.ResourceLogs().RemoveIf(func(rs plog.ResourceLogs) bool {
		rs.ScopeLogs().RemoveIf(func(ss plog.ScopeLogs) bool {
			var into plog.LogRecordSlice
			ss.LogRecords().RemoveIf(func(record plog.LogRecord) bool {
				wait, fresh := g.next()
				if fresh {
					g.data, into = recordsLike(rs, ss)
				}
				if wait {
					record.MoveTo(into.AppendEmpty())
				}
				return wait
			})
			g.end()
			return ss.LogRecords().Len() == 0
		})
		return rs.ScopeLogs().Len() == 0
	})
}

// recordsLike returns empty logs of the same resource and scope, and where their records go.
func recordsLike(rs plog.ResourceLogs, ss plog.ScopeLogs) (plog.Logs, plog.LogRecordSlice) {
	ld := plog.NewLogs()
	resource := ld.ResourceLogs().AppendEmpty()
	rs.Resource().CopyTo(resource.Resource())
	resource.SetSchemaUrl(rs.SchemaUrl())
	scope := resource.ScopeLogs().AppendEmpty()
	ss.Scope().CopyTo(scope.Scope())
	scope.SetSchemaUrl(ss.SchemaUrl())
	return ld, scope.LogRecords()
}

func stampRecords(c *core, ld plog.Logs, id *session.Identity) {
	for _, rs := range ld.ResourceLogs().All() {
		c.pseudonyms.apply(rs.Resource().Attributes())
		for _, ss := range rs.ScopeLogs().All() {
			for _, record := range ss.LogRecords().All() {
				c.stamp(record.Attributes(), ownOf(record.Attributes()), id)
			}
		}
	}
}
