package concurrencyprocessor

import "slices"

func (c *core) attachLogs(o *outlet[[]sketchRecord]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.logs = append(c.logs, o)
}

func (c *core) attachMetrics(o *outlet[[]gaugePoint]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.metrics = append(c.metrics, o)
}

// detachLogs flushes into the outlet and takes it off the core; false if it was off already.
func (c *core) detachLogs(o *outlet[[]sketchRecord]) bool {
	c.flush(c.cfg.Sketches.Enabled)
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.logs)
	c.logs = slices.DeleteFunc(c.logs, func(have *outlet[[]sketchRecord]) bool { return have == o })
	return len(c.logs) < n
}

// detachMetrics flushes into the outlet and takes it off the core; false if it was off already.
func (c *core) detachMetrics(o *outlet[[]gaugePoint]) bool {
	c.flush(false)
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.metrics)
	c.metrics = slices.DeleteFunc(c.metrics, func(have *outlet[[]gaugePoint]) bool { return have == o })
	return len(c.metrics) < n
}
