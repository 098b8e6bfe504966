package redisstorageextension

import (
	"context"
	"crypto/tls"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/braidotel/braid/extension/redisstorageextension/internal/metadata"
)

// reloadTopology is how often a cluster is asked who is master of what. go-redis would ask once a minute and talk to a dead
// master for as long.
const reloadTopology = 2 * time.Second

// connect readies a client. It does not connect yet.
func connect(ctx context.Context, cfg *Config, tel *metadata.TelemetryBuilder) (*server, error) {
	s := &server{
		cfg: cfg, tel: tel, forget: func(context.Context) {}, busy: make(chan struct{}, cfg.MaxConnections),
	}
	var encryption *tls.Config
	if c := cfg.TLS.Get(); c != nil {
		var err error
		if encryption, err = c.LoadTLSConfig(ctx); err != nil {
			return nil, fmt.Errorf("tls: %w", err)
		}
	}
	switch cfg.Mode {
	case ModeCluster:
		cluster := redis.NewClusterClient(clusterOptions(cfg, encryption))
		s.client, s.master = cluster, cluster.MasterForKey
		s.forget = cluster.ReloadState
	case ModeSentinel:
		s.single(redis.NewFailoverClient(sentinelOptions(cfg, encryption)))
	default:
		s.single(redis.NewClient(standaloneOptions(cfg, encryption)))
	}
	return s, nil
}

func (s *server) single(client *redis.Client) {
	s.client = client
	s.master = func(context.Context, string) (*redis.Client, error) { return client, nil }
}

// noRetries leaves attempts to server.run, which knows what may be repeated, and for how long.
const noRetries = -1

// poolSize is more connections than are ever open, see server.busy. After so many failed dials go-redis dials once a second
// only, and would be late to notice that there is a new master.
const poolSize = 1 << 12

// silence is how long a connection may be silent: a server that waits for its replicas says nothing.
func silence(cfg *Config) time.Duration { return cfg.DialTimeout + cfg.WaitTimeout }

// noNotices keeps the client from asking a server for notices that only hosted ones send.
func noNotices() *maintnotifications.Config {
	return &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

func standaloneOptions(cfg *Config, encryption *tls.Config) *redis.Options {
	return &redis.Options{
		Addr: cfg.Addresses[0], Username: cfg.Username, Password: string(cfg.Password), DB: cfg.Database,
		TLSConfig: encryption, DialTimeout: cfg.DialTimeout, ReadTimeout: silence(cfg), WriteTimeout: silence(cfg),
		ContextTimeoutEnabled: true, MaxRetries: noRetries, DialerRetries: 1, PoolSize: poolSize, MaxIdleConns: cfg.MaxConnections,
		DisableIdentity: true, MaintNotificationsConfig: noNotices(),
	}
}

func clusterOptions(cfg *Config, encryption *tls.Config) *redis.ClusterOptions {
	return &redis.ClusterOptions{
		Addrs: cfg.Addresses, Username: cfg.Username, Password: string(cfg.Password), ClusterStateReloadInterval: reloadTopology,
		TLSConfig: encryption, DialTimeout: cfg.DialTimeout, ReadTimeout: silence(cfg), WriteTimeout: silence(cfg),
		ContextTimeoutEnabled: true, MaxRetries: noRetries, DialerRetries: 1, PoolSize: poolSize, MaxIdleConns: cfg.MaxConnections,
		DisableIdentity: true, MaintNotificationsConfig: noNotices(),
	}
}

func sentinelOptions(cfg *Config, encryption *tls.Config) *redis.FailoverOptions {
	return &redis.FailoverOptions{
		MasterName: cfg.Sentinel.Master, SentinelAddrs: cfg.Addresses,
		SentinelUsername: cfg.Sentinel.Username, SentinelPassword: string(cfg.Sentinel.Password),
		Username: cfg.Username, Password: string(cfg.Password), DB: cfg.Database,
		TLSConfig: encryption, DialTimeout: cfg.DialTimeout, ReadTimeout: silence(cfg), WriteTimeout: silence(cfg),
		ContextTimeoutEnabled: true, MaxRetries: noRetries, DialerRetries: 1, PoolSize: poolSize, MaxIdleConns: cfg.MaxConnections,
		DisableIdentity: true,
	}
}

// keeps refuses a server that would throw state away to make room. One that does not tell is believed.
func (s *server) keeps(ctx context.Context) error {
	node, err := s.master(ctx, leaseKey(s.cfg))
	if err != nil {
		return nil //nolint:nilerr // whoever writes will see
	}
	info, err := node.Info(ctx, "memory").Result()
	if err != nil {
		return nil //nolint:nilerr // an ACL may forbid the question
	}
	fields := map[string]string{}
	for line := range strings.Lines(info) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[name] = value
		}
	}
	limit, _ := strconv.ParseInt(fields["maxmemory"], 10, 64)
	if policy := fields["maxmemory_policy"]; limit > 0 && strings.HasPrefix(policy, "allkeys-") {
		return fmt.Errorf("the server's maxmemory-policy %s throws state away when memory is full: set it to noeviction", policy)
	}
	return nil
}
