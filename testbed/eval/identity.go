package eval

import (
	"context"
	_ "embed"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/processor/sessioncorrelationprocessor"
)

//go:embed identity.yaml
var identityConfig string

// Identity replays the set in data through session_correlation and writes stamps.csv, events.jsonl and business.json into
// out. A negative wait leaves the component's default.
func Identity(ctx context.Context, data, out string, wait time.Duration, report io.Writer) (err error) {
	files, err := recordings(data)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o750); err != nil {
		return err
	}
	config := identityConfig
	if wait >= 0 {
		config += fmt.Sprintf("\nwait: %s\n", wait)
	}
	w, err := newIdentityWriter(out)
	if err != nil {
		return err
	}
	c, err := newChain(ctx, w.sink(), stage{factory: sessioncorrelationprocessor.NewFactory(), config: config})
	if err != nil {
		return err
	}
	if err := c.run(ctx, files, nil); err != nil {
		return err
	}
	if err := w.close(); err != nil {
		return err
	}
	return w.report(data, report)
}

// identityWriter writes what leaves the pipelines. Its consumers are called from several goroutines.
type identityWriter struct {
	mu     sync.Mutex
	dir    string
	stamps *csv.Writer
	files  []*os.File
	events *json.Encoder
	sales  map[string]sales // the last totals, by tenant

	left, stamped [2]int // items that were held, that left at once; those of them with a session
	told          map[string]int
}

// sales are a tenant's business events and what they amount to.
type sales struct {
	orders int64
	amount float64
}

func newIdentityWriter(dir string) (*identityWriter, error) {
	w := &identityWriter{dir: dir, told: make(map[string]int), sales: make(map[string]sales)}
	stamps, err := os.Create(filepath.Join(dir, "stamps.csv"))
	if err != nil {
		return nil, err
	}
	events, err := os.Create(filepath.Join(dir, "events.jsonl"))
	if err != nil {
		return nil, err
	}
	w.files = []*os.File{stamps, events}
	w.stamps, w.events = csv.NewWriter(stamps), json.NewEncoder(events)
	return w, w.stamps.Write([]string{"kind", "id", "session_id", "user_id"})
}

func (w *identityWriter) sink() sink {
	traces, _ := consumer.NewTraces(w.traces)
	logs, _ := consumer.NewLogs(w.logs)
	metrics, _ := consumer.NewMetrics(w.metrics)
	return sink{traces: traces, logs: logs, metrics: metrics}
}

func (w *identityWriter) traces(ctx context.Context, td ptrace.Traces) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				id := span.SpanID()
				if err := w.stamp(ctx, "span", hex.EncodeToString(id[:]), span.Attributes()); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (w *identityWriter) logs(ctx context.Context, ld plog.Logs) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, record := range sl.LogRecords().All() {
				if err := w.record(ctx, record); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (w *identityWriter) record(ctx context.Context, record plog.LogRecord) error {
	uid := text(record.Attributes(), "log.record.uid")
	if uid != "" {
		return w.stamp(ctx, "log", uid, record.Attributes())
	}
	if record.EventName() == "" {
		return nil
	}
	w.told[record.EventName()]++
	event := record.Attributes().AsRaw()
	event["name"] = record.EventName()
	event["time_unix_nano"] = int64(record.Timestamp())
	if d, ok := event["braid.session.duration"]; ok {
		event["duration_s"] = d
	}
	return w.events.Encode(event)
}

func (w *identityWriter) stamp(ctx context.Context, kind, id string, attributes pcommon.Map) error {
	way := 0
	if atOnce(ctx) {
		way = 1
	}
	w.left[way]++
	if text(attributes, "session.id") != "" {
		w.stamped[way]++
	}
	return w.stamps.Write([]string{kind, id, text(attributes, "session.id"), text(attributes, "user.id")})
}

// metrics keeps the last totals of each tenant, which are cumulative.
func (w *identityWriter) metrics(_ context.Context, md pmetric.Metrics) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, rm := range md.ResourceMetrics().All() {
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				w.sold(m)
			}
		}
	}
	return nil
}

func (w *identityWriter) sold(m pmetric.Metric) {
	if m.Type() != pmetric.MetricTypeSum || m.Sum().DataPoints().Len() == 0 {
		return
	}
	points := m.Sum().DataPoints()
	tenant := text(points.At(0).Attributes(), "braid.tenant") // a batch is one tenant's
	total := w.sales[tenant]
	switch m.Name() {
	case "braid.business.count":
		total.orders = 0
		for _, p := range points.All() {
			total.orders += p.IntValue()
		}
	case "braid.business.value":
		total.amount = 0
		for _, p := range points.All() {
			total.amount += p.DoubleValue()
		}
	}
	w.sales[tenant] = total
}

// total is what all tenants have sold.
func (w *identityWriter) total() (all sales) {
	for _, tenant := range slices.Sorted(maps.Keys(w.sales)) { // sums of floating point depend on their order
		all.orders += w.sales[tenant].orders
		all.amount += w.sales[tenant].amount
	}
	return all
}

func (w *identityWriter) close() error {
	w.stamps.Flush()
	if err := w.stamps.Error(); err != nil {
		return err
	}
	for _, f := range w.files {
		if err := f.Close(); err != nil {
			return err
		}
	}
	all := w.total()
	business, err := json.Marshal(map[string]any{"orders": all.orders, "revenue": math.Round(all.amount*100) / 100})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(w.dir, "business.json"), append(business, '\n'), 0o600)
}

// report prints what left and how; score_identity.py says how much of it is right.
func (w *identityWriter) report(data string, out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "set\t%s\nitems\t%d\n", filepath.Base(data), w.left[0]+w.left[1])
	fmt.Fprintf(table, "left at once, with a session\t%d (%d)\n", w.left[1], w.stamped[1])
	fmt.Fprintf(table, "left after a wait, with a session\t%d (%d)\n", w.left[0], w.stamped[0])
	for _, name := range slices.Sorted(maps.Keys(w.told)) {
		fmt.Fprintf(table, "%s\t%d\n", name, w.told[name])
	}
	all := w.total()
	fmt.Fprintf(table, "orders, revenue\t%d, %.2f\n", all.orders, all.amount)
	return table.Flush()
}

func text(attributes pcommon.Map, key string) string {
	v, ok := attributes.Get(key)
	if !ok {
		return ""
	}
	return v.AsString()
}
