package historyexporter

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/braidotel/braid/exporter/historyexporter/internal/metadata"
)

// NewFactory returns the factory of the history exporter.
func NewFactory() exporter.Factory {
	return exporter.NewFactory(metadata.Type, createDefaultConfig,
		exporter.WithTraces(createTraces, metadata.TracesStability),
		exporter.WithLogs(createLogs, metadata.LogsStability),
		exporter.WithMetrics(createMetrics, metadata.MetricsStability))
}

func createTraces(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Traces, error) {
	s, err := newSink(set, cfg.(*Config))
	if err != nil {
		return nil, err
	}
	t := newTraces(s)
	return exporterhelper.NewTraces(ctx, set, cfg, t.push, s.options(t.start, t.shutdown)...)
}

func createLogs(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Logs, error) {
	s, err := newSink(set, cfg.(*Config))
	if err != nil {
		return nil, err
	}
	l := newLogs(s)
	return exporterhelper.NewLogs(ctx, set, cfg, l.push, s.options(s.start, s.shutdown)...)
}

func createMetrics(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Metrics, error) {
	s, err := newSink(set, cfg.(*Config))
	if err != nil {
		return nil, err
	}
	m := newMetrics(s)
	return exporterhelper.NewMetrics(ctx, set, cfg, m.push, s.options(m.start, s.shutdown)...)
}
