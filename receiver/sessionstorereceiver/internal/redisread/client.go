// Package redisread reads sessions from Redis, Valkey and what speaks their protocol: one server, one behind Sentinel, or a
// cluster, all of whose masters are read.
package redisread

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
	"golang.org/x/time/rate"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/layout"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/source"
)

// Notifications says whether keyspace notifications are used.
type Notifications string

// The ways to use keyspace notifications.
const (
	Auto  Notifications = "auto"  // if the servers say that they are on
	Use   Notifications = "use"   // without asking, where CONFIG is forbidden
	Never Notifications = "never" // full views only
)

// Options say where the sessions are and how fast they are read.
type Options struct {
	Addresses                          []string
	Cluster                            bool
	MasterName                         string // of Sentinel
	Username, Password                 string
	SentinelUsername, SentinelPassword string
	Database                           int
	TLS                                *tls.Config
	Timeout                            time.Duration // of a command
	Layout                             *layout.Layout
	Count                              int     // keys a SCAN looks at
	KeysPerSecond                      float64 // looked at, by all masters together
	Notifications                      Notifications
	MaxPending                         int // changed keys that wait to be read
	MaxValueBytes                      int // of a session that is a text
}

// The client writes to standard error what it returns as an error anyway.
func init() { logging.Disable() }

// reloadEvery is how old a cluster's topology may be: with the client's default of a minute, a failover of three seconds
// stalls everything for a minute.
const reloadEvery = 2 * time.Second

// Store is a source.Source.
type Store struct {
	options  Options
	client   redis.UniversalClient
	limiter  *rate.Limiter
	listener *listener
	by       channels // of Full and Changes
	notified atomic.Bool
	read     atomic.Int64

	mu         sync.Mutex
	refused    int64
	refusedErr error
}

var _ source.Source = (*Store)(nil)

// Open prepares the connections; servers are first met in Full.
func Open(o Options) *Store {
	atOnce := max(o.Count, readChunk, int(min(o.KeysPerSecond*catchUp.Seconds(), mostAtOnce)))
	s := &Store{options: o, limiter: rate.NewLimiter(rate.Limit(o.KeysPerSecond), atOnce)}
	quiet := &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	switch {
	case o.MasterName != "":
		s.client = redis.NewFailoverClient(&redis.FailoverOptions{
			MasterName: o.MasterName, SentinelAddrs: o.Addresses, Username: o.Username, Password: o.Password,
			SentinelUsername: o.SentinelUsername, SentinelPassword: o.SentinelPassword, DB: o.Database, TLSConfig: o.TLS,
			DialTimeout: o.Timeout, ReadTimeout: o.Timeout, WriteTimeout: o.Timeout, PoolSize: poolSize, DisableIdentity: true,
		})
	case o.Cluster:
		s.client = redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: o.Addresses, Username: o.Username, Password: o.Password, TLSConfig: o.TLS,
			DialTimeout: o.Timeout, ReadTimeout: o.Timeout, WriteTimeout: o.Timeout, PoolSize: poolSize, DisableIdentity: true,
			MaintNotificationsConfig: quiet, ClusterStateReloadInterval: reloadEvery,
		})
	default:
		s.client = redis.NewClient(&redis.Options{
			Addr: o.Addresses[0], Username: o.Username, Password: o.Password, DB: o.Database, TLSConfig: o.TLS,
			DialTimeout: o.Timeout, ReadTimeout: o.Timeout, WriteTimeout: o.Timeout, PoolSize: poolSize, DisableIdentity: true,
			MaintNotificationsConfig: quiet,
		})
	}
	s.listener = newListener(o)
	return s
}

// What was not read in time for this long is read as soon as may be: a machine that is busy now and then would else never
// reach the rate.
const (
	catchUp    = 250 * time.Millisecond
	mostAtOnce = 10_000 // keys
)

// poolSize is the most connections to one server: one reads, one asks for the state, one is in reserve.
const poolSize = 3

// Close ends the connections.
func (s *Store) Close() error {
	s.listener.close()
	return s.client.Close()
}

// Read is how many keys have been looked at.
func (s *Store) Read() int64 { return s.read.Load() }

// Refused is how many sessions could not be read, and why the last could not.
func (s *Store) Refused() (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused, s.refusedErr
}

func (s *Store) refuse(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused++
	s.refusedErr = err
}

// Notified reports whether the servers tell of changes.
func (s *Store) Notified() bool { return s.notified.Load() }

// master is one server that owns sessions.
type master struct {
	address string
	client  *redis.Client
}

// masters lists those of now, by address.
func (s *Store) masters(ctx context.Context) ([]master, error) {
	cluster, ok := s.client.(*redis.ClusterClient)
	if !ok {
		client := s.client.(*redis.Client)
		// Of a master behind Sentinels the address is theirs to know.
		return []master{{address: cmp.Or(s.options.MasterName, s.options.Addresses[0]), client: client}}, nil
	}
	var mu sync.Mutex
	var found []master
	err := cluster.ForEachMaster(ctx, func(_ context.Context, client *redis.Client) error {
		mu.Lock()
		defer mu.Unlock()
		found = append(found, master{address: client.Options().Addr, client: client})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("asking for the cluster's masters: %w", err)
	}
	slices.SortFunc(found, func(a, b master) int { return cmp.Compare(a.address, b.address) })
	return found, nil
}

// topology tells which master owns which slots. If it is the same before and after a full view, no session can have moved
// past it in between.
func (s *Store) topology(ctx context.Context) (string, error) {
	cluster, ok := s.client.(*redis.ClusterClient)
	if !ok {
		return "", nil
	}
	slots, err := cluster.ClusterSlots(ctx).Result() //nolint:staticcheck // its successor begins with Redis 7
	if err != nil {
		return "", fmt.Errorf("asking for the cluster's slots: %w", err)
	}
	owners := make([]string, 0, len(slots))
	for _, slot := range slots {
		owner := ""
		if len(slot.Nodes) > 0 {
			owner = slot.Nodes[0].Addr
		}
		owners = append(owners, fmt.Sprintf("%d-%d %s", slot.Start, slot.End, owner))
	}
	slices.Sort(owners)
	return strings.Join(owners, "\n"), nil
}

// reload makes the client look for the cluster's masters anew.
func (s *Store) reload(ctx context.Context) {
	if cluster, ok := s.client.(*redis.ClusterClient); ok {
		cluster.ReloadState(ctx)
	}
}
