//go:build integration

package replicas

import (
	"flag"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/testbed/collector"
	"github.com/braidotel/braid/testbed/sessionstore"
)

var showSentinels = flag.Bool("sentinels", false, "show what the Sentinels log")

// Of a master and two replicas the master dies: the other replica confirms what the new master writes.
func TestSentinel_MasterKilledUnderLoad_NothingAcknowledgedIsLost(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	client, h := open(t, map[string]any{
		"mode": "sentinel", "addresses": w.addresses(), "sentinel": map[string]any{"master": "braid"},
	})
	writes := write(t, client)
	writes.goOn(t)
	told := w.failOver(t)
	writes.goOn(t)
	writes.end()
	writes.assertAllThere(t, client)
	t.Logf("of the longest, %v were after all Sentinels knew", max(0, writes.longest-told).Round(time.Millisecond))
	assert.False(t, h.fatal.Load(), "the shard stays its owner's")
}

// watched is a master with two replicas and the three Sentinels that watch them.
type watched struct {
	master    *sessionstore.Server
	kill      func()
	replicas  []*sessionstore.Server
	sentinels map[string]*redis.SentinelClient // by address
}

func newWatched(t *testing.T) *watched {
	t.Helper()
	dir := t.TempDir()
	addresses, err := collector.FreeAddresses(6)
	require.NoError(t, err)
	w := &watched{sentinels: map[string]*redis.SentinelClient{}}
	w.master, err = sessionstore.StartServer(t.Context(), dir, addresses[0])
	require.NoError(t, err)
	w.kill = sync.OnceFunc(w.master.Kill)
	t.Cleanup(w.kill)
	_, port, err := net.SplitHostPort(w.master.Address)
	require.NoError(t, err)
	for _, address := range addresses[1:3] {
		replica, err := sessionstore.StartServer(t.Context(), dir, address,
			"--replicaof", "127.0.0.1 "+port, "--repl-diskless-sync-delay", "0")
		require.NoError(t, err)
		t.Cleanup(replica.Kill)
		require.NoError(t, until(t.Context(), func() bool {
			return strings.Contains(replica.Client.Info(t.Context(), "replication").Val(), "master_link_status:up")
		}))
		w.replicas = append(w.replicas, replica)
	}
	for _, address := range addresses[3:] {
		w.sentinels[address] = startSentinel(t, dir, address, port)
	}
	require.NoError(t, until(t.Context(), func() bool { return w.acquainted(t) }))
	return w
}

func (w *watched) addresses() (all []any) {
	for address := range w.sentinels {
		all = append(all, address)
	}
	return all
}

// acquainted reports whether every Sentinel knows the replicas and the other Sentinels: before, nobody is elected.
func (w *watched) acquainted(t *testing.T) bool {
	t.Helper()
	for _, s := range w.sentinels {
		master, err := s.Master(t.Context(), "braid").Result()
		if err != nil || master["num-slaves"] != "2" || master["num-other-sentinels"] != "2" {
			return false
		}
	}
	return true
}

// failOver kills the master, waits until every Sentinel names another, and returns how long that took.
func (w *watched) failOver(t *testing.T) time.Duration {
	t.Helper()
	w.kill()
	killed := time.Now()
	require.NoError(t, until(t.Context(), func() bool {
		return slices.ContainsFunc(w.replicas, func(r *sessionstore.Server) bool {
			return strings.Contains(r.Client.Info(t.Context(), "replication").Val(), "role:master")
		})
	}))
	promoted := time.Since(killed)
	var told []time.Duration
	for waiting := maps.Clone(w.sentinels); len(waiting) > 0; {
		require.NoError(t, until(t.Context(), func() bool {
			before := len(waiting)
			maps.DeleteFunc(waiting, func(_ string, s *redis.SentinelClient) bool {
				at, err := s.GetMasterAddrByName(t.Context(), "braid").Result()
				return err == nil && net.JoinHostPort(at[0], at[1]) != w.master.Address
			})
			return len(waiting) < before
		}))
		told = append(told, time.Since(killed).Round(time.Millisecond))
	}
	t.Logf("a replica was promoted after %v; the Sentinels said so after %v", promoted.Round(time.Millisecond), told)
	return told[len(told)-1]
}

// startSentinel starts a Sentinel that watches the master until the test ends. When the test fails, its log is shown.
func startSentinel(t *testing.T, dir, address, masterPort string) *redis.SentinelClient {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	file, log := filepath.Join(dir, "sentinel-"+port+".conf"), filepath.Join(dir, "sentinel-"+port+".log")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, `bind 127.0.0.1
port %s
dir %s
logfile %s
sentinel monitor braid 127.0.0.1 %s 2
sentinel down-after-milliseconds braid 1000
sentinel failover-timeout braid 5000
`, port, dir, log, masterPort), 0o600))
	cmd := exec.Command("redis-server", file, "--sentinel")
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if raw, err := os.ReadFile(log); err == nil && (t.Failed() || *showSentinels) {
			t.Logf("Sentinel %s:\n%s", port, raw)
		}
	})
	client := redis.NewSentinelClient(&redis.Options{Addr: address, DisableIdentity: true})
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}
