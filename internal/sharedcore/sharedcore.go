// Package sharedcore lets the nodes of one component, one per pipeline that names it, share one core.
//
// The collector creates a node per pipeline and signal but hands all nodes of one component ID the same configuration
// pointer; that pointer is the key. The core starts with the first node that starts and shuts down with the last node
// that does, unlike a component shared by its first Shutdown: the collector stops the traces branch of its graph
// entirely before the logs branch, and what the traces taught still has to leave through the logs.
package sharedcore

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/collector/component"
)

// Map holds the live cores of one factory. The zero value is ready to use.
type Map[C component.Component] struct {
	mu      sync.Mutex
	entries map[component.Config]*entry[C]
}

type entry[C component.Component] struct {
	core     C
	nodes    int
	startErr error
	started  bool
}

// Handle is one node's share in a core.
type Handle[C component.Component] struct {
	// Core is what the nodes share.
	Core C

	owner    *Map[C]
	cfg      component.Config
	entry    *entry[C]
	started  atomic.Bool
	released bool
}

var errNotStarted = errors.New("not started yet")

// Acquire returns a share in the core of cfg, creating it for the first node. Every acquired handle must be shut down.
func (m *Map[C]) Acquire(cfg component.Config, create func() (C, error)) (*Handle[C], error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.entries[cfg]
	if !ok {
		core, err := create()
		if err != nil {
			return nil, err
		}
		e = &entry[C]{core: core}
		if m.entries == nil {
			m.entries = make(map[component.Config]*entry[C])
		}
		m.entries[cfg] = e
	}
	e.nodes++
	return &Handle[C]{Core: e.core, owner: m, cfg: cfg, entry: e}, nil
}

// Start starts the core if no node has yet; every node gets the first start's error.
func (h *Handle[C]) Start(ctx context.Context, host component.Host) error {
	h.owner.mu.Lock()
	defer h.owner.mu.Unlock()
	if !h.entry.started {
		h.entry.started = true
		h.entry.startErr = h.Core.Start(ctx, host)
	}
	h.started.Store(h.entry.startErr == nil)
	return h.entry.startErr
}

// Ready returns an error, one that senders may answer with a retry, until the node has been started. Data can come
// earlier: a receiver of several signals opens its port with the first of them, while neither the other nodes nor the
// exporters behind them run. Taken then, it would miss what the core recovers and be lost or worse further on.
func (h *Handle[C]) Ready() error {
	if h.started.Load() {
		return nil
	}
	return errNotStarted
}

// Shutdown gives the share back. The last one shuts the core down, if it ever started. A second call does nothing.
func (h *Handle[C]) Shutdown(ctx context.Context) error {
	h.owner.mu.Lock()
	defer h.owner.mu.Unlock()
	if h.released {
		return nil
	}
	h.released = true
	h.entry.nodes--
	if h.entry.nodes > 0 {
		return nil
	}
	delete(h.owner.entries, h.cfg)
	if !h.entry.started {
		return nil
	}
	return h.Core.Shutdown(ctx)
}
