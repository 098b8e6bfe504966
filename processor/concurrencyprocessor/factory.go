package concurrencyprocessor

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/processor"

	"github.com/braidotel/braid/internal/sharedcore"
	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/metadata"
)

// NewFactory returns the factory of the concurrency processor.
func NewFactory() processor.Factory {
	f := &factory{}
	return processor.NewFactory(metadata.Type, createDefaultConfig,
		processor.WithTraces(f.createTraces, metadata.TracesStability),
		processor.WithLogs(f.createLogs, metadata.LogsStability),
		processor.WithMetrics(f.createMetrics, metadata.MetricsStability))
}

// factory holds the core that the pipelines of one component ID share.
type factory struct {
	cores sharedcore.Map[*core]
}

func (f *factory) acquire(set processor.Settings, cfg component.Config) (*sharedcore.Handle[*core], error) {
	return f.cores.Acquire(cfg, func() (*core, error) { return newCore(set, cfg.(*Config)) })
}

func (f *factory) createTraces(
	_ context.Context, set processor.Settings, cfg component.Config, next consumer.Traces,
) (processor.Traces, error) {
	handle, err := f.acquire(set, cfg)
	if err != nil {
		return nil, err
	}
	return newTraces(handle, next), nil
}

func (f *factory) createLogs(
	_ context.Context, set processor.Settings, cfg component.Config, next consumer.Logs,
) (processor.Logs, error) {
	handle, err := f.acquire(set, cfg)
	if err != nil {
		return nil, err
	}
	return newLogs(handle, next), nil
}

func (f *factory) createMetrics(
	_ context.Context, set processor.Settings, cfg component.Config, next consumer.Metrics,
) (processor.Metrics, error) {
	handle, err := f.acquire(set, cfg)
	if err != nil {
		return nil, err
	}
	return newMetrics(handle, next), nil
}
