package incidenteval

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/braidotel/braid/connector/incidentconnector"
	"github.com/braidotel/braid/internal/simulate"
	"github.com/braidotel/braid/internal/simulate/encode"
	"github.com/braidotel/braid/processor/sessioncorrelationprocessor"
)

// Report is what one event said of an incident.
type Report struct {
	At                      time.Time
	ID, Phase, Title        string
	Service, Kind           string
	Users, Sessions, Orders float64
	Lost                    float64
}

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
	taken := &reports{}
	line, err := newLine(ctx, taken)
	if err != nil {
		return out, err
	}
	start := time.Now()
	defer func() {
		err = errors.Join(err, line.stop(ctx))
		out.Reports, out.Truth, out.Took = taken.list, shop.Toll(), time.Since(start)
	}()
	for b, ok := shop.Next(); ok && ctx.Err() == nil; b, ok = shop.Next() {
		if b.Time.Before(begin.Add(fills)) {
			continue
		}
		out.Spans += len(b.Spans)
		if err := errors.Join(line.traces.ConsumeTraces(ctx, encode.Traces(b.Spans)),
			line.logs.ConsumeLogs(ctx, encode.Logs(b.Logs)), line.metrics.ConsumeMetrics(ctx, encode.Metrics(b.Points))); err != nil {
			return out, err
		}
	}
	return out, ctx.Err()
}

// line is session_correlation with the connector behind it.
type line struct {
	traces  consumer.Traces
	logs    consumer.Logs
	metrics consumer.Metrics
	nodes   []component.Component // in the order in which the collector stops them
}

func newLine(ctx context.Context, next consumer.Logs) (*line, error) {
	incidents := incidentconnector.NewFactory()
	cfg := incidents.CreateDefaultConfig().(*incidentconnector.Config)
	cfg.Clock = "replay"
	cfg.Business = []incidentconnector.BusinessConfig{{
		Name: "order", Match: map[string]string{"http.route": checked}, Value: "app.order.amount", Currency: "app.order.currency",
	}}
	set := connector.Settings{ID: component.NewID(incidents.Type()), TelemetrySettings: componenttest.NewNopTelemetrySettings()}
	t, err := incidents.CreateTracesToLogs(ctx, set, cfg, next)
	if err != nil {
		return nil, err
	}
	m, err := incidents.CreateMetricsToLogs(ctx, set, cfg, next)
	if err != nil {
		return nil, err
	}
	l, err := incidents.CreateLogsToLogs(ctx, set, cfg, next)
	if err != nil {
		return nil, err
	}
	sessions := sessioncorrelationprocessor.NewFactory()
	joined := sessions.CreateDefaultConfig().(*sessioncorrelationprocessor.Config)
	joined.Clock = "replay"
	settings := processortest.NewNopSettings(sessions.Type())
	traces, err := sessions.CreateTraces(ctx, settings, joined, t)
	if err != nil {
		return nil, err
	}
	logs, err := sessions.CreateLogs(ctx, settings, joined, l)
	if err != nil {
		return nil, err
	}
	// The metrics that session_correlation derives are no matter here, and applications' pass it as they are.
	metrics, err := sessions.CreateMetrics(ctx, settings, joined, consumertest.NewNop())
	if err != nil {
		return nil, err
	}
	out := &line{traces: traces, logs: logs, metrics: m, nodes: []component.Component{traces, logs, metrics, t, m, l}}
	for i := len(out.nodes) - 1; i >= 0; i-- {
		if err := out.nodes[i].Start(ctx, componenttest.NewNopHost()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (l *line) stop(ctx context.Context) error {
	var errs []error
	for _, n := range l.nodes {
		errs = append(errs, n.Shutdown(context.WithoutCancel(ctx)))
	}
	return errors.Join(errs...)
}

// reports takes the connector's events.
type reports struct {
	mu   sync.Mutex
	list []Report
}

// Capabilities promises to leave records as they are.
func (*reports) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// ConsumeLogs reads the reports of incidents.
func (r *reports) ConsumeLogs(_ context.Context, ld plog.Logs) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, lr := range sl.LogRecords().All() {
				if lr.EventName() == "braid.incident" {
					r.list = append(r.list, read(lr))
				}
			}
		}
	}
	return nil
}

func read(lr plog.LogRecord) Report {
	text := func(name string) string {
		v, ok := lr.Attributes().Get("braid.incident." + name)
		if !ok {
			return ""
		}
		return v.AsString()
	}
	number := func(name string) float64 {
		v := 0.0
		_, _ = fmt.Sscan(text(name), &v) // missing is none
		return v
	}
	return Report{
		At: lr.Timestamp().AsTime(), ID: text("id"), Phase: text("phase"), Title: lr.Body().Str(), Service: text("cause.service"), Kind: text("cause.kind"),
		Users: number("users"), Sessions: number("sessions"), Orders: number("business.failed"), Lost: number("revenue.lost"),
	}
}

// Impact prints what the connector said of a planted fault beside the truth.
func Impact(ctx context.Context, users int, report io.Writer) error {
	out, err := Planted(ctx, 7, users, 6*time.Minute)
	if err != nil {
		return err
	}
	fmt.Fprintf(report, "%d spans in %.0f s, %.0f a second\n", out.Spans, out.Took.Seconds(), float64(out.Spans)/out.Took.Seconds())
	for _, r := range out.Reports {
		fmt.Fprintf(report, "%s %s %-8s %-12s %-9s %s\n", r.At.Format("15:04:05"), r.ID, r.Phase, r.Service, r.Kind, r.Title)
	}
	if len(out.Reports) == 0 {
		return errors.New("no incident")
	}
	last := out.Reports[len(out.Reports)-1]
	for _, row := range []struct {
		name      string
		got, want float64
	}{
		{"users", last.Users, float64(out.Truth.Users)}, {"sessions", last.Sessions, float64(out.Truth.Visits)},
		{"failed orders", last.Orders, float64(out.Truth.Orders)}, {"lost, KRW", last.Lost, out.Truth.Value},
	} {
		fmt.Fprintf(report, "%-14s %12.0f truth %12.0f off by %.2f %%\n", row.name, row.got, row.want, 100*math.Abs(row.got-row.want)/row.want)
	}
	return nil
}
