package llmsummaryexporter

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
	"go.opentelemetry.io/collector/pdata/plog"
)

// sifting passes on the records that are summarized and nothing else: the pipeline of events carries the beginning and the
// end of every session too, and those would fill the queue, and its storage, only to be passed over behind it.
type sifting struct{ exporter.Logs }

// ConsumeLogs implements consumer.Logs. What a full queue has no room for is given up: exporterhelper counts and logs it. An
// error would have senders repeat all that came with it, to the history and to whatever else shares the pipeline.
func (s sifting) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	kept, records := sift(ld)
	if kept == 0 {
		return nil
	}
	err := s.Logs.ConsumeLogs(ctx, records)
	if errors.Is(err, exporterhelper.ErrQueueIsFull) {
		return nil
	}
	return err
}

// sift copies the records that are summarized, with their resources, and counts them.
func sift(ld plog.Logs) (int, plog.Logs) {
	n, out := 0, plog.NewLogs()
	for _, rl := range ld.ResourceLogs().All() {
		var to plog.ScopeLogs
		for _, sl := range rl.ScopeLogs().All() {
			for _, r := range sl.LogRecords().All() {
				if _, told := ids[r.EventName()]; !told {
					continue
				}
				if to == (plog.ScopeLogs{}) {
					kept := out.ResourceLogs().AppendEmpty()
					rl.Resource().CopyTo(kept.Resource())
					to = kept.ScopeLogs().AppendEmpty()
				}
				r.CopyTo(to.LogRecords().AppendEmpty())
				n++
			}
		}
	}
	return n, out
}
