package incidentcost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/connector/incidentconnector"
	"github.com/braidotel/braid/internal/simulate"
	"github.com/braidotel/braid/internal/simulate/encode"
	"github.com/braidotel/braid/testbed/incidenteval"
)

// soon is how long after the present begins the fault does.
const soon = 20 * time.Second

// Live plays the past of a simulated shop into a connector that follows the wall clock, as fast as it goes, and then the present
// as it happens, for so long: the database of the payment service becomes too slow, and so many names a day are offered. It
// prints how long after the end of a window, and the lateness allowed to what belongs to it, what is said of it arrived.
func Live(ctx context.Context, users, names int, length time.Duration, report io.Writer) error {
	present := time.Now().UTC()
	begin := present.Add(-fills - before)
	shop, err := simulate.New(simulate.Config{
		Seed: 1, Start: begin, Users: users, Duration: fills + before + length,
		Scenarios: []simulate.Scenario{{Kind: simulate.Fault, Offset: fills + before + soon, Length: length}},
	})
	if err != nil {
		return err
	}
	said := &arrivals{since: present}
	nodes, err := incidenteval.Connect(ctx, said, func(cfg *incidentconnector.Config) {
		cfg.Clock = "live"
		said.lateness = cfg.Lateness
	})
	if err != nil {
		return err
	}
	err = said.play(ctx, shop, nodes, names, begin)
	if err := errors.Join(err, nodes.Stop(ctx)); err != nil {
		return err
	}
	fmt.Fprintf(report, "%v of the present, %d visitors, %d names a day\n", length, users, names)
	said.mu.Lock()
	defer said.mu.Unlock()
	distribution(report, "window ended to report", said.took)
	return nil
}

// arrivals takes the time from the end of a report's window to its arrival.
type arrivals struct {
	since    time.Time
	lateness time.Duration

	mu   sync.Mutex
	took []time.Duration
}

var _ consumer.Logs = (*arrivals)(nil)

// Capabilities promises to leave records as they are.
func (*arrivals) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// ConsumeLogs takes the times of reports.
func (a *arrivals) ConsumeLogs(_ context.Context, ld plog.Logs) error {
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, lr := range sl.LogRecords().All() {
				closed := lr.Timestamp().AsTime().Add(a.lateness)
				if lr.EventName() == "braid.incident" && closed.After(a.since) {
					a.took = append(a.took, now.Sub(closed))
				}
			}
		}
	}
	return nil
}

// play hands over what has happened, and waits for what has not.
func (a *arrivals) play(ctx context.Context, shop *simulate.Generator, nodes *incidenteval.Nodes, names int, begin time.Time) error {
	name, second := 0, 0
	for b, ok := shop.Next(); ok && ctx.Err() == nil; b, ok = shop.Next() {
		if b.Time.Before(begin.Add(fills)) {
			continue
		}
		select {
		case <-time.After(time.Until(b.Time)):
		case <-ctx.Done():
		}
		err := errors.Join(nodes.Traces.ConsumeTraces(ctx, encode.Traces(b.Spans)),
			nodes.Logs.ConsumeLogs(ctx, encode.Logs(b.Logs)), nodes.Metrics.ConsumeMetrics(ctx, encode.Metrics(b.Points)))
		for now := int(b.Time.Sub(begin.Add(fills)) / time.Second); second < now && err == nil; second++ {
			upTo := (second + 1) * names / floodFor
			td, ld, md := offered(name, upTo, second, begin.Add(fills+time.Duration(second)*time.Second))
			err = errors.Join(nodes.Traces.ConsumeTraces(ctx, td), nodes.Logs.ConsumeLogs(ctx, ld), nodes.Metrics.ConsumeMetrics(ctx, md))
			name = upTo
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}
