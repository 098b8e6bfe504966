package assistantextension

import (
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/knowledge"
	"github.com/braidotel/braid/internal/query"
)

// connector finds what answers. It is called once, in Start.
type connector func(cfg *Config, host component.Host, library *knowledge.Library) (query.Service, error)

// newService puts the query service over the history extension, which it finds by its configured ID and asks for what it
// offers.
func newService(cfg *Config, host component.Host, library *knowledge.Library) (query.Service, error) {
	ext, ok := host.GetExtensions()[cfg.History]
	if !ok {
		return nil, fmt.Errorf("history: there is no extension %q; add it to service::extensions, or name another one here", cfg.History)
	}
	provider, ok := ext.(history.Provider)
	if !ok {
		return nil, fmt.Errorf("history: the extension %q keeps no history; name one of type history", cfg.History)
	}
	location, err := cfg.location()
	if err != nil {
		return nil, fmt.Errorf("time_zone: %w", err)
	}
	actions, err := cfg.Actions.desk()
	if err != nil {
		return nil, err
	}
	return query.New(query.Options{
		Provider: provider, Clock: time.Now, Location: location, Deadline: cfg.RequestTimeout, Knowledge: library, Actions: actions,
	})
}
