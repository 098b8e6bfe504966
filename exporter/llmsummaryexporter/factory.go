package llmsummaryexporter

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/braidotel/braid/exporter/llmsummaryexporter/internal/metadata"
)

// NewFactory returns the factory of the LLM summary exporter.
func NewFactory() exporter.Factory {
	return exporter.NewFactory(metadata.Type, createDefaultConfig, exporter.WithLogs(createLogs, metadata.LogsStability))
}

func createLogs(ctx context.Context, set exporter.Settings, cfg component.Config) (exporter.Logs, error) {
	c := cfg.(*Config)
	s, err := newSummarizer(set, c)
	if err != nil {
		return nil, err
	}
	logs, err := exporterhelper.NewLogs(ctx, set, cfg, s.push,
		exporterhelper.WithTimeout(c.Timeout), exporterhelper.WithRetry(c.Retry), exporterhelper.WithQueue(c.Queue),
		exporterhelper.WithStart(s.start), exporterhelper.WithShutdown(s.shutdown),
		exporterhelper.WithCapabilities(consumer.Capabilities{MutatesData: false}))
	if err != nil {
		return nil, err
	}
	return sifting{logs}, nil
}
