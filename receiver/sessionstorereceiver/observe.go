package sessionstorereceiver

import (
	"context"

	"go.opentelemetry.io/otel/metric"
)

// observe registers what is asked of the core when its own telemetry is read.
func (c *core) observe() error {
	each := func(read func(*watcher) int64) metric.Int64Callback {
		return func(_ context.Context, o metric.Int64Observer) error {
			for _, w := range c.watchers {
				o.Observe(read(w), w.set.(metric.ObserveOption))
			}
			return nil
		}
	}
	if err := c.telemetry.RegisterReceiverSessionStoreKeysCallback(each(func(w *watcher) int64 { return w.source.Read() })); err != nil {
		return err
	}
	if err := c.telemetry.RegisterReceiverSessionStoreNotifiedCallback(each(func(w *watcher) int64 {
		if w.source.Notified() {
			return 1
		}
		return 0
	})); err != nil {
		return err
	}
	if err := c.telemetry.RegisterReceiverSessionStoreRefusedCallback(each(func(w *watcher) int64 {
		refused, _ := w.source.Refused()
		c.mu.Lock()
		defer c.mu.Unlock()
		return refused + int64(c.view.Counts(w.number).Refused)
	})); err != nil {
		return err
	}
	if err := c.telemetry.RegisterReceiverSessionStoreSessionsCallback(func(_ context.Context, o metric.Int64Observer) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		o.Observe(int64(c.view.Len()))
		return nil
	}); err != nil {
		return err
	}
	return c.telemetry.RegisterReceiverSessionStoreSessionsLimitCallback(func(_ context.Context, o metric.Int64Observer) error {
		o.Observe(int64(c.cfg.Limits.Sessions))
		return nil
	})
}
