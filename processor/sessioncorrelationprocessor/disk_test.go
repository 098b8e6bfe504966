package sessioncorrelationprocessor

import (
	"bytes"
	"context"
	"errors"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/extension/xextension/storage"
)

var (
	diskID      = component.MustNewID("disk")
	errDiskFull = errors.New("no space left on device")
	errDiskBusy = errors.New("the disk is in use by another client")
)

// disk is a storage extension in memory. Like file_storage it serves one client of a component at a time.
type disk struct {
	component.StartFunc
	component.ShutdownFunc

	mu     sync.Mutex
	values map[string][]byte
	full   bool
	open   bool
}

func newDisk() *disk { return &disk{values: map[string][]byte{}} }

// crash is what a process finds that starts after this one was killed: what is stored by now, and nobody using it.
func (d *disk) crash() *disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	copied := newDisk()
	for key, value := range d.values {
		copied.values[key] = bytes.Clone(value)
	}
	return copied
}

// fill makes the disk refuse writes, or take them again.
func (d *disk) fill(full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.full = full
}

func (d *disk) GetClient(context.Context, component.Kind, component.ID, string) (storage.Client, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open {
		return nil, errDiskBusy
	}
	d.open = true
	return diskClient{d}, nil
}

// diskClient writes to a disk.
type diskClient struct{ disk *disk }

func (c diskClient) Get(_ context.Context, key string) ([]byte, error) {
	c.disk.mu.Lock()
	defer c.disk.mu.Unlock()
	return bytes.Clone(c.disk.values[key]), nil
}

func (c diskClient) Set(ctx context.Context, key string, value []byte) error {
	return c.Batch(ctx, storage.SetOperation(key, value))
}

func (c diskClient) Delete(ctx context.Context, key string) error {
	return c.Batch(ctx, storage.DeleteOperation(key))
}

func (c diskClient) Batch(_ context.Context, ops ...*storage.Operation) error {
	c.disk.mu.Lock()
	defer c.disk.mu.Unlock()
	if c.disk.full {
		return errDiskFull
	}
	for _, op := range ops {
		switch op.Type {
		case storage.Set:
			c.disk.values[op.Key] = bytes.Clone(op.Value)
		case storage.Delete:
			delete(c.disk.values, op.Key)
		case storage.Get:
			op.Value = bytes.Clone(c.disk.values[op.Key])
		}
	}
	return nil
}

func (c diskClient) Close(context.Context) error {
	c.disk.mu.Lock()
	defer c.disk.mu.Unlock()
	c.disk.open = false
	return nil
}

// diskHost is a host whose only extension is a disk. It notes what the component reports of its health.
type diskHost struct {
	disk     *disk
	statuses chan componentstatus.Status
}

func (h diskHost) Report(event *componentstatus.Event) { h.statuses <- event.Status() }

func (h diskHost) GetExtensions() map[component.ID]component.Component {
	return map[component.ID]component.Component{diskID: h.disk}
}

// withStorage makes a configuration use the disk.
func withStorage(cfg *Config) { cfg.Storage = &diskID }
