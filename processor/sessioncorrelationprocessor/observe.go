package sessioncorrelationprocessor

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/braidotel/braid/internal/session"
)

// observe registers the gauges.
func (c *core) observe() error {
	gauge := func(read func(*session.Table) int) func(context.Context, metric.Int64Observer) error {
		return func(_ context.Context, o metric.Int64Observer) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			n := 0
			for _, t := range c.tenants {
				n += read(t.table)
			}
			o.Observe(int64(n))
			return nil
		}
	}
	if err := c.telemetry.RegisterProcessorSessionCorrelationHeldCallback(gauge((*session.Table).Held)); err != nil {
		return err
	}
	if err := c.telemetry.RegisterProcessorSessionCorrelationSessionsCallback(gauge((*session.Table).Open)); err != nil {
		return err
	}
	return c.telemetry.RegisterProcessorSessionCorrelationHeldLimitCallback(
		func(_ context.Context, o metric.Int64Observer) error {
			o.Observe(int64(c.cfg.Limits.Held))
			return nil
		})
}

// tell adds what a table has counted since the last call to the component's own telemetry.
func (c *core) tell(t *tenant) {
	now, told := t.table.Stats(), &t.told
	for _, change := range []struct {
		name       string
		now, since uint64
	}{
		{"sessions", now.EvictedSessions, told.EvictedSessions},
		{"traces", now.EvictedTraces, told.EvictedTraces},
		{"holds", now.EvictedHolds, told.EvictedHolds},
		{"tokens", now.EvictedTokens, told.EvictedTokens},
		{"clients", now.EvictedClients, told.EvictedClients},
		{"stored", now.EvictedStored, told.EvictedStored},
		{"places", now.Unplaced, told.Unplaced},
		{"pages", now.Unpaged, told.Unpaged},
	} {
		c.countEvicted(change.name, change.now-change.since)
	}
	for _, change := range []struct {
		name       string
		now, since uint64
	}{
		{"late", now.Late, told.Late}, {"clamped", now.Clamped, told.Clamped}, {"untimed", now.Untimed, told.Untimed},
	} {
		if n := change.now - change.since; n > 0 {
			c.telemetry.ProcessorSessionCorrelationTimeCorrected.Add(context.Background(), int64(n),
				metric.WithAttributes(attribute.String("reason", change.name)))
		}
	}
	*told = *now
}

func (c *core) countEvicted(table string, n uint64) {
	if n > 0 {
		c.telemetry.ProcessorSessionCorrelationEvicted.Add(context.Background(), int64(n),
			metric.WithAttributes(attribute.String("table", table)))
	}
}

// reportDerived counts what became of something the core sent by itself.
func (c *core) reportDerived(n int, result string) {
	c.telemetry.ProcessorSessionCorrelationDerived.Add(context.Background(), int64(n),
		metric.WithAttributes(attribute.String("result", result)))
}
