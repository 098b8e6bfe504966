//go:build integration

package resilience

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/braidotel/braid/internal/otlpsend"
)

// replayOverlay lets the data alone say what time it is. The lateness is what senders may be apart after an interruption.
const replayOverlay = `
processors:
  session_correlation:
    clock: replay
    wait: 30s
    lateness: 2m
    session: {idle: 3m}
  concurrency:
    clock: replay
    lateness: 2m
`

// crowdOverlay makes room for all who are there, those who have gone and their traces.
const crowdOverlay = `
processors::session_correlation::limits: {sessions: 400000, traces: 400000, counted: 400000}
processors::memory_limiter: {limit_mib: 2048, spike_limit_mib: 256}
`

// patience is how long a sender goes on trying.
const patience = 2 * time.Minute

// run sends the input through a collector that disturb, called beside, may treat as it likes until the last request is
// acknowledged, and returns what reached the sink in the end.
func run(t *testing.T, in *input, disturb func(*braid, *progress), overlays ...string) outcome {
	t.Helper()
	to := newSink(t)
	if *stayers > 0 {
		overlays = append(overlays, crowdOverlay)
	}
	b := newBraid(t, to, t.TempDir(), append([]string{replayOverlay}, overlays...)...)
	b.start()
	client, err := otlpsend.Dial(b.at.OTLPGRPC, otlpsend.Options{Patience: patience})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })

	sent := &progress{total: int64(senders * len(in.requests[0])), done: make(chan struct{})}
	var sending errgroup.Group
	sending.Go(func() error {
		defer close(sent.done)
		return in.send(t, client, sent)
	})
	disturb(b, sent)
	require.NoError(t, sending.Wait())

	if len(b.starts) > 1 {
		b.assertServed()
	}
	b.settle(client, to, in)
	stats := client.Stats()
	require.Zero(t, stats.Total().Refused+stats.Total().Failed, "every span is acknowledged in the end: %v", &stats)
	t.Logf("%d spans acknowledged in %d requests, %d retries", stats.Total().Accepted, stats.Requests, stats.Retries)
	return to.outcome()
}

// undisturbed sends the input through a collector that nothing happens to.
func undisturbed(t *testing.T, in *input) outcome {
	t.Helper()
	o := run(t, in, func(_ *braid, sent *progress) { <-sent.done })
	require.Zero(t, o.missing(in))
	require.Zero(t, o.restamps)
	require.Equal(t, in.visits, o.count("session.start")-closings, "sessions that began, besides those that close")
	require.Equal(t, in.visits, o.count("session.end")-closings+1, "sessions that ended")
	require.NotEmpty(t, o.sketches)
	return o
}

// progress counts what has been acknowledged.
type progress struct {
	acknowledged atomic.Int64
	total        int64
	done         chan struct{} // closed when nothing is left to send
}

// await waits until a fraction of all requests is acknowledged.
func (p *progress) await(t *testing.T, fraction float64) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for float64(p.acknowledged.Load()) < fraction*float64(p.total) {
		select {
		case <-ticker.C:
		case <-p.done:
			require.Failf(t, "nothing left to send", "before %.0f %% was acknowledged", 100*fraction)
		}
	}
}

// roundsTogether is how far one sender may be ahead of another: less than the lateness.
const roundsTogether = 8

// send sends every request until it is acknowledged, each sender its own in order.
func (in *input) send(t *testing.T, client *otlpsend.Client, sent *progress) error {
	offer := pace{began: time.Now(), rate: *rate}
	for from := 0; from < len(in.requests[0]); from += roundsTogether {
		var group errgroup.Group
		for _, requests := range in.requests {
			group.Go(func() error {
				for _, r := range requests[from:min(from+roundsTogether, len(requests))] {
					if r.Items > 0 {
						offer.await(r.Items)
						if err := client.Send(t.Context(), &r); err != nil {
							return err
						}
					}
					sent.acknowledged.Add(1)
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// pace offers so many spans a second, and what was held up as soon as it can.
type pace struct {
	began   time.Time
	rate    float64
	offered atomic.Int64
}

// await waits until it is time for some more spans.
func (p *pace) await(spans int) {
	before := p.offered.Add(int64(spans)) - int64(spans)
	if p.rate > 0 {
		time.Sleep(time.Until(p.began.Add(time.Duration(float64(before) / p.rate * float64(time.Second)))))
	}
}

// closings are the requests that let event time pass after the input.
const closings = 3

func closingSession(n int) string { return fmt.Sprintf("closing-%d", n+1) }

// settle lets event time pass until everything has ended, and waits until the sink has all of it.
func (b *braid) settle(client *otlpsend.Client, to *sink, in *input) {
	b.t.Helper()
	end := epoch.Add(time.Duration(in.rounds) * step)
	for n := range closings {
		r := closing(b.t, closingSession(n), end.Add(time.Duration(n+1)*time.Hour))
		require.NoError(b.t, client.Send(b.t.Context(), &r))
	}
	// These leave after all others. A closing span waits in case the next tells its user, so the sketches are one behind.
	lastSession := closingSession(closings - 2)
	lastBucket := fmt.Sprintf(`"braid.window.start":%d`, end.Add(time.Hour).Truncate(time.Minute).UnixNano())
	many := time.Duration(*stayers) * time.Millisecond // looking at what has come takes as long as much came
	arrived := assert.Eventually(b.t, func() bool {
		return b.queued() == 0 && to.holds(func(o *outcome) bool {
			return o.missing(in) == 0 && o.ended(lastSession) && o.hasBucket(lastBucket)
		})
	}, drainLimit+2*many, pollEvery+many/50, "what was acknowledged must reach the sink")
	if !arrived {
		o := to.outcome()
		require.FailNowf(b.t, "not settled", "%d of %d spans missing, %d sessions ended, all ended: %t, all sketches: %t, queued: %.0f bytes",
			o.missing(in), len(in.spans), o.count("session.end"), o.ended(lastSession), o.hasBucket(lastBucket), b.queued())
	}
}

func (o *outcome) ended(session string) bool {
	for event := range o.events {
		if strings.HasPrefix(event, "session.end ") && strings.Contains(event, `"session.id":"`+session+`"`) {
			return true
		}
	}
	return false
}

func (o *outcome) hasBucket(attribute string) bool {
	for bucket := range o.sketches {
		if strings.Contains(bucket, attribute) {
			return true
		}
	}
	return false
}
