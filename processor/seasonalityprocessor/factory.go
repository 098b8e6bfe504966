package seasonalityprocessor

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/processor"

	"github.com/braidotel/braid/internal/sharedcore"
	"github.com/braidotel/braid/processor/seasonalityprocessor/internal/metadata"
)

// NewFactory returns the factory of the seasonality processor.
func NewFactory() processor.Factory {
	f := &factory{models: seasonalModels}
	return processor.NewFactory(metadata.Type, createDefaultConfig,
		processor.WithMetrics(f.createMetrics, metadata.MetricsStability))
}

// factory holds the core that the pipelines of one component ID share.
type factory struct {
	cores  sharedcore.Map[*core]
	models models
}

func (f *factory) createMetrics(
	_ context.Context, set processor.Settings, cfg component.Config, next consumer.Metrics,
) (processor.Metrics, error) {
	handle, err := f.cores.Acquire(cfg, func() (*core, error) { return newCore(set, cfg.(*Config), f.models) })
	if err != nil {
		return nil, err
	}
	return newNode(handle, next), nil
}
