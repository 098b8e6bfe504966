package concurrencyprocessor

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/counter"
)

// BenchmarkSnapshot rewrites the journal of a thousand keys whose windows are too large to be exact. What counts is how
// long others had to wait for the lock at most.
func BenchmarkSnapshot(b *testing.B) {
	const keys, people, ticks = 1000, 20_000, 20
	n, _, _ := startCoreOn(b, storedConfig(), host{newDisk()})
	c := n.Core
	first := base.UnixNano() / int64(c.cfg.Tick)
	c.mu.Lock()
	t := c.tenant("")
	for k := range keys {
		g := t.counter.Add(counter.Key{Names: []string{"service.name"}, Values: []string{fmt.Sprint(k)}}, true)
		rng := rand.New(rand.NewPCG(uint64(k), 0))
		for i := range people {
			g.Observe(0, first+int64(i*ticks/people), rng.Uint64())
		}
	}
	require.NoError(b, t.counter.Close(first+ticks-2, counter.Discard{}))
	c.mu.Unlock()

	var longest time.Duration
	for b.Loop() {
		done := make(chan struct{})
		go func() {
			defer close(done)
			require.NoError(b, c.snapshot(b.Context()))
		}()
		for waiting := true; waiting; {
			began := time.Now()
			c.mu.Lock()
			waited := time.Since(began)
			c.mu.Unlock()
			longest = max(longest, waited)
			select {
			case <-done:
				waiting = false
			case <-time.After(100 * time.Microsecond):
			}
		}
	}
	b.ReportMetric(float64(longest.Microseconds())/1000, "ms-waited-at-most")
	b.ReportMetric(float64(c.journal.Bytes())/1e6, "journal-MB")
}
