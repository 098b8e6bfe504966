package chaos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/braidotel/braid/testbed/chaos/peer"
	"github.com/braidotel/braid/testbed/collector"
	"github.com/braidotel/braid/testbed/sessionstore"
)

// The peers of a collector.
const (
	backend  = "backend"
	redis    = "Redis"
	postgres = "PostgreSQL"
	model    = "model"
	broker   = "Kafka"
)

// delays are what each piece waits when a peer is slow: the model longer than a call may take, the others not.
var delays = map[string]time.Duration{
	backend: 500 * time.Millisecond, redis: 200 * time.Millisecond, postgres: 300 * time.Millisecond, model: 1500 * time.Millisecond,
	broker: 200 * time.Millisecond,
}

// servers are those that all scenarios share; each begins with empty ones.
type servers struct {
	dir      string
	redis    *sessionstore.Server
	postgres *peer.Postgres
}

func startServers(ctx context.Context) (_ *servers, err error) {
	s := &servers{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.dir, err = os.MkdirTemp("", "braid-chaos-redis-"); err != nil {
		return nil, err
	}
	free, err := collector.FreeAddresses(2)
	if err != nil {
		return nil, err
	}
	if s.redis, err = sessionstore.StartServer(ctx, s.dir, free[0], "--maxmemory-policy", "noeviction"); err != nil {
		return nil, err
	}
	s.postgres, err = peer.StartPostgres(ctx, free[1])
	return s, err
}

func (s *servers) close() error {
	var errs []error
	if s.redis != nil {
		s.redis.Kill()
	}
	if s.postgres != nil {
		errs = append(errs, s.postgres.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}

func (s *servers) empty(ctx context.Context) error {
	return errors.Join(
		s.redis.Client.ConfigSet(ctx, "maxmemory", "0").Err(), s.redis.Client.FlushAll(ctx).Err(),
		s.postgres.SetFull(ctx, false), s.postgres.Empty(ctx),
	)
}

// setFull fills up a peer, or frees it.
func (r *rig) setFull(ctx context.Context, name string, full bool) error {
	switch name {
	case backend:
		r.backend.SetFull(full)
		return nil
	case model:
		r.model.SetFull(full)
		return nil
	case broker:
		r.broker.SetFull(full)
		return nil
	case postgres:
		return r.servers.postgres.SetFull(ctx, full)
	default:
		limit := "0"
		if full {
			limit = "1"
		}
		if err := r.servers.redis.Client.ConfigSet(ctx, "maxmemory", limit).Err(); err != nil {
			return fmt.Errorf("filling Redis: %w", err)
		}
		return nil
	}
}
