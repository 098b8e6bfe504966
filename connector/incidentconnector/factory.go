package incidentconnector

import (
	"context"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/consumer"

	"github.com/braidotel/braid/connector/incidentconnector/internal/metadata"
	"github.com/braidotel/braid/internal/sharedcore"
)

// Option changes what the connectors of a factory do, for those who measure them.
type Option func(*factory)

// WithLateOnset takes the onset of every disturbance for so much later than it was found: what it costs to see trouble late.
func WithLateOnset(late time.Duration) Option { return func(f *factory) { f.late = late } }

// NewFactory returns the factory of the incident connector.
func NewFactory(options ...Option) connector.Factory {
	f := &factory{}
	for _, o := range options {
		o(f)
	}
	return connector.NewFactory(metadata.Type, createDefaultConfig,
		connector.WithTracesToLogs(f.createTraces, metadata.TracesToLogsStability),
		connector.WithMetricsToLogs(f.createMetrics, metadata.MetricsToLogsStability),
		connector.WithLogsToLogs(f.createLogs, metadata.LogsToLogsStability))
}

// factory holds the core that the pipelines of one component ID share.
type factory struct {
	cores sharedcore.Map[*core]
	late  time.Duration
}

func (f *factory) acquire(set connector.Settings, cfg component.Config, next consumer.Logs) (*node, error) {
	handle, err := f.cores.Acquire(cfg, func() (*core, error) { return newCore(set, cfg.(*Config), f.late) })
	if err != nil {
		return nil, err
	}
	return newNode(handle, next), nil
}

func (f *factory) createTraces(_ context.Context, set connector.Settings, cfg component.Config, next consumer.Logs) (connector.Traces, error) {
	n, err := f.acquire(set, cfg, next)
	return traces{n}, err
}

func (f *factory) createMetrics(_ context.Context, set connector.Settings, cfg component.Config, next consumer.Logs) (connector.Metrics, error) {
	n, err := f.acquire(set, cfg, next)
	return metrics{n}, err
}

func (f *factory) createLogs(_ context.Context, set connector.Settings, cfg component.Config, next consumer.Logs) (connector.Logs, error) {
	n, err := f.acquire(set, cfg, next)
	return logs{n}, err
}
