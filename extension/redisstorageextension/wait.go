//go:build !broken_wait

package redisstorageextension

import (
	"context"

	"github.com/redis/go-redis/v9"
)

// askReplicas asks, on a connection or in a pipeline, how many replicas have what the connection wrote.
func askReplicas(ctx context.Context, process func(context.Context, redis.Cmder) error, cfg *Config) *redis.IntCmd {
	cmd := redis.NewIntCmd(ctx, "wait", cfg.ReplicasAcknowledged, cfg.WaitTimeout.Milliseconds())
	_ = process(ctx, cmd) // the command has its error
	return cmd
}
