package incidenteval

import (
	"context"
	"errors"
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

// Shop is a simulated shop to be watched.
type Shop struct {
	Seed  uint64
	Users int           // visitors at once
	Fault time.Duration // how long the database of its payment service is too slow; 0: nothing is wrong
	Blind bool          // the connector is not told which attributes speak of carts
}

// Planted lets a simulated shop run through session_correlation and the incident connector, and returns what the connector
// said.
func Planted(ctx context.Context, s Shop) (out Outcome, err error) {
	begin := time.Date(2026, 3, 3, 5, 0, 0, 0, time.UTC) // 2 p.m. in the shop
	cfg := simulate.Config{Seed: s.Seed, Start: begin, Users: s.Users, Duration: fills + before + s.Fault + after}
	if s.Fault > 0 {
		cfg.Scenarios = []simulate.Scenario{{Kind: simulate.Fault, Offset: fills + before, Length: s.Fault}}
	}
	shop, err := simulate.New(cfg)
	if err != nil {
		return out, err
	}
	taken := &Reports{}
	line, err := newLine(ctx, taken, !s.Blind)
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

func newLine(ctx context.Context, next consumer.Logs, carts bool) (*line, error) {
	incidents, err := Connect(ctx, next, func(cfg *incidentconnector.Config) {
		cfg.Business = []incidentconnector.BusinessConfig{{
			Name: "order", Match: map[string]string{"http.route": checked}, Value: "app.order.amount", Currency: "app.order.currency",
		}}
		if carts {
			cfg.CartValue, cfg.Cart = "app.cart.amount", []string{"app.cart.items"}
		}
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
