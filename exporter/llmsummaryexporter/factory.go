package llmsummaryexporter

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/braidotel/braid/exporter/llmsummaryexporter/internal/metadata"
	"github.com/braidotel/braid/internal/sharedcore"
)

// NewFactory returns the factory of the LLM summary exporter.
func NewFactory() exporter.Factory {
	f := &factory{}
	return exporter.NewFactory(metadata.Type, createDefaultConfig,
		exporter.WithLogs(f.createLogs, metadata.LogsStability), exporter.WithMetrics(f.createMetrics, metadata.MetricsStability))
}

// factory holds the summarizer that the pipelines of one component ID share: metrics give reports their figures, events
// what happened.
type factory struct {
	cores sharedcore.Map[*summarizer]
}

func (f *factory) acquire(set exporter.Settings, cfg component.Config) (*sharedcore.Handle[*summarizer], error) {
	return f.cores.Acquire(cfg, func() (*summarizer, error) { return newSummarizer(set, cfg.(*Config)) })
}

func (f *factory) createLogs(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Logs, error) {
	handle, err := f.acquire(set, cfg)
	if err != nil {
		return nil, err
	}
	c := cfg.(*Config)
	logs, err := exporterhelper.NewLogs(ctx, set, cfg, handle.Core.push,
		exporterhelper.WithTimeout(c.Timeout), exporterhelper.WithRetry(c.Retry), exporterhelper.WithQueue(c.Queue),
		exporterhelper.WithStart(handle.Start), exporterhelper.WithShutdown(handle.Shutdown),
		exporterhelper.WithCapabilities(consumer.Capabilities{MutatesData: false}))
	if err != nil {
		return nil, err
	}
	return sifting{logs}, nil
}

// createMetrics makes the node that takes figures. It takes them at once, into memory: there is nothing to wait for, so it
// has no queue and tries nothing again.
func (f *factory) createMetrics(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Metrics, error) {
	handle, err := f.acquire(set, cfg)
	if err != nil {
		return nil, err
	}
	handle.Core.measured = true
	return exporterhelper.NewMetrics(ctx, set, cfg, handle.Core.measure,
		exporterhelper.WithStart(handle.Start), exporterhelper.WithShutdown(handle.Shutdown),
		exporterhelper.WithCapabilities(consumer.Capabilities{MutatesData: false}))
}
