package eval

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/replay"
	"github.com/braidotel/braid/processor/concurrencyprocessor"
	"github.com/braidotel/braid/processor/sessioncorrelationprocessor"
)

var (
	//go:embed traffic_sessions.yaml
	trafficSessions string
	//go:embed traffic_users.yaml
	trafficUsers string
)

// visit is one session of a client.
type visit struct {
	client      string
	start, last time.Time
	requests    int64
}

// window is one closed bucket.
type window struct {
	start    int64 // Unix seconds
	width    int64 // seconds
	users    int64
	requests int64
}

// Traffic replays an access log through session_correlation and concurrency, writes windows.csv, sessions.csv and
// summary.json into out, and prints how they compare with the set's truth, if it has one.
func Traffic(ctx context.Context, data, out string, report io.Writer) error {
	files, err := recordings(data)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o750); err != nil {
		return err
	}
	w := &trafficWriter{}
	logs, err := consumer.NewLogs(w.logs)
	if err != nil {
		return err
	}
	c, err := newChain(ctx, sink{traces: consumertest.NewNop(), logs: logs, metrics: consumertest.NewNop()},
		stage{factory: sessioncorrelationprocessor.NewFactory(), config: trafficSessions},
		stage{factory: concurrencyprocessor.NewFactory(), config: trafficUsers})
	if err != nil {
		return err
	}
	items, began := 0, time.Now()
	if err := c.run(ctx, files, func(b *replay.Batch) { items += b.Items }); err != nil {
		return err
	}
	if err := w.write(data, out, float64(items)/time.Since(began).Seconds(), report); err != nil {
		return err
	}
	return mergeHalves(ctx, files, report)
}

// trafficWriter collects the events and sketches that leave the logs pipeline.
type trafficWriter struct {
	mu      sync.Mutex
	visits  []visit
	windows []window
}

func (w *trafficWriter) logs(_ context.Context, ld plog.Logs) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, record := range sl.LogRecords().All() {
				a := record.Attributes()
				switch record.EventName() {
				case "session.end":
					w.visits = append(w.visits, visit{
						client: text(a, "session.id"), requests: number(a, "braid.session.requests"),
						start: time.Unix(0, number(a, "braid.session.start_time_unix_nano")),
						last:  time.Unix(0, number(a, "braid.session.last_activity_unix_nano")),
					})
				case "braid.sketch":
					width, err := time.ParseDuration(text(a, "braid.tier"))
					if err != nil {
						return err
					}
					w.windows = append(w.windows, window{
						start: number(a, "braid.window.start") / int64(time.Second), width: int64(width.Seconds()),
						users: number(a, "braid.users"), requests: number(a, "braid.events"),
					})
				}
			}
		}
	}
	return nil
}

func (w *trafficWriter) write(data, out string, rate float64, report io.Writer) error {
	slices.SortFunc(w.windows, func(a, b window) int {
		return cmp.Or(cmp.Compare(a.width, b.width), cmp.Compare(a.start, b.start))
	})
	slices.SortFunc(w.visits, func(a, b visit) int {
		return cmp.Or(a.start.Compare(b.start), cmp.Compare(a.client, b.client))
	})
	rows := [][]string{{"window_start_unix", "window_s", "distinct_clients", "requests"}}
	for _, x := range w.windows {
		rows = append(rows, []string{itoa(x.start), itoa(x.width), itoa(x.users), itoa(x.requests)})
	}
	if err := writeCSV(filepath.Join(out, "windows.csv"), rows); err != nil {
		return err
	}
	rows = [][]string{{"client", "start_unix", "last_unix", "requests"}}
	for _, v := range w.visits {
		rows = append(rows, []string{v.client, itoa(v.start.Unix()), itoa(v.last.Unix()), itoa(v.requests)})
	}
	if err := writeCSV(filepath.Join(out, "sessions.csv"), rows); err != nil {
		return err
	}
	sum := trafficSummary{
		Sessions: len(w.visits), LongestS: int64(w.longest().Seconds()), MaxOpen: w.maxOpen(), SpansPerS: int64(rate),
	}
	text, err := json.Marshal(sum)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, "summary.json"), append(text, '\n'), 0o600); err != nil {
		return err
	}
	return w.compare(data, sum, report)
}

// trafficSummary is summary.json.
type trafficSummary struct {
	Sessions  int   `json:"sessions"`
	LongestS  int64 `json:"longest_s"`
	MaxOpen   int   `json:"max_open"`
	SpansPerS int64 `json:"spans_per_s"`
}

func (w *trafficWriter) longest() (d time.Duration) {
	for _, v := range w.visits {
		d = max(d, v.last.Sub(v.start))
	}
	return d
}

// maxOpen is the most sessions open at once, each from its first to its last request, both included.
func (w *trafficWriter) maxOpen() int {
	type edge struct {
		at   time.Time
		step int
	}
	edges := make([]edge, 0, 2*len(w.visits))
	for _, v := range w.visits {
		edges = append(edges, edge{v.start, 1}, edge{v.last, -1})
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Or(a.at.Compare(b.at), -cmp.Compare(a.step, b.step)) })
	open, most := 0, 0
	for _, e := range edges {
		open += e.step
		most = max(most, open)
	}
	return most
}

func writeCSV(path string, rows [][]string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := csv.NewWriter(f).WriteAll(rows); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return f.Close()
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func number(attributes pcommon.Map, key string) int64 {
	v, ok := attributes.Get(key)
	if !ok {
		return 0
	}
	return v.Int()
}
