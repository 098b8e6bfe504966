package journal

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// OpenClient opens the processor's own part of the storage extension that its configuration names. Errors name the field
// and what to add. The client has to be closed, and there must be only one of each processor: two wait for each other.
func OpenClient(ctx context.Context, host component.Host, extension, processor component.ID) (storage.Client, error) {
	ext, ok := host.GetExtensions()[extension]
	if !ok {
		return nil, fmt.Errorf("storage: there is no extension %q: configure it under extensions and add it to service::extensions",
			extension)
	}
	provider, ok := ext.(storage.Extension)
	if !ok {
		return nil, fmt.Errorf("storage: the extension %q is no storage, such as file_storage", extension)
	}
	client, err := provider.GetClient(ctx, component.KindProcessor, processor, "")
	if err != nil {
		return nil, fmt.Errorf("storage: opening %s: %w", extension, err)
	}
	return client, nil
}
