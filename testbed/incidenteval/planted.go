package incidenteval

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/braidotel/braid/connector/incidentconnector"
	"github.com/braidotel/braid/internal/simulate"
	"github.com/braidotel/braid/internal/simulate/encode"
	"github.com/braidotel/braid/processor/sessioncorrelationprocessor"
)

// Outcome is what became of a planted fault.
type Outcome struct {
	Reports []Report
	Truth   simulate.Toll
	Spans   int
	Took    time.Duration
}

// How long the shop fills before the connector sees it, then is quiet, has its fault, and is quiet again.
const (
	fills   = 25 * time.Minute
	before  = 20 * time.Minute
	after   = 12 * time.Minute
	checked = "/checkout"
)

// Planted lets the simulated shop run through session_correlation and the incident connector while the database of its
// payment service is too slow for a time, and returns what the connector said.
func Planted(ctx context.Context, seed uint64, users int, fault time.Duration) (out Outcome, err error) {
	begin := time.Date(2026, 3, 3, 5, 0, 0, 0, time.UTC) // 2 p.m. in the shop
	cfg := simulate.Config{Seed: seed, Start: begin, Users: users, Duration: fills + before + fault + after}
	if fault > 0 {
		cfg.Scenarios = []simulate.Scenario{{Kind: simulate.Fault, Offset: fills + before, Length: fault}}
	}
	shop, err := simulate.New(cfg)
	if err != nil {
		return out, err
	}
	taken := &Reports{}
	line, err := newLine(ctx, taken)
	if err != nil {
		return out, err
	}
	start := time.Now()
	defer func() {
		err = errors.Join(err, line.stop(ctx))
		out.Reports, out.Truth, out.Took = taken.List(), shop.Toll(), time.Since(start)
	}()
	for b, ok := shop.Next(); ok && ctx.Err() == nil; b, ok = shop.Next() {
		if b.Time.Before(begin.Add(fills)) {
			continue
		}
		out.Spans += len(b.Spans)
		if err := errors.Join(line.traces.ConsumeTraces(ctx, encode.Traces(b.Spans)),
			line.logs.ConsumeLogs(ctx, encode.Logs(b.Logs)), line.incidents.Metrics.ConsumeMetrics(ctx, encode.Metrics(b.Points))); err != nil {
			return out, err
		}
	}
	return out, ctx.Err()
}

// line is session_correlation with the connector behind it.
type line struct {
	traces    consumer.Traces
	logs      consumer.Logs
	sessions  []component.Component // in the order in which the collector stops them
	incidents *Nodes
}

func newLine(ctx context.Context, next consumer.Logs) (*line, error) {
	incidents, err := Connect(ctx, next, func(cfg *incidentconnector.Config) {
		cfg.Business = []incidentconnector.BusinessConfig{{
			Name: "order", Match: map[string]string{"http.route": checked}, Value: "app.order.amount", Currency: "app.order.currency",
		}}
	})
	if err != nil {
		return nil, err
	}
	sessions := sessioncorrelationprocessor.NewFactory()
	joined := sessions.CreateDefaultConfig().(*sessioncorrelationprocessor.Config)
	joined.Clock = "replay"
	settings := processortest.NewNopSettings(sessions.Type())
	traces, errT := sessions.CreateTraces(ctx, settings, joined, incidents.Traces)
	logs, errL := sessions.CreateLogs(ctx, settings, joined, incidents.Logs)
	// The metrics that session_correlation derives are no matter here, and applications' pass it as they are.
	metrics, errM := sessions.CreateMetrics(ctx, settings, joined, consumertest.NewNop())
	if err := errors.Join(errT, errL, errM); err != nil {
		return nil, errors.Join(err, incidents.Stop(ctx))
	}
	out := &line{traces: traces, logs: logs, sessions: []component.Component{traces, logs, metrics}, incidents: incidents}
	for _, n := range out.sessions {
		if err := n.Start(ctx, componenttest.NewNopHost()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (l *line) stop(ctx context.Context) error {
	var errs []error
	for _, n := range l.sessions {
		errs = append(errs, n.Shutdown(context.WithoutCancel(ctx)))
	}
	return errors.Join(append(errs, l.incidents.Stop(ctx))...)
}

// Impact prints what the connector said of a planted fault beside the truth; of several shops, of the first one in full and
// then of all together.
func Impact(ctx context.Context, shops, users int, report io.Writer) error {
	var said Report
	var truth simulate.Toll
	for n := range shops {
		out, err := Planted(ctx, 7+uint64(n), users, 6*time.Minute)
		if err != nil {
			return err
		}
		if len(out.Reports) == 0 {
			return fmt.Errorf("shop %d: no incident", n+1)
		}
		if n == 0 {
			fmt.Fprintf(report, "%d spans in %.0f s, %.0f a second\n", out.Spans, out.Took.Seconds(), float64(out.Spans)/out.Took.Seconds())
			for _, r := range out.Reports {
				fmt.Fprintf(report, "%s %s %-8s %-12s %-9s %s\n", r.At.Format("15:04:05"), r.ID, r.Phase, r.Service, r.Kind, r.Title)
			}
		}
		last := out.Reports[len(out.Reports)-1]
		said = Report{Users: said.Users + last.Users, Sessions: said.Sessions + last.Sessions, Orders: said.Orders + last.Orders, Lost: said.Lost + last.Lost}
		truth = simulate.Toll{
			Users: truth.Users + out.Truth.Users, Visits: truth.Visits + out.Truth.Visits, Orders: truth.Orders + out.Truth.Orders, Value: truth.Value + out.Truth.Value,
		}
		if n == 0 || n == shops-1 {
			fmt.Fprintf(report, "%d shops of %d visitors\n", n+1, users)
			compare(report, &said, &truth)
		}
	}
	return nil
}

// compare prints what was said beside the truth.
func compare(w io.Writer, said *Report, truth *simulate.Toll) {
	for _, row := range []struct {
		name      string
		got, want float64
	}{
		{"users", said.Users, float64(truth.Users)}, {"sessions", said.Sessions, float64(truth.Visits)},
		{"failed orders", said.Orders, float64(truth.Orders)}, {"lost, KRW", said.Lost, truth.Value},
	} {
		fmt.Fprintf(w, "%-14s %12.0f truth %12.0f off by %+.2f %%\n", row.name, row.got, row.want, 100*(row.got-row.want)/row.want)
	}
}
