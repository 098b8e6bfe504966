//go:build integration

package replicas

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/otlpsend"
	"github.com/braidotel/braid/testbed/collector"
)

// collectorPath names the collector under test. It is skipped without what it needs.
func collectorPath(t *testing.T) string {
	t.Helper()
	path, err := collector.Binary()
	require.NoError(t, err)
	out, err := exec.CommandContext(t.Context(), path, "components").Output()
	require.NoError(t, err)
	if !strings.Contains(string(out), "- name: redis_storage\n") {
		t.Skip("the collector under test has no redis_storage")
	}
	return path
}

// The long form is `go run ./testbed/cmd/eval replicas`.
func TestReplicas_KilledWhileRedisFailsOver_NoSpanLostNoSessionSplit(t *testing.T) {
	t.Parallel()
	result, err := Run(t.Context(), Options{
		Shards: 2, Traffic: TrafficOf(500, 5, 2*time.Second), For: 15 * time.Second, KillEvery: 4 * time.Second, StopEvery: 2, Failovers: 1,
		Tier: 2 * time.Second,
		Dir:  t.TempDir(), Binary: collectorPath(t), Log: t.Logf,
	})
	require.NoError(t, err)
	assert.NoError(t, result.Print(t.Output()))
	assert.Zero(t, result.Faults(), "spans or sessions that were lost, split, mistaken or miscounted")
	assert.NotZero(t, result.Counted)
	assert.NotEmpty(t, result.Takeovers)
	assert.Len(t, result.Failovers, 1)
	assert.Positive(t, result.Acknowledged)
}

// A replica that was only paused believes the shard is its own when it wakes up.
func TestReplica_PausedUntilAnotherServes_RefusesAndEnds(t *testing.T) {
	t.Parallel()
	path := collectorPath(t)
	store, err := newStore(t.Context(), t.TempDir())
	require.NoError(t, err)
	t.Cleanup(store.close)
	to, err := newSink(t.Context(), time.Minute)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, to.close()) })
	s, err := newShard(0, path, t.TempDir(), store.addresses(), to, &Options{Tier: time.Minute})
	require.NoError(t, err)
	// As on two machines: the port of the paused one stays its own.
	other, err := collector.FreeAddresses(1)
	require.NoError(t, err)
	s.replica[1].config.Env["BRAID_OTLP_GRPC_ENDPOINT"] = other[0]
	t.Cleanup(func() { require.NoError(t, s.close()) })
	require.NoError(t, s.replica[0].start(t.Context()))
	stale, _, err := s.serving(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.replica[1].start(t.Context()))

	require.NoError(t, syscall.Kill(stale.process.PID(), syscall.SIGSTOP))
	require.NoError(t, until(t.Context(), func() bool { return s.replica[1].serves(t.Context()) }), s.logs())
	require.NoError(t, syscall.Kill(stale.process.PID(), syscall.SIGCONT))

	// Whatever it is sent now, it must not acknowledge.
	traffic := TrafficOf(500, 5, 2*time.Second)
	made, err := newSent(time.Minute)
	require.NoError(t, err)
	client, err := otlpsend.Dial(s.address, otlpsend.Options{Patience: time.Second})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	request, err := traffic.request(0, time.Now(), made)
	require.NoError(t, err)
	assert.Error(t, client.Send(t.Context(), &request))
	stats := client.Stats()
	assert.Zero(t, stats.Total().Accepted)
	select {
	case <-stale.process.Exited():
	case <-time.After(patience):
		assert.Fail(t, "a replica that lost its shard goes on", stale.process.Logs())
	}
	assert.Contains(t, stale.process.Logs(), "lost the shard to another replica")
	assert.True(t, s.replica[1].serves(t.Context()), "the other goes on")
}
