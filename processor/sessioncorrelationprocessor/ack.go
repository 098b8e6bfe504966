//go:build !broken_ack

package sessioncorrelationprocessor

import "context"

// commit returns when the batch's changes are durable, if storage is configured: only then is the batch acknowledged.
func (c *core) commit(ctx context.Context) error { return c.sync(ctx) }
