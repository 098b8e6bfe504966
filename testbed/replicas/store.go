package replicas

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/braidotel/braid/testbed/sessionstore"
)

// store is the Redis Cluster that holds everybody's state.
type store struct {
	cluster *sessionstore.Cluster
	dir     string
}

// serverOptions are those with which a server joins again.
var serverOptions = []string{"--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--repl-diskless-sync-delay", "0"}

func newStore(ctx context.Context, dir string) (*store, error) {
	cluster, err := sessionstore.StartCluster(ctx, dir)
	if err != nil {
		return nil, err
	}
	return &store{cluster: cluster, dir: dir}, nil
}

func (s *store) close() { s.cluster.Kill() }

func (s *store) addresses() string {
	all := map[string]bool{}
	for address := range s.cluster.Servers {
		all[address] = true
	}
	return redisList(all)
}

func leaseOf(shard int) string { return "{braid/" + strconv.Itoa(shard) + "}:lease" }

// usage is what all servers that run have used: processor time so far, and memory of the masters' data.
func (s *store) usage(ctx context.Context) (cpu float64, bytes uint64) {
	for _, server := range s.cluster.Servers {
		fields := map[string]float64{}
		master := false
		for line := range strings.Lines(server.Client.Info(ctx, "everything").Val()) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
			fields[name], _ = strconv.ParseFloat(value, 64)
			master = master || name == "role" && value == "master"
		}
		cpu += fields["used_cpu_user"] + fields["used_cpu_sys"]
		if master {
			bytes += uint64(max(0, fields["used_memory"]-fields["used_memory_startup"]))
		}
	}
	return cpu, bytes
}

// failOver kills the master that has a key, waits until its replica takes writes, and starts it again as a replica. It
// returns how long nobody was master.
func (s *store) failOver(ctx context.Context, key string) (time.Duration, error) {
	master, err := s.cluster.Client.MasterForKey(ctx, key)
	if err != nil {
		return 0, err
	}
	address := master.Options().Addr
	s.cluster.Servers[address].Kill()
	killed := time.Now()
	err = until(ctx, func() bool {
		s.cluster.Client.ReloadState(ctx)
		now, err := s.cluster.Client.MasterForKey(ctx, key)
		return err == nil && now.Options().Addr != address && strings.HasPrefix(now.Info(ctx, "replication").Val(), "# Replication\r\nrole:master")
	})
	took := time.Since(killed)
	again, startErr := sessionstore.StartServer(ctx, s.dir, address, serverOptions...)
	if startErr != nil {
		return took, errors.Join(err, startErr)
	}
	s.cluster.Servers[address] = again
	if err != nil {
		return took, fmt.Errorf("nobody takes over from %s: %w", address, err)
	}
	// Until the one that comes back follows, no write is acknowledged by a replica.
	return took, until(ctx, func() bool {
		return strings.Contains(again.Client.Info(ctx, "replication").Val(), "master_link_status:up")
	})
}
