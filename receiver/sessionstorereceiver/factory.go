package sessionstorereceiver

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/receiver"

	"github.com/braidotel/braid/internal/sharedcore"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/metadata"
)

// NewFactory returns the factory of the session_store receiver.
func NewFactory() receiver.Factory {
	f := &factory{}
	return receiver.NewFactory(metadata.Type, createDefaultConfig,
		receiver.WithLogs(f.createLogs, metadata.LogsStability),
		receiver.WithMetrics(f.createMetrics, metadata.MetricsStability))
}

// factory holds the core that the pipelines of one component ID share.
type factory struct {
	cores sharedcore.Map[*core]
}

func (f *factory) create(set receiver.Settings, cfg component.Config, attach func(*core) error) (*node, error) {
	handle, err := f.cores.Acquire(cfg, func() (*core, error) { return newCore(set, cfg.(*Config)) })
	if err != nil {
		return nil, err
	}
	if err := attach(handle.Core); err != nil {
		return nil, errors.Join(err, handle.Shutdown(context.Background()))
	}
	return &node{handle: handle}, nil
}

func (f *factory) createLogs(
	_ context.Context, set receiver.Settings, cfg component.Config, next consumer.Logs,
) (receiver.Logs, error) {
	return f.create(set, cfg, func(c *core) error { return c.attachLogs(set, next) })
}

func (f *factory) createMetrics(
	_ context.Context, set receiver.Settings, cfg component.Config, next consumer.Metrics,
) (receiver.Metrics, error) {
	return f.create(set, cfg, func(c *core) error { return c.attachMetrics(set, next) })
}
