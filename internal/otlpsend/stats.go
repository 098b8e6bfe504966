package otlpsend

import (
	"fmt"
	"strings"
	"sync"
)

// Tally is what became of the items of one signal.
type Tally struct {
	// Accepted items were acknowledged.
	Accepted int64
	// Refused items were turned down for good: by partial success or by an error that forbids a retry.
	Refused int64
	// Failed items were given up: nobody answered in time, or sending was interrupted.
	Failed int64
}

// Stats is what a client has done so far.
type Stats struct {
	Tallies  [signals]Tally
	Requests int64
	Retries  int64
	Bytes    int64
	// Reason is the most recent reason for a refusal or failure.
	Reason string
}

// Total adds the signals up.
func (s *Stats) Total() (t Tally) {
	for _, x := range s.Tallies {
		t.Accepted += x.Accepted
		t.Refused += x.Refused
		t.Failed += x.Failed
	}
	return t
}

// String lists what was accepted by signal, and what was not, with the reason.
func (s *Stats) String() string {
	var parts []string
	for i, t := range s.Tallies {
		if t == (Tally{}) {
			continue
		}
		text := fmt.Sprintf("%d %s accepted", t.Accepted, Signal(i).Items())
		if t.Refused > 0 {
			text += fmt.Sprintf(" %d refused", t.Refused)
		}
		if t.Failed > 0 {
			text += fmt.Sprintf(" %d failed", t.Failed)
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		parts = append(parts, "nothing sent")
	}
	if s.Retries > 0 {
		parts = append(parts, fmt.Sprintf("%d retries", s.Retries))
	}
	if s.Reason != "" {
		parts = append(parts, "last reason: "+s.Reason)
	}
	return strings.Join(parts, ", ")
}

// counter guards Stats.
type counter struct {
	mu    sync.Mutex
	stats Stats
}

func (c *counter) snapshot() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}

func (c *counter) answered(r *Request, rejected int64, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	rejected = min(max(rejected, 0), int64(r.Items))
	t := &c.stats.Tallies[r.Signal]
	t.Accepted += int64(r.Items) - rejected
	t.Refused += rejected
	c.stats.Requests++
	c.stats.Bytes += int64(len(r.Payload))
	if reason != "" {
		c.stats.Reason = reason
	}
}

func (c *counter) refused(r *Request, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Tallies[r.Signal].Refused += int64(r.Items)
	c.stats.Reason = reason
}

func (c *counter) failed(r *Request, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Tallies[r.Signal].Failed += int64(r.Items)
	c.stats.Reason = reason
}

func (c *counter) retried(reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Retries++
	c.stats.Reason = reason
}
