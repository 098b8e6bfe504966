package query

import (
	"context"
	"math"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/measure"
)

// pulses are metrics that hardly any deployment lacks, the best first.
var pulses = []string{"braid_session_active", "braid_concurrent_users", "system_cpu_utilization_ratio", "braid_transaction_duration_seconds", "http_server_request_duration_seconds"}

// pulse is the metric by which one sees whether there is data; empty where there is none of them.
func pulse(present map[string]bool) string {
	for _, m := range pulses {
		if present[m] {
			return m
		}
	}
	return ""
}

// lookedBack is how far back the beginning of the metrics is looked for: longer than what is usually asked about.
const lookedBack = 40 * 24 * time.Hour

// beginning is when a metric begins, to the minute; zero if that is longer ago than lookedBack, or there is none.
func beginning(ctx context.Context, metrics history.Metrics, metric string, now time.Time) time.Time {
	if metric == "" {
		return time.Time{}
	}
	over := "max_over_time" // its rollups are read
	if strings.HasSuffix(metric, "_seconds") {
		over = "last_over_time" // a histogram has no greatest
	}
	// first is the start of the first step in which there is anything.
	first := func(from, to time.Time, step time.Duration) time.Time {
		result, err := metrics.QueryRange(ctx, "count("+over+"("+metric+"["+measure.Duration(step)+"]))", from.Add(step), to, step)
		if err != nil || len(result.Series) == 0 || len(result.Series[0].Points) == 0 {
			return time.Time{}
		}
		return result.Series[0].Points[0].At.Add(-step)
	}
	from := now.Add(-lookedBack).Truncate(time.Hour)
	hour := first(from, now.Truncate(time.Hour).Add(time.Hour), time.Hour)
	if !hour.After(from) {
		return time.Time{}
	}
	if minute := first(hour, hour.Add(time.Hour), time.Minute); !minute.IsZero() {
		return minute
	}
	return hour
}

// freshness asks for the time of the newest point, beside what the answer asks.
func (in *inquiry) freshness(ctx context.Context) <-chan float64 {
	out := make(chan float64, 1)
	metric := pulse(in.lore.metrics)
	if metric == "" {
		out <- math.NaN()
		return out
	}
	go func() {
		result, err := in.metrics.Query(ctx, "max(timestamp("+metric+"))", in.now)
		if err != nil || len(result.Series) == 0 {
			out <- math.NaN()
			return
		}
		out <- float64(in.now.UnixMilli())/1000 - last(result.Series[0].Points)
	}()
	return out
}

// sampledTotal counts what the history measured from spans that are a sample.
const sampledTotal = "braid_transaction_sampled_total"

// sampled says whether a figure was measured from a sample: how many there were is then more than is said.
func (in *inquiry) sampled(ctx context.Context) {
	if !in.lore.metrics[sampledTotal] {
		return
	}
	for i := range in.answer.Facts {
		f := &in.answer.Facts[i]
		if !strings.Contains(f.Source, "braid_transaction_") && !strings.Contains(f.Source, "braid_query_") && !strings.Contains(f.Source, "braid_call_") {
			continue
		}
		query := "sum(increase(" + sampledTotal + "[" + measure.Duration(max(time.Minute, f.Window.End.Sub(f.Window.Start))) + "]))"
		result, err := in.metrics.Query(ctx, query, f.Window.End)
		in.answer.Quality.Sampled = err == nil && len(result.Series) > 0 && last(result.Series[0].Points) > 0
		return // the figures of an answer are of one time, or of others to compare it with
	}
}

// lateAfter is how far behind the newest data may be without a word.
const lateAfter = 2 * time.Minute

// quality says how late the data is; NaN is none within the last minutes.
func (in *inquiry) quality(late float64) {
	switch {
	case math.IsNaN(late):
		in.answer.Quality.Complete = false
		in.note("common.stale", nil)
	case late > lateAfter.Seconds():
		in.answer.Quality.LateSeconds = late
		in.note("common.late", nil)
	default:
		in.answer.Quality.LateSeconds = max(0, late)
	}
}

// earliest is when the history begins, to the hour; zero where it is empty. It halves the time in which that may be.
func (in *inquiry) earliest(ctx context.Context) time.Time {
	some := func(before time.Time) bool {
		n, err := in.records.CountSessions(ctx, history.SessionQuery{Tenant: in.tenant, Window: history.Window{To: before}}, history.ByNothing)
		return err == nil && len(n.Items) > 0 && n.Items[0].N > 0
	}
	to := in.now.Add(time.Hour).Truncate(time.Hour)
	if !some(to) {
		return time.Time{}
	}
	from := to.AddDate(-3, 0, 0)
	for to.Sub(from) > time.Hour {
		middle := from.Add(to.Sub(from) / 2).Truncate(time.Hour)
		if !middle.After(from) {
			break
		}
		if some(middle) {
			to = middle
		} else {
			from = middle
		}
	}
	return from
}
