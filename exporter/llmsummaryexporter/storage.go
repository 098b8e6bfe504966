package llmsummaryexporter

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/braidotel/braid/internal/pager"
)

// openStorage opens what outlives a restart; nil where no storage is configured.
func openStorage(ctx context.Context, cfg *Config, id component.ID, host component.Host) (storage.Client, error) {
	if cfg.Storage == nil {
		return nil, nil
	}
	ext, ok := host.GetExtensions()[*cfg.Storage]
	if !ok {
		return nil, fmt.Errorf("storage: there is no extension %q: configure it under extensions and add it to service::extensions", *cfg.Storage)
	}
	provider, ok := ext.(storage.Extension)
	if !ok {
		return nil, fmt.Errorf("storage: the extension %q is no storage, as file_storage is", *cfg.Storage)
	}
	client, err := provider.GetClient(ctx, component.KindExporter, id, "state") // the queues have clients of their own
	if err != nil {
		return nil, fmt.Errorf("storage: %w", err)
	}
	return client, nil
}

// memory is the storage as notifications see it; nil without one.
func (s *summarizer) memory() pager.Store {
	if s.storage == nil {
		return nil
	}
	return s.storage
}
