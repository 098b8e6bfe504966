package history

import (
	"sync"
	"time"
)

// Arrivals counts what has reached the history since it was opened.
type Arrivals struct {
	Spans   int64 `json:"spans"`
	Logs    int64 `json:"logs"`
	Points  int64 `json:"points"`
	Records int64 `json:"records"`
	// Newest is the latest event time seen; zero without any.
	Newest time.Time `json:"newest,omitzero"`
}

// maxCounted bounds the tenants that arrivals are counted of; those of further ones are not.
const maxCounted = 1_000

// Intake counts arrivals by tenant. Its zero value is ready. It is safe for concurrent use.
type Intake struct {
	mu      sync.Mutex
	tenants map[Tenant]*Arrivals
}

// Add counts what has arrived of a tenant.
func (i *Intake) Add(t Tenant, a Arrivals) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.tenants == nil {
		i.tenants = map[Tenant]*Arrivals{}
	}
	sum := i.tenants[t]
	if sum == nil {
		if len(i.tenants) >= maxCounted {
			return
		}
		sum = &Arrivals{}
		i.tenants[t] = sum
	}
	sum.Spans += a.Spans
	sum.Logs += a.Logs
	sum.Points += a.Points
	sum.Records += a.Records
	if a.Newest.After(sum.Newest) {
		sum.Newest = a.Newest
	}
}

// Of returns what has arrived of a tenant.
func (i *Intake) Of(t Tenant) Arrivals {
	i.mu.Lock()
	defer i.mu.Unlock()
	if a := i.tenants[t]; a != nil {
		return *a
	}
	return Arrivals{}
}
