// Package seasonaltraffic shows what the seasonal model makes of real web traffic: distinct users as `concurrency` counts
// them, and log-in attempts.
package seasonaltraffic

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/backtest"
	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/replay"
	"github.com/braidotel/braid/internal/seasonal"
	"github.com/braidotel/braid/testbed/eval"
)

const (
	window = 5 * time.Minute
	day    = 24 * time.Hour
	// floodAttempts is how many log-in attempts within one window make a flood; the sites see a handful a day.
	floodAttempts = 50

	logins = "logins" // the series of log-in attempts
)

// point is the value of one window, at its end.
type point struct {
	at    eventtime.Instant
	value float64
}

// Run replays one access log (a set laid out as data/traffic) and prints how regular its users are and which windows the
// model called unusual. It writes the windows with their scores to users.csv and logins.csv in out.
func Run(ctx context.Context, data, out string, report io.Writer) error {
	if err := eval.Traffic(ctx, data, out, io.Discard); err != nil {
		return err
	}
	users, err := readUsers(filepath.Join(out, "windows.csv"))
	if err != nil {
		return err
	}
	attempts, err := countLogins(ctx, data, users)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(report, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "set\tseries\twindows\talarms\ta day\tmost in 24 h\tday pattern (r)\tfloods\tseen")
	for _, s := range []struct {
		name   string
		points []point
	}{{"users", users}, {logins, attempts}} {
		v := judge(s.points)
		if err := v.write(filepath.Join(out, s.name+".csv")); err != nil {
			return err
		}
		floods, seen := 0, 0
		if s.name == logins {
			floods, seen = v.floods()
		}
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%.2f\t%d\t%.2f\t%d\t%d\n", filepath.Base(data), s.name, len(v.rows),
			len(v.alarms), v.alarmsPerDay(), v.mostInADay(), v.pattern(), floods, seen)
	}
	return table.Flush()
}

// readUsers reads the five-minute windows of what eval.Traffic wrote; windows without anybody are zero.
func readUsers(path string) ([]point, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	counts := map[eventtime.Instant]float64{}
	for _, row := range rows[min(1, len(rows)):] {
		start, width, users, err := parseWindow(row)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if width == window {
			counts[start] = users
		}
	}
	return dense(counts), nil
}

func parseWindow(row []string) (eventtime.Instant, time.Duration, float64, error) {
	if len(row) < 3 {
		return 0, 0, 0, fmt.Errorf("row %q has fewer than three columns", row)
	}
	start, err := strconv.ParseInt(row[0], 10, 64)
	if err != nil {
		return 0, 0, 0, err
	}
	width, err := strconv.ParseInt(row[1], 10, 64)
	if err != nil {
		return 0, 0, 0, err
	}
	users, err := strconv.ParseFloat(row[2], 64)
	return eventtime.Of(time.Unix(start, 0)), time.Duration(width) * time.Second, users, err
}

// dense turns counts by the start of their window into a series without gaps, each point at the end of its window.
func dense(counts map[eventtime.Instant]float64) []point {
	if len(counts) == 0 {
		return nil
	}
	first, last := eventtime.Instant(math.MaxInt64), eventtime.Instant(math.MinInt64)
	for start := range counts {
		first, last = min(first, start), max(last, start)
	}
	var out []point
	for start := first; start <= last; start = start.Add(window) {
		out = append(out, point{start.Add(window), counts[start]})
	}
	return out
}

// countLogins counts the requests that try to log in, by window, over the time that users covers.
func countLogins(ctx context.Context, data string, users []point) ([]point, error) {
	files, err := filepath.Glob(filepath.Join(data, "otlp", "*.jsonl.gz"))
	if err != nil {
		return nil, err
	}
	counts := map[eventtime.Instant]float64{}
	for _, u := range users {
		counts[u.at.Add(-window)] = 0
	}
	for batch, err := range replay.Batches(ctx, files, replay.Options{}) {
		if err != nil {
			return nil, err
		}
		for _, rs := range batch.Traces.ResourceSpans().All() {
			for _, ss := range rs.ScopeSpans().All() {
				for _, span := range ss.Spans().All() {
					if isLogin(span) {
						counts[eventtime.Of(span.EndTimestamp().AsTime()).Truncate(window)]++
					}
				}
			}
		}
	}
	return dense(counts), nil
}

// isLogin tells a try to log in to WordPress, the only application with a form in these sets.
func isLogin(span ptrace.Span) bool {
	method, _ := span.Attributes().Get("http.request.method")
	path, _ := span.Attributes().Get("url.path")
	return method.Str() == "POST" && strings.Contains(path.Str(), "login")
}

// verdicts is what the model made of a series.
type verdicts struct {
	rows   []backtest.Row
	alarms []eventtime.Instant
}

func judge(points []point) *verdicts {
	v := &verdicts{}
	options := seasonal.NewOptions()
	options.Floor = 0
	run := backtest.New(options)
	for _, p := range points {
		row := run.Observe(p.at, p.value)
		v.rows = append(v.rows, row)
		if row.Verdict.Alarm {
			v.alarms = append(v.alarms, row.At)
		}
	}
	return v
}

func (v *verdicts) span() time.Duration {
	if len(v.rows) == 0 {
		return 0
	}
	return v.rows[len(v.rows)-1].At.Sub(v.rows[0].At)
}

func (v *verdicts) alarmsPerDay() float64 {
	return float64(len(v.alarms)) * float64(day) / float64(v.span())
}

// mostInADay is the most alarms of any 24 hours.
func (v *verdicts) mostInADay() (most int) {
	for i, at := range v.alarms {
		n := len(v.alarms) - i
		if end := slices.IndexFunc(v.alarms[i:], func(t eventtime.Instant) bool { return t.Sub(at) >= day }); end >= 0 {
			n = end
		}
		most = max(most, n)
	}
	return most
}

// pattern is the correlation between what was usual for a window, as known before it, and its value, from the third day
// on: what the model has understood of the day.
func (v *verdicts) pattern() float64 {
	var n, x, y, xx, yy, xy float64
	for _, row := range v.rows {
		usual := row.Verdict.Usual.Median
		if math.IsNaN(usual) || row.At.Sub(v.rows[0].At) < 2*day {
			continue
		}
		n++
		x, y = x+usual, y+row.Value
		xx, yy, xy = xx+usual*usual, yy+row.Value*row.Value, xy+usual*row.Value
	}
	return (n*xy - x*y) / math.Sqrt((n*xx-x*x)*(n*yy-y*y))
}

// floods counts the stretches of windows with a flood of log-ins, and those during which the model saw something unusual.
func (v *verdicts) floods() (floods, seen int) {
	last := eventtime.Instant(math.MinInt64)
	noticed := false
	for _, row := range v.rows {
		if row.Value < floodAttempts {
			continue
		}
		if floods == 0 || row.At.Sub(last) > time.Hour { // a lull of an hour ends a flood
			floods++
			noticed = false
		}
		last = row.At
		if !noticed && (row.Verdict.Active || row.Verdict.Alarm) {
			seen++
			noticed = true
		}
	}
	return floods, seen
}

func (v *verdicts) write(path string) error {
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	w := csv.NewWriter(out)
	_ = w.Write([]string{"window_end", "value", "score", "alarm", "unusual", "low", "median", "high"}) // kept for Error
	format := func(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }
	for _, row := range v.rows {
		d := &row.Verdict
		_ = w.Write([]string{ // kept for Error
			row.At.Time().Format(time.RFC3339), format(row.Value), format(d.Score), strconv.FormatBool(d.Alarm),
			strconv.FormatBool(d.Active), format(d.Usual.Low), format(d.Usual.Median), format(d.Usual.High),
		})
	}
	w.Flush()
	if err := w.Error(); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}
