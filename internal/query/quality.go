package query

import (
	"context"
	"math"
	"time"

	"github.com/braidotel/braid/internal/history"
)

// freshness asks for the time of the newest point, beside what the answer asks.
func (in *inquiry) freshness(ctx context.Context) <-chan float64 {
	out := make(chan float64, 1)
	var metric string
	for _, m := range []string{"braid_session_active", "braid_concurrent_users", "system_cpu_utilization_ratio", "braid_transaction_duration_seconds", "http_server_request_duration_seconds"} {
		if in.lore.metrics[m] {
			metric = m
			break
		}
	}
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
