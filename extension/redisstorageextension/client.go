package redisstorageextension

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// client is the storage of one component in the shard. It is safe for concurrent use.
type client struct {
	prefix string
	ext    *redisStorage
	lease  *lease
}

var _ storage.Client = (*client)(nil)

// Get implements storage.Client.
func (c *client) Get(ctx context.Context, key string) ([]byte, error) {
	op := storage.GetOperation(key)
	err := c.Batch(ctx, op)
	return op.Value, err
}

// Set implements storage.Client.
func (c *client) Set(ctx context.Context, key string, value []byte) error {
	return c.Batch(ctx, storage.SetOperation(key, value))
}

// Delete implements storage.Client.
func (c *client) Delete(ctx context.Context, key string) error {
	return c.Batch(ctx, storage.DeleteOperation(key))
}

// Batch does all operations or none. Without an error enough replicas of the server have them.
func (c *client) Batch(ctx context.Context, ops ...*storage.Operation) error {
	if len(ops) == 0 {
		return nil
	}
	began := time.Now()
	name, err := outcome(c.apply(ctx, ops))
	tel := c.ext.tel
	tel.ExtensionRedisStorageOperations.Add(ctx, 1, metric.WithAttributes(attribute.String("outcome", name)))
	tel.ExtensionRedisStorageDuration.Record(ctx, time.Since(began).Seconds())
	return err
}

func (c *client) apply(ctx context.Context, ops []*storage.Operation) error {
	request, err := c.request(ops)
	if err != nil {
		return err
	}
	ctx, cancel := c.lease.while(ctx)
	defer cancel()
	reply, err := c.lease.server.run(ctx, request)
	if err != nil {
		if c.lease.lost(err) {
			c.ext.fence()
			return errFenced
		}
		return fmt.Errorf("shard %s: %w", c.ext.cfg.Shard, err)
	}
	values, _ := reply.([]any)
	for _, op := range ops {
		if op.Type != storage.Get {
			continue
		}
		op.Value = nil
		if len(values) > 0 {
			if v, ok := values[0].(string); ok {
				op.Value = []byte(v)
			}
			values = values[1:]
		}
	}
	return nil
}

func (c *client) request(ops []*storage.Operation) (call, error) {
	request := call{
		script: applyScript,
		keys:   append(make([]string, 0, len(ops)+1), leaseKey(c.ext.cfg)),
		args:   append(make([]any, 0, len(ops)+1), c.lease.token),
	}
	for _, op := range ops {
		var arg []byte
		switch op.Type {
		case storage.Get:
			arg = []byte("g")
		case storage.Delete:
			arg, request.durable = []byte("d"), true
		case storage.Set:
			if limit := c.ext.cfg.MaxValueBytes; len(op.Value) > limit {
				return request, fmt.Errorf("%w: %q has %d bytes, max_value_bytes is %d", errTooLarge, op.Key, len(op.Value), limit)
			}
			arg, request.durable = append(append(make([]byte, 0, len(op.Value)+1), 's'), op.Value...), true
		}
		request.keys = append(request.keys, c.prefix+op.Key)
		request.args = append(request.args, arg)
	}
	return request, nil
}

// Close implements storage.Client. The lease is the extension's to give back.
func (*client) Close(context.Context) error { return nil }
