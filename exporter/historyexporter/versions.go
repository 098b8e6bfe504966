package historyexporter

import (
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/braidotel/braid/exporter/historyexporter/internal/decode"
	"github.com/braidotel/braid/internal/history"
)

// maxVersions bounds what versions are remembered as written; a forgotten one is written again, which changes nothing.
const maxVersions = 4_096

// versions makes an event of the first sight of each service's version: a deployment. The store keeps the earliest time,
// so that several collectors and restarts agree.
type versions struct {
	mu      sync.Mutex
	written map[version]time.Time
	pending map[version]time.Time
}

type version struct {
	tenant                        history.Tenant
	service, environment, version string
}

func newVersions() *versions {
	return &versions{written: map[version]time.Time{}, pending: map[version]time.Time{}}
}

// see adds an event if a resource shows a version that was not written before, or earlier than it was.
func (v *versions) see(b *history.Batch, resource pcommon.Resource, at time.Time) {
	attrs := resource.Attributes()
	name := decode.Text(attrs, "service.version")
	if name == "" || at.Unix() <= 0 {
		return
	}
	key := version{decode.Tenant(attrs), decode.Text(attrs, "service.name"), decode.Text(attrs, "deployment.environment.name", "deployment.environment"), name}
	v.mu.Lock()
	defer v.mu.Unlock()
	if seen, ok := v.written[key]; ok && !at.Before(seen) {
		return
	}
	if seen, ok := v.pending[key]; ok && !at.Before(seen) {
		at = seen
	}
	v.pending[key] = at
	attributes := map[string]any{"service.version": name}
	if key.environment != "" {
		attributes["deployment.environment.name"] = key.environment
	}
	b.Events = append(b.Events, history.Event{
		Tenant: key.tenant, Kind: history.KindDeployment, ID: decode.Digest("version", key.service, key.environment, name),
		At: at, Revised: at, Severity: 9, Title: key.service + " " + name, Service: key.service, Attributes: attributes,
	})
}

// settle notes that what was seen is written, unless that failed.
func (v *versions) settle(err error) error {
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for key, at := range v.pending {
		if len(v.written) >= maxVersions {
			clear(v.written)
		}
		v.written[key] = at
	}
	clear(v.pending)
	return nil
}
