//go:build !broken_ack

package sessioncorrelationprocessor

import "context"

// commit returns when the batch's changes are durable, if storage is configured: only then is the batch acknowledged.
func (b *batch) commit(ctx context.Context) error { return b.core.sync(ctx) }
