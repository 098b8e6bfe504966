package redisstorageextension

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/braidotel/braid/extension/redisstorageextension/internal/metadata"
)

// A pause between attempts doubles from firstPause up to lastPause: a failover is over within seconds.
const (
	firstPause = 10 * time.Millisecond
	lastPause  = 250 * time.Millisecond
)

// server runs scripts on the master that has the shard. It is safe for concurrent use.
type server struct {
	cfg *Config
	tel *metadata.TelemetryBuilder

	client redis.UniversalClient
	// busy has one for each connection in use, at most max_connections.
	busy chan struct{}
	// master is where a key lives; forget says that it may live elsewhere by now.
	master func(ctx context.Context, key string) (*redis.Client, error)
	forget func(context.Context)
}

// call is one run of a script. KEYS and ARGV are as the script says.
type call struct {
	script  *redis.Script
	keys    []string
	args    []any
	durable bool // it counts only once enough replicas have it
}

// run runs a script, again and again while what hinders it may pass. A caller with a deadline is waited for by somebody and
// gets an answer by then or after the configured time, whichever is first; one without, such as a queue that would drop
// what it cannot read, has all the time there is.
func (s *server) run(ctx context.Context, c call) (any, error) {
	if _, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.cfg.Timeout)
		defer cancel()
	}
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		result, err := s.once(ctx, c)
		if err == nil || !passing(err) {
			return result, err
		}
		s.forget(ctx)
		select {
		case <-ctx.Done():
			return nil, errors.Join(err, context.Cause(ctx))
		case <-time.After(pause):
			s.tel.ExtensionRedisStorageRetries.Add(ctx, 1)
		}
	}
}

// once runs a script and, for one that is to be durable, waits for the replicas on the same connection: the server answers
// for what was written on the connection that asks.
func (s *server) once(ctx context.Context, c call) (any, error) {
	select {
	case s.busy <- struct{}{}:
		defer func() { <-s.busy }()
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	node, err := s.master(ctx, c.keys[0])
	if err != nil {
		return nil, fmt.Errorf("finding the server of %s: %w", c.keys[0], err)
	}
	conn := node.Conn()
	defer conn.Close()
	if !c.durable || s.cfg.ReplicasAcknowledged == 0 {
		return value(c.script.Run(ctx, conn, c.keys, c.args...))
	}
	eval := c.script.EvalSha
	if c.script == acquireScript {
		eval = c.script.Eval // mostly the first a server hears of: to send its name in vain would be to wait for replicas twice
	}
	result, confirmed, err := s.write(ctx, conn, c, eval)
	if redis.HasErrorPrefix(err, "NOSCRIPT") {
		result, confirmed, err = s.write(ctx, conn, c, c.script.Eval)
	}
	if err != nil {
		return nil, err
	}
	return result, s.confirm(ctx, conn, confirmed)
}

// write sends a script and the wait for replicas together.
func (s *server) write(
	ctx context.Context, conn *redis.Conn, c call,
	eval func(context.Context, redis.Scripter, []string, ...any) *redis.Cmd,
) (result any, confirmed int64, err error) {
	pipe := conn.Pipeline()
	script := eval(ctx, pipe, c.keys, c.args...)
	wait := askReplicas(ctx, pipe.Process, s.cfg)
	_, sendErr := pipe.Exec(ctx)
	if result, err = value(script); err != nil {
		return nil, 0, err
	}
	if confirmed, err = wait.Result(); err != nil {
		return nil, 0, fmt.Errorf("%w: %w", errUnacknowledged, err)
	}
	if sendErr != nil && !errors.Is(sendErr, redis.Nil) {
		return nil, 0, sendErr // of a connection that was never made: no command knows of it
	}
	return result, confirmed, nil
}

// confirm asks again until enough replicas have what the connection wrote, or the time is up.
func (s *server) confirm(ctx context.Context, conn *redis.Conn, confirmed int64) error {
	for confirmed < int64(s.cfg.ReplicasAcknowledged) {
		s.tel.ExtensionRedisStorageWaitFailures.Add(ctx, 1)
		if ctx.Err() != nil {
			return fmt.Errorf("%w: %d of %d", errUnacknowledged, confirmed, s.cfg.ReplicasAcknowledged)
		}
		again, err := askReplicas(ctx, conn.Process, s.cfg).Result()
		if err != nil {
			return fmt.Errorf("%w: %d of %d: %w", errUnacknowledged, confirmed, s.cfg.ReplicasAcknowledged, err)
		}
		confirmed = again
	}
	return nil
}

func value(cmd *redis.Cmd) (any, error) {
	result, err := cmd.Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if redis.HasErrorPrefix(err, "FENCED") {
		return nil, errFenced
	}
	return result, err
}

func (s *server) close() error { return s.client.Close() }
