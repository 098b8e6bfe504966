//go:build integration

package resilience

import (
	"flag"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

// The long form: go test -tags integration ./testbed/resilience -run Kill -timeout 1h -args -kills 50 -rounds 300 -crowd 200000 -rate 5000.
var (
	kills   = flag.Int("kills", 20, "how often the collector is killed")
	rounds  = flag.Int("rounds", 600, "seconds of event time in the input")
	stayers = flag.Int("crowd", 0, "visitors besides who stay all the time: so many more sessions are open")
	rate    = flag.Float64("rate", 0, "spans offered per second; 0: as fast as they are acknowledged")
)

// brokenOverlays change the configuration where a build tag breaks a promise on purpose.
var brokenOverlays []string

// reference is the input and its undisturbed outcome, made once.
var reference struct {
	once    sync.Once
	input   *input
	outcome outcome
}

func undisturbedReference(t *testing.T) (*input, *outcome) {
	t.Helper()
	if len(brokenOverlays) > 0 && !strings.HasPrefix(t.Name(), "TestKill") {
		t.Skip("what is broken on purpose is the kills' to find")
	}
	reference.once.Do(func() {
		reference.input = newInput(t, *rounds)
		reference.outcome = undisturbed(t, reference.input)
	})
	if reference.outcome.spans == nil {
		t.Skip("the undisturbed run failed")
	}
	return reference.input, &reference.outcome
}

func TestKill_UnderLoad_NothingAcknowledgedIsLost(t *testing.T) {
	in, want := undisturbedReference(t)
	got := run(t, in, func(b *braid, sent *progress) {
		random := rand.New(rand.NewPCG(1, 2))
		assembled := in.assembled()
		for n := range *kills {
			sent.await(t, assembled+(1-assembled)*float64(n)/float64(*kills))
			time.Sleep(time.Duration(random.IntN(int(100 * time.Millisecond)))) // any moment will do
			b.kill()
			b.start()
		}
	}, brokenOverlays...)
	got.assertEqual(t, in, want)
}

func TestStop_UnderLoad_GoesInTimeAndLosesNothing(t *testing.T) {
	in, want := undisturbedReference(t)
	got := run(t, in, func(b *braid, sent *progress) {
		for _, fraction := range []float64{0.2, 0.5, 0.8} {
			sent.await(t, fraction)
			b.stop()
			b.start()
		}
	})
	got.assertEqual(t, in, want)
}

func TestReload_UnderLoad_KeepsSessions(t *testing.T) {
	in, want := undisturbedReference(t)
	got := run(t, in, func(b *braid, sent *progress) {
		for _, fraction := range []float64{0.2, 0.5, 0.8} {
			sent.await(t, fraction)
			b.reload()
		}
	})
	got.assertEqual(t, in, want)
}
