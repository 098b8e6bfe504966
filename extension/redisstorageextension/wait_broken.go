//go:build broken_wait

package redisstorageextension

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// askReplicas takes a write for durable that only one server has: a deliberately broken build that the tests of lost
// replicas must find.
func askReplicas(ctx context.Context, _ func(context.Context, redis.Cmder) error, cfg *Config) *redis.IntCmd {
	cmd := redis.NewIntCmd(ctx)
	cmd.SetVal(int64(cfg.ReplicasAcknowledged))
	return cmd
}
