package nestinglimiterextension

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"

	"github.com/braidotel/braid/extension/nestinglimiterextension/internal/metadata"
)

// NewFactory returns the factory of the nesting limiter extension.
func NewFactory() extension.Factory {
	return extension.NewFactory(metadata.Type, createDefaultConfig, create, metadata.ExtensionStability)
}

func createDefaultConfig() component.Config { return &Config{MaxDepth: defaultMaxDepth} }

func create(_ context.Context, set extension.Settings, cfg component.Config) (extension.Extension, error) {
	return newLimiter(set, cfg.(*Config))
}
