//go:build linux

package concurrencyprocessor

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/journal/journaltest"
	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/counter"
)

// BenchmarkSnapshot rewrites the journal of a thousand keys whose windows are too large to be exact. What counts is for
// how much processor time the lock was held at most.
func BenchmarkSnapshot(b *testing.B) {
	const keys, people, ticks = 1000, 20_000, 20
	n, _, _ := startCoreOn(b, storedConfig(), journaltest.Host{Extension: journaltest.NewDisk()})
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

	r := &c.rewriting
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var longest time.Duration
	for b.Loop() {
		r.mu.Lock()
		for !r.running || len(r.left) > 0 {
			began := threadTime(b)
			ready, err := c.storeSlice(r)
			longest = max(longest, threadTime(b)-began)
			require.NoError(b, err)
			require.True(b, ready)
			require.NoError(b, c.journal.Sync(b.Context()))
		}
		r.mu.Unlock()
		require.NoError(b, c.snapshot(b.Context())) // drops what was before
	}
	b.ReportMetric(float64(longest.Microseconds())/1000, "ms-held-at-most")
	b.ReportMetric(float64(c.journal.Bytes())/1e6, "journal-MB")
}
