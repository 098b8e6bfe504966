package answers

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/braidotel/braid/exporter/historyexporter"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/history/relational"
	"github.com/braidotel/braid/internal/history/sqlite"
	"github.com/braidotel/braid/internal/history/tsdb"
	"github.com/braidotel/braid/internal/simulate"
	"github.com/braidotel/braid/internal/simulate/encode"
	"github.com/braidotel/braid/processor/concurrencyprocessor"
	"github.com/braidotel/braid/processor/seasonalityprocessor"
	"github.com/braidotel/braid/processor/sessioncorrelationprocessor"
)

// Now is when questions are asked: a Wednesday afternoon in Seoul, which keeps no summer time. Deployed is when the payment
// service got its present version.
var (
	Now      = time.Date(2026, time.November, 18, 14, 30, 0, 0, time.FixedZone("Asia/Seoul", 9*60*60))
	Deployed = Now.Add(-20 * time.Minute)
)

// Stretch is a piece of the past that is simulated.
type Stretch struct {
	Start    time.Time
	Length   time.Duration
	Users    int
	Scenario []simulate.Scenario
}

// World is a history, and the truth behind it.
type World struct {
	component.StartFunc
	component.ShutdownFunc

	Truth   Truth
	Planted []simulate.Planted
	// Toll is what the troubles of the last stretch cost.
	Toll simulate.Toll

	records history.Store
	series  *tsdb.DB
	head    sink
	nodes   []component.Component
	pages   pages
	images  images
}

// sink takes the three signals.
type sink struct {
	traces  consumer.Traces
	logs    consumer.Logs
	metrics consumer.Metrics
}

var _ history.Provider = (*World)(nil)

// Records implements history.Provider.
func (w *World) Records() history.Store { return w.records }

// Metrics implements history.Provider.
func (w *World) Metrics(t history.Tenant) history.Metrics { return w.series.Metrics(t) }

// MetricsWriter is what the history exporter writes to.
func (w *World) MetricsWriter() tsdb.Writer { return w.series }

// Build simulates stretches, in order of time, into stores in a directory. The caller closes it.
func Build(ctx context.Context, dir string, stretches []Stretch) (*World, error) {
	w, err := open(ctx, dir)
	if err != nil {
		return nil, err
	}
	if err := w.chain(ctx); err != nil {
		return nil, err
	}
	for i, s := range stretches {
		if err := w.simulate(ctx, uint64(i)+1, s); err != nil {
			return nil, err
		}
	}
	for i := len(w.nodes) - 1; i >= 0; i-- {
		if err := w.nodes[i].Shutdown(ctx); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// open is an empty world.
func open(ctx context.Context, dir string) (*World, error) {
	db, _, err := sqlite.Open(ctx, filepath.Join(dir, "records.db"), sqlite.Options{NoSync: true})
	if err != nil {
		return nil, err
	}
	series, err := tsdb.Open(filepath.Join(dir, "metrics"), tsdb.Options{Retention: 400 * 24 * time.Hour})
	if err != nil {
		return nil, err
	}
	return &World{records: relational.New(db, relational.Limits{}), series: series}, nil
}

// Close closes the stores.
func (w *World) Close() error {
	if err := w.records.Close(); err != nil {
		return err
	}
	return w.series.Close()
}

// Configurations of the chain: recorded time, and no finer than the questions need.
var (
	correlation = map[string]any{
		"clock": "replay", "secret": "a secret for tests only", "stamp": map[string]any{"client": true},
		"metrics": map[string]any{"interval": "10s"},
		"business": []any{map[string]any{
			"name": "order", "value": "app.order.amount", "currency": "app.order.currency",
			"match": []any{map[string]any{"attributes": map[string]any{"http.route": "^/checkout$", "http.request.method": "^POST$"}}},
		}},
	}
	concurrency = map[string]any{
		"clock": "replay", "secret": "a secret for tests only", "tick": "10s", "tiers": []any{"10s", "1m", "5m", "1h"},
		"keys": []any{"service.name", "braid.region", "service.name+braid.region"}, "metrics": map[string]any{"uncertainty": false},
		"sketches": map[string]any{"enabled": false},
	}
	seasons = map[string]any{"clock": "replay"}
	written = map[string]any{"sending_queue": map[string]any{"enabled": false}, "retry_on_failure": map[string]any{"enabled": false}}
)

// chain builds the components, the last first.
func (w *World) chain(ctx context.Context) error {
	host := &host{Host: componenttest.NewNopHost(), extensions: map[component.ID]component.Component{component.MustNewID("history"): w}}
	if err := w.exporter(ctx, historyexporter.NewFactory()); err != nil {
		return err
	}
	for _, p := range []struct {
		factory processor.Factory
		config  map[string]any
	}{{seasonalityprocessor.NewFactory(), seasons}, {concurrencyprocessor.NewFactory(), concurrency}, {sessioncorrelationprocessor.NewFactory(), correlation}} {
		if err := w.processor(ctx, p.factory, p.config); err != nil {
			return fmt.Errorf("%s: %w", p.factory.Type(), err)
		}
	}
	for _, n := range w.nodes {
		if err := n.Start(ctx, host); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) exporter(ctx context.Context, f exporter.Factory) error {
	cfg := f.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(written).Unmarshal(cfg); err != nil {
		return err
	}
	set := exportertest.NewNopSettings(f.Type())
	traces, err := f.CreateTraces(ctx, set, cfg)
	if err != nil {
		return err
	}
	logs, err := f.CreateLogs(ctx, set, cfg)
	if err != nil {
		return err
	}
	metrics, err := f.CreateMetrics(ctx, set, cfg)
	if err != nil {
		return err
	}
	w.head = sink{traces, logs, metrics}
	w.nodes = append(w.nodes, metrics, logs, traces)
	return nil
}

// processor puts one in front of what there is. One that knows only metrics lets the others by.
func (w *World) processor(ctx context.Context, f processor.Factory, config map[string]any) error {
	cfg := f.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(config).Unmarshal(cfg); err != nil {
		return err
	}
	set := processortest.NewNopSettings(f.Type())
	metrics, err := f.CreateMetrics(ctx, set, cfg, w.head.metrics)
	if err != nil {
		return err
	}
	w.nodes = append(w.nodes, metrics)
	w.head.metrics = metrics
	if f.Type() == seasonalityprocessor.NewFactory().Type() {
		return nil
	}
	logs, err := f.CreateLogs(ctx, set, cfg, w.head.logs)
	if err != nil {
		return err
	}
	traces, err := f.CreateTraces(ctx, set, cfg, w.head.traces)
	if err != nil {
		return err
	}
	w.nodes = append(w.nodes, logs, traces)
	w.head.logs, w.head.traces = logs, traces
	return nil
}

// host has the history under its default name.
type host struct {
	component.Host
	extensions map[component.ID]component.Component
}

func (h *host) GetExtensions() map[component.ID]component.Component { return h.extensions }

// simulate lets a stretch of traffic pass.
func (w *World) simulate(ctx context.Context, seed uint64, s Stretch) error {
	g, err := simulate.New(simulate.Config{Seed: seed, Start: s.Start, Duration: s.Length, Users: s.Users, Scenarios: s.Scenario})
	if err != nil {
		return err
	}
	for {
		b, ok := g.Next()
		if !ok {
			w.Planted, w.Toll = append(w.Planted, g.Planted()...), g.Toll()
			return nil
		}
		w.images.stamp(&b)
		w.pages.measure(&b)
		w.Truth.see(&b)
		if err := w.consume(ctx, &b); err != nil {
			return err
		}
	}
}

func (w *World) consume(ctx context.Context, b *simulate.Batch) error {
	if len(b.Points) > 0 {
		if err := w.head.metrics.ConsumeMetrics(ctx, encode.Metrics(b.Points)); err != nil {
			return err
		}
	}
	if len(b.Logs) > 0 {
		if err := w.head.logs.ConsumeLogs(ctx, encode.Logs(b.Logs)); err != nil {
			return err
		}
	}
	if len(b.Spans) > 0 {
		return w.head.traces.ConsumeTraces(ctx, encode.Traces(b.Spans))
	}
	return nil
}
