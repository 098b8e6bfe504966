package historyexporter

import (
	"context"

	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/exporter/historyexporter/internal/decode"
	"github.com/braidotel/braid/internal/history"
)

// logs writes derived events; other log records are none of its business.
type logs struct {
	*sink
	versions *versions
}

func newLogs(s *sink) *logs { return &logs{sink: s, versions: newVersions()} }

func (l *logs) push(ctx context.Context, ld plog.Logs) error {
	var b history.Batch
	malformed := decode.Logs(&b, ld)
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			if sl.LogRecords().Len() > 0 {
				l.versions.see(&b, rl.Resource(), decode.Time(sl.LogRecords().At(0)))
				break
			}
		}
	}
	if err := l.versions.settle(l.write(ctx, &b)); err != nil {
		return err
	}
	for kind, n := range malformed {
		l.count(ctx, kind, "malformed", n)
	}
	l.arrive(arrivedLogs(ld, &b))
	return nil
}
