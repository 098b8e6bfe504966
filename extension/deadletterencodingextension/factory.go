package deadletterencodingextension

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension"

	"github.com/braidotel/braid/extension/deadletterencodingextension/internal/metadata"
)

// NewFactory returns the factory of the dead letter encoding extension.
func NewFactory() extension.Factory {
	return extension.NewFactory(metadata.Type, createDefaultConfig, create, metadata.ExtensionStability)
}

func createDefaultConfig() component.Config {
	return &Config{Encoding: encodingProto, MaxBytes: 64 << 20}
}

func create(_ context.Context, set extension.Settings, cfg component.Config) (extension.Extension, error) {
	return newEncoding(set, cfg.(*Config))
}
