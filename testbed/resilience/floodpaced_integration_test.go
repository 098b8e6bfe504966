//go:build integration

package resilience

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/otlpsend"
)

var (
	floodRate = flag.Int("flood-rate", 1000, "spans a second of the tenant beside the quiet one")
	windows   = flag.Int("windows", 3, "how often the quiet tenant is watched beside each kind of neighbour")
	window    = flag.Duration("window", 1500*time.Millisecond, "for how long each time")
)

// pacedBatch is how many spans a neighbour's request has, regulars how many visitors an ordinary neighbour has: fewer than
// there is room for.
const (
	pacedBatch = 200
	regulars   = 2000
	// quietEvery is how often the quiet tenant sends.
	quietEvery = 5 * time.Millisecond
)

// neighbour is who sends beside the quiet tenant.
type neighbour struct {
	name string                // also of the tenant
	id   func(span int) string // nil: nobody
}

// beside is what was seen beside a neighbour: a figure for each window.
type beside struct {
	middle, high []time.Duration // of the quiet tenant's requests, median and 99th percentile
	sent         int             // the neighbour's spans
	cpu          []float64       // of the collector, seconds
}

// TestFlood_PacedUniqueIDs_BesideOrdinaryTraffic (S3) compares how long a tenant's requests take beside a neighbour whose every
// span has a made-up session, user, address and path with how long they take beside one that sends as much for visitors who
// stay: what is left is the price of uniqueness, not of load. The windows take turns, since the machine has other work.
func TestFlood_PacedUniqueIDs_BesideOrdinaryTraffic(t *testing.T) {
	b := alone(t, nil, floodOverlay)
	quiet := &crowded{t: t, client: dialed(t, b)}
	next := dialed(t, b)
	neighbours := []neighbour{
		{name: "nobody"},
		{name: "regulars", id: func(n int) string { return fmt.Sprintf("regular-%d", n%regulars) }},
		{name: "made-up ids", id: func(n int) string { return fmt.Sprintf("made-up-%d", n) }},
	}
	seen := make([]beside, len(neighbours))
	spans := 0
	for range *windows {
		for i, n := range neighbours {
			spans += seen[i].watch(t, b, quiet, next, n, spans)
		}
	}
	b.assertLives()
	for _, client := range []*otlpsend.Client{quiet.client, next} {
		stats := client.Stats()
		require.Zero(t, stats.Total().Refused+stats.Total().Failed, "%v", &stats)
	}
	assert.Zero(t, b.told("session.end"), "sessions of the quiet tenant that ended")
	for i, n := range neighbours {
		s := &seen[i]
		t.Logf("beside %s, %d spans: median %v, 99 of 100 within %v; %.2f s of a processor in a window", n.name, s.sent,
			middle(s.middle), middle(s.high), middle(s.cpu))
	}
	t.Logf("made-up ids beside regulars: %+.0f %% of the median, %+.0f %% of the 99th percentile, medians of %d windows",
		more(seen[2].middle, seen[1].middle), more(seen[2].high, seen[1].high), *windows)
}

// more is by how many percent the median of some is above that of others.
func more(some, others []time.Duration) float64 {
	return 100 * (middle(some).Seconds()/middle(others).Seconds() - 1)
}

func dialed(t *testing.T, b *braid) *otlpsend.Client {
	t.Helper()
	client, err := otlpsend.Dial(b.at.OTLPGRPC, otlpsend.Options{Patience: patience})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}

// watch lets the neighbour send for a window while the quiet tenant does, and returns how many spans the neighbour sent.
func (s *beside) watch(t *testing.T, b *braid, quiet *crowded, client *otlpsend.Client, n neighbour, from int) (sent int) {
	t.Helper()
	before, err := b.process.Usage()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), *window)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Second * pacedBatch / time.Duration(*floodRate))
		defer tick.Stop()
		for n.id != nil && ctx.Err() == nil {
			first := from + sent
			r, err := requestOf(n.name, first, pacedBatch, func(i int) string { return n.id(first + i) })
			if !assert.NoError(t, err) || !assert.NoError(t, client.Send(t.Context(), &r)) {
				return
			}
			sent += pacedBatch
			<-tick.C
		}
	}()
	quiet.took = nil
	for tick := time.NewTicker(quietEvery); ctx.Err() == nil; <-tick.C {
		quiet.send()
	}
	<-done
	after, err := b.process.Usage()
	require.NoError(t, err)
	slices.Sort(quiet.took)
	s.middle = append(s.middle, middle(quiet.took))
	s.high = append(s.high, quiet.took[len(quiet.took)*99/100])
	s.cpu = append(s.cpu, after.CPUSeconds-before.CPUSeconds)
	s.sent += sent
	return sent
}
