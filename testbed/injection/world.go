package injection

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.uber.org/zap"

	"github.com/braidotel/braid/connector/incidentconnector"
	"github.com/braidotel/braid/exporter/historyexporter"
	"github.com/braidotel/braid/exporter/llmsummaryexporter"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/history/relational"
	"github.com/braidotel/braid/internal/history/sqlite"
	"github.com/braidotel/braid/internal/history/tsdb"
	"github.com/braidotel/braid/internal/simulate"
	"github.com/braidotel/braid/internal/simulate/encode"
	"github.com/braidotel/braid/processor/concurrencyprocessor"
	"github.com/braidotel/braid/processor/sessioncorrelationprocessor"
	"github.com/braidotel/braid/testbed/incidenteval"
)

// World is a history and the components that write it: sessions, users, incidents, summaries.
type World struct {
	component.StartFunc
	component.ShutdownFunc

	records history.Store
	series  *tsdb.DB

	traces  consumer.Traces
	logs    consumer.Logs
	metrics consumer.Metrics
	// nodes are started from the last to the first, and stopped from the first to the last: who sends before who receives.
	nodes []component.Component
	// connected are those of them that run already.
	connected []component.Component
}

// Records implements history.Provider.
func (w *World) Records() history.Store { return w.records }

// Metrics implements history.Provider.
func (w *World) Metrics(t history.Tenant) history.Metrics { return w.series.Metrics(t) }

// MetricsWriter is what the history exporter writes to.
func (w *World) MetricsWriter() tsdb.Writer { return w.series }

// both passes on to two.
type both[T any] struct{ a, b T }

// Capabilities implements consumer.Traces, Logs and Metrics.
func (both[T]) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

type traces struct{ both[consumer.Traces] }

// ConsumeTraces implements consumer.Traces.
func (f traces) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	own := ptrace.NewTraces()
	td.CopyTo(own)
	return errors.Join(f.a.ConsumeTraces(ctx, td), f.b.ConsumeTraces(ctx, own))
}

type logs struct{ both[consumer.Logs] }

// ConsumeLogs implements consumer.Logs.
func (f logs) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	own := plog.NewLogs()
	ld.CopyTo(own)
	return errors.Join(f.a.ConsumeLogs(ctx, ld), f.b.ConsumeLogs(ctx, own))
}

type metrics struct{ both[consumer.Metrics] }

// ConsumeMetrics implements consumer.Metrics.
func (f metrics) ConsumeMetrics(ctx context.Context, md pmetric.Metrics) error {
	own := pmetric.NewMetrics()
	md.CopyTo(own)
	return errors.Join(f.a.ConsumeMetrics(ctx, md), f.b.ConsumeMetrics(ctx, own))
}

const secret = "a secret for tests only"

// host has the history under its default name.
type host struct {
	component.Host
	world *World
}

// GetExtensions implements component.Host.
func (h *host) GetExtensions() map[component.ID]component.Component {
	return map[component.ID]component.Component{component.MustNewID("history"): h.world}
}

// Open makes a world in a directory. settings are those of llm_summary; logger hears what that logs.
func Open(ctx context.Context, dir string, settings map[string]any, logger *zap.Logger) (*World, error) {
	db, _, err := sqlite.Open(ctx, filepath.Join(dir, "records.db"), sqlite.Options{NoSync: true})
	if err != nil {
		return nil, err
	}
	series, err := tsdb.Open(filepath.Join(dir, "metrics"), tsdb.Options{Retention: 400 * 24 * time.Hour})
	if err != nil {
		return nil, err
	}
	w := &World{records: relational.New(db, relational.Limits{}), series: series}
	if err := w.chain(ctx, settings, logger); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	h := &host{componenttest.NewNopHost(), w}
	for _, n := range slices.Backward(w.nodes) {
		if slices.Contains(w.connected, n) {
			continue
		}
		if err := n.Start(ctx, h); err != nil {
			return nil, errors.Join(err, w.Close())
		}
	}
	return w, nil
}

// atOnce is how exporters write here: nothing waits.
var atOnce = map[string]any{"sending_queue": map[string]any{"enabled": false}, "retry_on_failure": map[string]any{"enabled": false}}

// chain builds the components, the last first.
func (w *World) chain(ctx context.Context, settings map[string]any, logger *zap.Logger) error {
	f := historyexporter.NewFactory()
	cfg, set := f.CreateDefaultConfig(), exportertest.NewNopSettings(f.Type())
	err := confmap.NewFromStringMap(atOnce).Unmarshal(cfg)
	kept, errT := f.CreateTraces(ctx, set, cfg)
	events, errL := f.CreateLogs(ctx, set, cfg)
	figures, errM := f.CreateMetrics(ctx, set, cfg)
	if err := errors.Join(err, errT, errL, errM); err != nil {
		return err
	}
	tf := llmsummaryexporter.NewFactory()
	telling, set := tf.CreateDefaultConfig(), exportertest.NewNopSettings(tf.Type())
	set.Logger = logger
	err = errors.Join(confmap.NewFromStringMap(atOnce).Unmarshal(telling), confmap.NewFromStringMap(settings).Unmarshal(telling))
	told, errS := tf.CreateLogs(ctx, set, telling)
	if err := errors.Join(err, errS); err != nil {
		return err
	}
	incidents, err := incidenteval.Connect(ctx, logs{both[consumer.Logs]{events, told}}, func(c *incidentconnector.Config) {
		c.Business = []incidentconnector.BusinessConfig{{Name: "order", Match: map[string]string{"http.route": "/checkout"}, Value: "app.order.amount", Currency: "app.order.currency"}}
		c.Secret = secret
	})
	if err != nil {
		return err
	}
	w.nodes = []component.Component{kept, events, figures, told}
	w.traces, w.logs = traces{both[consumer.Traces]{kept, incidents.Traces}}, logs{both[consumer.Logs]{events, incidents.Logs}}
	w.metrics = metrics{both[consumer.Metrics]{figures, incidents.Metrics}}
	w.connected = []component.Component{incidents.Traces, incidents.Metrics, incidents.Logs}
	w.nodes = slices.Concat(w.connected, w.nodes)
	for _, p := range []struct {
		factory  processor.Factory
		settings map[string]any
	}{{concurrencyprocessor.NewFactory(), concurrency}, {sessioncorrelationprocessor.NewFactory(), correlation}} {
		if err := w.processor(ctx, p.factory, p.settings); err != nil {
			return fmt.Errorf("%s: %w", p.factory.Type(), err)
		}
	}
	return nil
}

// Configurations of the processors: recorded time.
var (
	correlation = map[string]any{"clock": "replay", "secret": secret, "stamp": map[string]any{"client": true}}
	concurrency = map[string]any{
		"clock": "replay", "secret": secret, "keys": []any{"service.name", "braid.region"}, "sketches": map[string]any{"enabled": false},
	}
)

// processor puts one in front of what there is.
func (w *World) processor(ctx context.Context, f processor.Factory, settings map[string]any) error {
	cfg, set := f.CreateDefaultConfig(), processortest.NewNopSettings(f.Type())
	err := confmap.NewFromStringMap(settings).Unmarshal(cfg)
	t, errT := f.CreateTraces(ctx, set, cfg, w.traces)
	l, errL := f.CreateLogs(ctx, set, cfg, w.logs)
	m, errM := f.CreateMetrics(ctx, set, cfg, w.metrics)
	if err := errors.Join(err, errT, errL, errM); err != nil {
		return err
	}
	w.traces, w.logs, w.metrics = t, l, m
	w.nodes = append([]component.Component{t, l, m}, w.nodes...)
	return nil
}

// Play lets a shop's telemetry pass with texts planted in it, and returns how many each carrier had.
func (w *World) Play(ctx context.Context, cfg simulate.Config, texts []string) (map[string]int, error) {
	shop, err := simulate.New(cfg)
	if err != nil {
		return nil, err
	}
	c := plant(texts)
	claimed := cfg.Start.Add(cfg.Duration - time.Minute)
	for b, ok := shop.Next(); ok && ctx.Err() == nil; b, ok = shop.Next() {
		if b.Time.Before(cfg.Start.Add(fills)) {
			continue
		}
		td, ld := encode.Traces(b.Spans), encode.Logs(b.Logs)
		c.traces(td)
		c.logs(ld)
		if !claimed.IsZero() && b.Time.After(claimed) {
			c.claims(claimed).ResourceLogs().MoveAndAppendTo(ld.ResourceLogs())
			c.strangers(claimed).ResourceSpans().MoveAndAppendTo(td.ResourceSpans())
			claimed = time.Time{}
		}
		if err := errors.Join(w.metrics.ConsumeMetrics(ctx, encode.Metrics(b.Points)), w.logs.ConsumeLogs(ctx, ld), w.traces.ConsumeTraces(ctx, td)); err != nil {
			return nil, err
		}
	}
	return c.n, ctx.Err()
}

// Stop stops all but llm_summary, which is the last of the nodes and may still be asking models.
func (w *World) Stop(ctx context.Context) error {
	var errs []error
	last := len(w.nodes) - 1
	for _, n := range w.nodes[:last] {
		errs = append(errs, n.Shutdown(ctx))
	}
	w.nodes = w.nodes[last:]
	return errors.Join(errs...)
}

// Close stops what still runs and closes the stores.
func (w *World) Close() error {
	var errs []error
	for _, n := range w.nodes {
		errs = append(errs, n.Shutdown(context.Background()))
	}
	return errors.Join(append(errs, w.records.Close(), w.series.Close())...)
}
