//go:build integration

package edges

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/testbed/collector"
	"github.com/braidotel/braid/testbed/netns"
)

// Twenty minutes of one edge are cut off, that edge and the center are killed meanwhile, requests come twice and in another
// order: the center's hours and five minutes are those of one collector that saw everything. The long form is `eval edges`.
func TestEdgesToCenter_CutKilledRepeated_EqualTheWhole(t *testing.T) {
	result := runShort(t, Options{KillCenter: []time.Duration{21 * time.Minute, 45 * time.Minute}})
	assert.Positive(t, result.Traffic.Repeated)
}

// The same by Kafka: records are written twice and everything that was read is delivered again.
func TestEdgesToCenterByKafka_CutKilledRedelivered_EqualTheWhole(t *testing.T) {
	result := runShort(t, Options{Kafka: true, KillCenter: []time.Duration{45 * time.Minute}})
	assert.Positive(t, result.Traffic.Repeated)
	assert.Positive(t, result.Traffic.Redelivered)
}

func runShort(t *testing.T, o Options) *Result {
	t.Helper()
	o = options(t, o)
	o.Users, o.Duration, o.Cut, o.CutFor, o.KillEdge = 60, 65*time.Minute, 20*time.Minute, 20*time.Minute, []time.Duration{25 * time.Minute}
	o.AskEvery = 25 * time.Minute
	result, err := Run(t.Context(), o)
	if result != nil {
		require.NoError(t, result.Print(os.Stdout))
	}
	require.NoError(t, err)
	assert.True(t, result.OK(), "%v", result.Wrong)
	return result
}

// options adds what every run needs: the built collector, and network namespaces where they can be made.
func options(t *testing.T, o Options) Options {
	t.Helper()
	root, err := collector.Root()
	require.NoError(t, err)
	o.Binary, err = collector.Binary()
	require.NoError(t, err)
	o.Dir, o.Configs, o.Seed, o.RetryInterval = t.TempDir(), filepath.Join(root, "distribution", "configs"), 1, time.Second
	if o.LAN, err = netns.NewLAN(); err != nil {
		t.Logf("on loopback, since here are no network namespaces: %v", err)
	}
	t.Cleanup(func() { assert.NoError(t, o.LAN.Close()) })
	return o
}
