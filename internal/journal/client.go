package journal

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

// OpenClient opens the processor's own part of the storage extension that its configuration names. Errors name the field
// and what to add. The client has to be closed, and there must be only one of each processor: two wait for each other.
//
// Format numbers, from 1, what the processor stores: state of a later format is refused and left as it is.
func OpenClient(ctx context.Context, host component.Host, extension, processor component.ID, format byte) (storage.Client, error) {
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
	if err := checkFormat(ctx, client, format); err != nil {
		return nil, errors.Join(fmt.Errorf("storage: the state of %s in %s: %w", processor, extension, err), client.Close(ctx))
	}
	return client, nil
}

// formatKey holds the format and its complement. Format 1 is that of state without it.
const formatKey = "format"

func checkFormat(ctx context.Context, client storage.Client, known byte) error {
	stored, err := client.Get(ctx, formatKey)
	if err != nil {
		return err
	}
	found := byte(1)
	if len(stored) == 2 && stored[0] == ^stored[1] {
		found = stored[0]
	}
	switch {
	case found > known:
		return fmt.Errorf("it has format %d, this build knows up to %d: "+
			"start with the newer build that wrote it, or name other storage", found, known)
	case found < known:
		return client.Set(ctx, formatKey, []byte{known, ^known})
	}
	return nil
}
