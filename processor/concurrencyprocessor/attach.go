package concurrencyprocessor

import (
	"slices"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

func (c *core) attachLogs(o *outlet[plog.Logs]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.logs = append(c.logs, o)
}

func (c *core) attachMetrics(o *outlet[pmetric.Metrics]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.metrics = append(c.metrics, o)
}

// detachLogs flushes into the outlet and takes it off the core; false if it was off already.
func (c *core) detachLogs(o *outlet[plog.Logs]) bool {
	c.flush(c.cfg.Sketches.Enabled)
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.logs)
	c.logs = slices.DeleteFunc(c.logs, func(have *outlet[plog.Logs]) bool { return have == o })
	return len(c.logs) < n
}

// detachMetrics flushes into the outlet and takes it off the core; false if it was off already.
func (c *core) detachMetrics(o *outlet[pmetric.Metrics]) bool {
	c.flush(false)
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.metrics)
	c.metrics = slices.DeleteFunc(c.metrics, func(have *outlet[pmetric.Metrics]) bool { return have == o })
	return len(c.metrics) < n
}
