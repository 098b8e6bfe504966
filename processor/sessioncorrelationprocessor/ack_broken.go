//go:build broken_ack

package sessioncorrelationprocessor

import "context"

// commit acknowledges a batch before its changes are durable: a deliberately broken build that the crash tests must find.
func (*core) commit(context.Context) error { return nil }
