package incidentcost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/simulate"
	"github.com/braidotel/braid/internal/simulate/encode"
	"github.com/braidotel/braid/testbed/incidenteval"
)

// How long a shop fills before the connector sees it, then is quiet, has its fault, and is quiet again.
const (
	fills  = 5 * time.Minute
	before = 20 * time.Minute
	faulty = 6 * time.Minute
	after  = 12 * time.Minute
	seen   = before + faulty + after
)

// Ranking plays simulated shops, the database of whose payment service is too slow for a time, through a connector with its
// defaults, and prints the wall time from the closing of a window to what is said of it: from the call that brings the first
// item beyond the window to the arrival of braid.incident at the next consumer, all that was waited for included; and the time
// of processors spent in between, which others on the machine do not change. Then the same again while so many distinct operations, log statements and hosts with a metric each come by, evenly over the time.
func Ranking(ctx context.Context, shops, users, names int, report io.Writer) error {
	for _, offer := range []int{0, names} {
		t := &timed{}
		for seed := range shops {
			if err := t.play(ctx, uint64(seed)+1, users, offer); err != nil {
				return err
			}
		}
		fmt.Fprintf(report, "%d shops of %d visitors, %d names offered\n", shops, users, offer)
		t.print(report)
	}
	return nil
}

// timed is the consumer behind a connector. It takes the time of everything that comes.
type timed struct {
	incidenteval.Reports
	began   time.Time     // of the call that is under way
	spent   time.Duration // time of processors up to then
	reports []time.Duration
	worked  []time.Duration // the same in time of processors
	calls   []time.Duration
	right   int // shops whose last report names the service in trouble
	shops   int
}

// ConsumeLogs takes the time of a batch of events for each report in it.
func (t *timed) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	took, worked, known := time.Since(t.began), spent()-t.spent, len(t.List())
	err := t.Reports.ConsumeLogs(ctx, ld)
	for range len(t.List()) - known {
		t.reports, t.worked = append(t.reports, took), append(t.worked, worked)
	}
	return err
}

var _ consumer.Logs = (*timed)(nil)

// play plays one shop.
func (t *timed) play(ctx context.Context, seed uint64, users, names int) error {
	begin := time.Date(2026, 3, 3, 5, 0, 0, 0, time.UTC)
	shop, err := simulate.New(simulate.Config{
		Seed: seed, Start: begin, Users: users, Duration: fills + before + faulty + after,
		Scenarios: []simulate.Scenario{{Kind: simulate.Fault, Offset: fills + before, Length: faulty}},
	})
	if err != nil {
		return err
	}
	nodes, err := incidenteval.Connect(ctx, t, nil)
	if err != nil {
		return err
	}
	name, second := 0, time.Duration(0)
	for b, ok := shop.Next(); ok && ctx.Err() == nil; b, ok = shop.Next() {
		if b.Time.Before(begin.Add(fills)) {
			continue
		}
		err := errors.Join(
			t.take(func() error { return nodes.Traces.ConsumeTraces(ctx, encode.Traces(b.Spans)) }),
			t.take(func() error { return nodes.Logs.ConsumeLogs(ctx, encode.Logs(b.Logs)) }),
			t.take(func() error { return nodes.Metrics.ConsumeMetrics(ctx, encode.Metrics(b.Points)) }),
		)
		for now := b.Time.Sub(begin.Add(fills)); names > 0 && second < now && err == nil; second += time.Second {
			upTo := int((second + time.Second) / time.Second * time.Duration(names) / (seen / time.Second))
			err = t.offer(ctx, nodes, name, upTo, second, begin.Add(fills+second))
			name = upTo
		}
		if err != nil {
			return errors.Join(err, nodes.Stop(ctx))
		}
	}
	t.began, t.spent = time.Now(), spent()
	err = errors.Join(ctx.Err(), nodes.Stop(ctx))
	t.shops++
	if list := t.List(); len(list) > 0 && list[len(list)-1].Service == "shop-payment" {
		t.right++
	}
	return err
}

// offer offers the names of one second.
func (t *timed) offer(ctx context.Context, nodes *incidenteval.Nodes, from, upTo int, second time.Duration, at time.Time) error {
	td, ld, md := offered(from, upTo, int(second/time.Second), at)
	return errors.Join(
		t.take(func() error { return nodes.Traces.ConsumeTraces(ctx, td) }),
		t.take(func() error { return nodes.Logs.ConsumeLogs(ctx, ld) }),
		t.take(func() error { return nodes.Metrics.ConsumeMetrics(ctx, md) }),
	)
}

// take takes the time of one call of a node. A connector on recorded time returns when what it has to say was taken.
func (t *timed) take(call func() error) error {
	t.began, t.spent = time.Now(), spent()
	err := call()
	t.calls = append(t.calls, time.Since(t.began))
	return err
}

func (t *timed) print(w io.Writer) {
	fmt.Fprintf(w, "  %d of %d causes right\n", t.right, t.shops)
	distribution(w, "window closed to report", t.reports)
	distribution(w, "the same, of processors", t.worked)
	distribution(w, "any call of a node", t.calls)
}

func distribution(w io.Writer, what string, took []time.Duration) {
	if len(took) == 0 {
		fmt.Fprintf(w, "  %-24s none\n", what)
		return
	}
	slices.Sort(took)
	at := func(share float64) float64 { return took[int(share*float64(len(took)-1))].Seconds() * 1000 }
	fmt.Fprintf(w, "  %-24s %6d: median %.1f ms, 95 %% %.1f ms, 99 %% %.1f ms, longest %.1f ms\n", what, len(took), at(.5), at(.95), at(.99), at(1))
}
