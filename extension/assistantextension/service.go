package assistantextension

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/component"

	"github.com/braidotel/braid/internal/query"
)

// connector finds what answers. It is called once, in Start; the service lives until the context ends, which is in
// Shutdown.
type connector func(ctx context.Context, cfg *Config, host component.Host) (query.Service, error)

var errNotConnected = errors.New("the query service is not yet connected to it")

// newService finds the history extension by its configured ID and puts the query service over what it offers.
func newService(_ context.Context, cfg *Config, host component.Host) (query.Service, error) {
	if _, ok := host.GetExtensions()[cfg.History]; !ok {
		return nil, fmt.Errorf("history: there is no extension %q; add it to service::extensions, or name another one here", cfg.History)
	}
	return nil, fmt.Errorf("history: %q: %w", cfg.History, errNotConnected)
}
