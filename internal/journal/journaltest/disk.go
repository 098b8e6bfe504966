// Package journaltest has a storage extension in memory that can be full, and whose content at any moment can be taken as
// what a killed collector leaves.
package journaltest

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

var (
	// ErrFull is what a full disk answers to everything.
	ErrFull = errors.New("no space left on device")
	// ErrBusy is what a disk that has a client answers to the next: like file_storage it serves one at a time.
	ErrBusy = errors.New("the disk is in use by another client")
)

// DiskID is the ID under which Host has its extension.
var DiskID = component.MustNewID("disk")

// Disk is safe for concurrent use.
type Disk struct {
	component.StartFunc
	component.ShutdownFunc

	mu     sync.Mutex
	values map[string][]byte
	full   bool
	open   int
}

var (
	_ storage.Extension = (*Disk)(nil)
	_ storage.Client    = (*Disk)(nil)
)

// NewDisk returns an empty disk.
func NewDisk() *Disk { return &Disk{values: map[string][]byte{}} }

// After is the disk as a kill at this moment leaves it.
func (d *Disk) After() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &Disk{values: maps.Clone(d.values)}
}

// SetFull makes the disk full, or no longer.
func (d *Disk) SetFull(full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.full = full
}

// Keys are the keys that hold a value, in order.
func (d *Disk) Keys() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Sorted(maps.Keys(d.values))
}

// Change replaces the value of a key by what f makes of a copy of it, as a fault of the disk would.
func (d *Disk) Change(key string, f func([]byte) []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.values[key] = f(bytes.Clone(d.values[key]))
}

// Open is how many clients are open.
func (d *Disk) Open() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.open
}

// GetClient returns the disk itself: it belongs to one component.
func (d *Disk) GetClient(context.Context, component.Kind, component.ID, string) (storage.Client, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open > 0 {
		return nil, ErrBusy
	}
	d.open++
	return d, nil
}

// Close ends the use by one client.
func (d *Disk) Close(context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open--
	return nil
}

// Get returns the value of a key, nil if it has none.
func (d *Disk) Get(ctx context.Context, key string) ([]byte, error) {
	op := storage.GetOperation(key)
	err := d.Batch(ctx, op)
	return op.Value, err
}

// Set sets the value of a key.
func (d *Disk) Set(ctx context.Context, key string, value []byte) error {
	return d.Batch(ctx, storage.SetOperation(key, value))
}

// Delete removes a key.
func (d *Disk) Delete(ctx context.Context, key string) error {
	return d.Batch(ctx, storage.DeleteOperation(key))
}

// Batch does all of the operations or none.
func (d *Disk) Batch(_ context.Context, ops ...*storage.Operation) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full {
		return ErrFull
	}
	for _, op := range ops {
		switch op.Type {
		case storage.Set:
			d.values[op.Key] = bytes.Clone(op.Value)
		case storage.Delete:
			delete(d.values, op.Key)
		case storage.Get:
			op.Value = bytes.Clone(d.values[op.Key])
		}
	}
	return nil
}

// Host has one extension.
type Host struct{ Extension component.Component }

// GetExtensions returns the extension under DiskID.
func (h Host) GetExtensions() map[component.ID]component.Component {
	return map[component.ID]component.Component{DiskID: h.Extension}
}
