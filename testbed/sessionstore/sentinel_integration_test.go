//go:build integration

package sessionstore

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/testbed/collector"
)

// startSentinel starts a Sentinel that alone decides on the master called shop, and returns where it listens.
func startSentinel(t *testing.T, master string) string {
	t.Helper()
	addresses, err := collector.FreeAddresses(1)
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(addresses[0])
	require.NoError(t, err)
	_, masterPort, err := net.SplitHostPort(master)
	require.NoError(t, err)
	config := filepath.Join(t.TempDir(), "sentinel.conf")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, "port %s\nbind 127.0.0.1\nsentinel monitor shop 127.0.0.1 %s 1\n"+
		"sentinel down-after-milliseconds shop 1000\nsentinel failover-timeout shop 3000\n", port, masterPort), 0o600))
	sentinel := exec.CommandContext(context.WithoutCancel(t.Context()), "redis-server", config, "--sentinel", "--loglevel", "warning")
	require.NoError(t, sentinel.Start())
	t.Cleanup(func() {
		_ = sentinel.Process.Kill()
		_ = sentinel.Wait() // how it ended does not matter
	})
	return addresses[0]
}

func TestSentinel_MasterDies_NoSessionIsTakenForGone(t *testing.T) {
	t.Parallel()
	master := startServer(t, "--notify-keyspace-events", "KA")
	_, port, err := net.SplitHostPort(master.Address)
	require.NoError(t, err)
	replica := startServer(t, "--notify-keyspace-events", "KA", "--replicaof", "127.0.0.1 "+port, "--repl-diskless-sync-delay", "0")
	sentinel := startSentinel(t, master.Address)
	const before = 500
	pipe := master.Client.Pipeline()
	for n := range before {
		putSpring(t.Context(), pipe, n, time.Now())
	}
	_, err = pipe.Exec(t.Context())
	require.NoError(t, err)
	eventually(t, "the replica has everything", func() bool {
		keys, err := replica.Client.DBSize(t.Context()).Result()
		return err == nil && keys == before
	})
	watcher := redis.NewSentinelClient(&redis.Options{Addr: sentinel})
	t.Cleanup(func() { require.NoError(t, watcher.Close()) })
	eventually(t, "the Sentinel knows the replica", func() bool {
		replicas, err := watcher.Replicas(t.Context(), "shop").Result()
		return err == nil && len(replicas) == 1
	})

	w := startWatch(t, map[string]any{"shop": map[string]any{
		"format": "spring", "timeout": "2s",
		"redis": map[string]any{"addresses": []string{sentinel}, "master_name": "shop"},
	}})
	eventually(t, "the first full view", func() bool { return w.Open() == before })
	master.Kill()
	eventually(t, "the replica takes over", func() bool {
		info, err := replica.Client.Info(t.Context(), "replication").Result()
		return err == nil && strings.Contains(info, "role:master")
	})
	pipe = replica.Client.Pipeline()
	putSpring(t.Context(), pipe, before, time.Now())
	_, err = pipe.Exec(t.Context())
	require.NoError(t, err)
	eventually(t, "a session of the new master", func() bool { return w.Session(SpringToken(secret, springID(before))).Started == 1 })
	assert.Equal(t, before+1, w.Open())
	for _, s := range w.Sessions() {
		assert.Equal(t, 1, s.Started)
		assert.Zero(t, s.Ended)
	}
}
