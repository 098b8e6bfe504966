package historyexporter

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/exporter/historyexporter/internal/transaction"
	"github.com/braidotel/braid/internal/history"
)

// traces measures operations and keeps the traces worth it.
type traces struct {
	*sink
	versions *versions

	mu        sync.Mutex // guards the rest
	table     *transaction.Table
	sanitizer *transaction.Sanitizer
	emitted   int64 // event time of what was written last, in nanoseconds since 1970
	touched   time.Time

	stop    context.CancelFunc
	running sync.WaitGroup
}

func newTraces(s *sink) *traces {
	c := &s.cfg.Transactions
	return &traces{
		sink: s, versions: newVersions(), sanitizer: transaction.NewSanitizer(),
		table: transaction.NewTable(transaction.Config{
			Slow: int64(c.Slow), Spans: c.HeldSpans, Series: c.MaxSeries, Recent: c.Recognized,
		}),
	}
}

func (t *traces) start(ctx context.Context, host component.Host) error {
	if err := t.sink.start(ctx, host); err != nil {
		return err
	}
	run, cancel := context.WithCancel(context.Background())
	t.stop = cancel
	t.running.Go(func() { t.run(run) })
	return nil
}

// run writes what was measured last when no further span comes.
func (t *traces) run(ctx context.Context) {
	ticker := time.NewTicker(t.cfg.Transactions.Interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			t.mu.Lock()
			idle := now.Sub(t.touched) >= t.cfg.Transactions.Interval
			t.mu.Unlock()
			if idle {
				_ = t.emit(ctx, true) // a failing store has been reported, and the next tick tries again
			}
		}
	}
}

func (t *traces) shutdown(ctx context.Context) error {
	var err error
	if t.stop != nil {
		t.stop()
		t.running.Wait()
		err = t.emit(ctx, true)
	}
	_ = t.sink.shutdown(ctx)
	return err
}

func (t *traces) push(ctx context.Context, td ptrace.Traces) error {
	var b history.Batch
	t.mu.Lock()
	t.touched = time.Now()
	items := t.items(&b, td)
	came := arrivedSpans(items)
	t.table.Add(items)
	b.Traces = t.table.Take()
	held, dropped := t.table.Held(), t.table.Dropped()
	t.mu.Unlock()
	t.tel.ExporterHistorySpansHeld.Record(ctx, int64(held))
	if dropped > 0 {
		t.tel.ExporterHistoryExemplarsDropped.Add(ctx, int64(dropped))
	}
	if err := t.versions.settle(t.write(ctx, &b)); err != nil {
		t.mu.Lock()
		t.table.GiveBack(b.Traces)
		t.mu.Unlock()
		return err
	}
	if err := t.emit(ctx, false); err != nil {
		return err
	}
	t.arrive(came)
	return nil
}

// emit writes the measurements of the intervals of event time that are over, or of all at once.
func (t *traces) emit(ctx context.Context, atOnce bool) error {
	if t.series == nil || !t.cfg.Transactions.Metrics {
		return nil
	}
	t.mu.Lock()
	interval := int64(t.cfg.Transactions.Interval)
	last := min(t.table.Latest(), time.Now().UnixNano())
	if !atOnce {
		last -= interval / 2 // what ends first may come last
		last -= last % interval
	}
	if last <= t.emitted {
		t.mu.Unlock()
		return nil
	}
	before := t.emitted
	md, overflow := t.intervals(last)
	t.mu.Unlock()
	if overflow > 0 {
		t.tel.ExporterHistoryOperationsOverflow.Add(ctx, int64(overflow))
	}
	if md.DataPointCount() == 0 {
		return nil
	}
	err := t.measure(ctx, md, time.Now())
	if err != nil {
		t.mu.Lock()
		if t.emitted == last {
			t.emitted = before
		}
		t.mu.Unlock()
	}
	return err
}

// maxIntervals bounds how many intervals one batch, of spans far apart, is told of.
const maxIntervals = 100

// intervals are the measurements as of the end of each interval in which a transaction ended, and as of a last time.
func (t *traces) intervals(last int64) (pmetric.Metrics, int) {
	interval := int64(t.cfg.Transactions.Interval)
	md, overflow := pmetric.NewMetrics(), 0
	for n := 1; t.emitted < last; n++ {
		at := last
		if first, ok := t.table.Earliest(); ok && n < maxIntervals {
			next := max(first-1, t.emitted)
			at = min(last, next-next%interval+interval)
		}
		t.table.Settle(at)
		overflow += encode(md, t.table, at)
		t.emitted = at
	}
	return md, overflow
}
