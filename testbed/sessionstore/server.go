package sessionstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/braidotel/braid/testbed/collector"
)

// startLimit is how long a server may take until it answers.
const startLimit = 60 * time.Second

// pollEvery is how often is looked whether something has come about.
const pollEvery = 20 * time.Millisecond

// Server is a Redis or a Valkey on loopback.
type Server struct {
	// Address is host:port.
	Address string
	// Client talks to it.
	Client *redis.Client

	cmd    *exec.Cmd
	exited chan struct{}
}

// StartServer starts a server that keeps its files in dir and nothing on disk, and returns once it answers.
func StartServer(ctx context.Context, dir, address string, options ...string) (*Server, error) {
	return start(ctx, []string{"redis-server"}, dir, address, options...)
}

// start starts a server of any program that takes Redis' options.
func start(ctx context.Context, program []string, dir, address string, options ...string) (*Server, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	dir = filepath.Join(dir, port)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	args := append(append(program[1:len(program):len(program)],
		"--bind", "127.0.0.1", "--port", port, "--dir", dir, "--save", "", "--appendonly", "no", "--loglevel", "warning",
		"--logfile", filepath.Join(dir, "log"),
	), options...)
	s := &Server{Address: address, cmd: exec.Command(program[0], args...), exited: make(chan struct{})} //nolint:noctx // ends with Stop
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", program, err)
	}
	go func() {
		_ = s.cmd.Wait() // how it ended does not matter
		close(s.exited)
	}()
	s.Client = redis.NewClient(&redis.Options{Addr: address, DisableIdentity: true, MaxRetries: -1})
	if err := await(ctx, startLimit, func() bool { return s.Client.Ping(ctx).Err() == nil }); err != nil {
		s.Kill()
		return nil, fmt.Errorf("%s on %s: %w", program, address, err)
	}
	return s, nil
}

// Kill ends the server as a crash would, and waits until it has gone.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill()
	<-s.exited
	_ = s.Client.Close()
}

var errNotYet = errors.New("it has not come about in time")

// await returns once a condition holds.
func await(ctx context.Context, limit time.Duration, condition func() bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errNotYet)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for !condition() {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
	return nil
}

// Cluster is a Redis Cluster of three masters with a replica each.
type Cluster struct {
	// Servers are all six, by address.
	Servers map[string]*Server
	// Client talks to the cluster.
	Client *redis.ClusterClient
}

const clusterServers = 6

// StartCluster starts a cluster and returns once every replica follows its master: before that, a failover would not
// happen at all.
func StartCluster(ctx context.Context, dir string, options ...string) (*Cluster, error) {
	// The cluster's bus listens 10,000 above the port, where no connection may have its near end.
	var addresses []string
	for len(addresses) < clusterServers {
		found, err := collector.FreeAddresses(clusterServers)
		if err != nil {
			return nil, err
		}
		for _, address := range found {
			if port := portOf(address); port < 22_000 && len(addresses) < clusterServers {
				addresses = append(addresses, address)
			}
		}
	}
	c := &Cluster{Servers: make(map[string]*Server)}
	for _, address := range addresses {
		s, err := StartServer(ctx, dir, address, append([]string{
			"--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--repl-diskless-sync-delay", "0",
		}, options...)...)
		if err != nil {
			c.Kill()
			return nil, err
		}
		c.Servers[address] = s
	}
	create := exec.CommandContext(ctx, "redis-cli", append([]string{"--cluster", "create"}, append(addresses,
		"--cluster-replicas", "1", "--cluster-yes")...)...)
	if out, err := create.CombinedOutput(); err != nil {
		c.Kill()
		return nil, fmt.Errorf("creating the cluster: %w: %s", err, out)
	}
	c.Client = redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: addresses, DisableIdentity: true, ClusterStateReloadInterval: time.Second,
	})
	if err := await(ctx, startLimit, func() bool { return c.following(ctx) }); err != nil {
		c.Kill()
		return nil, fmt.Errorf("the replicas do not follow: %w", err)
	}
	return c, nil
}

func portOf(address string) (port int) {
	_, text, _ := net.SplitHostPort(address)
	_, _ = fmt.Sscan(text, &port)
	return port
}

// following reports whether every server knows a whole cluster, and three replicas follow their masters.
func (c *Cluster) following(ctx context.Context) bool {
	replicas := 0
	for _, s := range c.Servers {
		info, err := s.Client.ClusterInfo(ctx).Result()
		if err != nil || !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, "cluster_known_nodes:6") {
			return false
		}
		replication, err := s.Client.Info(ctx, "replication").Result()
		if err != nil {
			return false
		}
		if strings.Contains(replication, "master_link_status:up") {
			replicas++
		}
	}
	return replicas == clusterServers/2
}

// Masters lists the servers that own slots, as one that is alive sees it.
func (c *Cluster) Masters(ctx context.Context) []string {
	for _, s := range c.Servers {
		slots, err := s.Client.ClusterSlots(ctx).Result() //nolint:staticcheck // its successor begins with Redis 7
		if err != nil {
			continue
		}
		seen := make(map[string]bool)
		var masters []string
		for _, slot := range slots {
			if len(slot.Nodes) > 0 && !seen[slot.Nodes[0].Addr] {
				seen[slot.Nodes[0].Addr] = true
				masters = append(masters, slot.Nodes[0].Addr)
			}
		}
		return masters
	}
	return nil
}

// Kill ends all servers.
func (c *Cluster) Kill() {
	if c.Client != nil {
		_ = c.Client.Close()
	}
	for _, s := range c.Servers {
		s.Kill()
	}
}
