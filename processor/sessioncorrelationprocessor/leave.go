package sessioncorrelationprocessor

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/braidotel/braid/internal/outlet"
)

// lastChance is how long a node tries at shutdown to send what is left: the collector's own context has no deadline.
const lastChance = 5 * time.Second

// errBacklog is retryable: it passes with the next consumer's trouble.
var errBacklog = status.Error(codes.ResourceExhausted,
	"what was released earlier has not left yet: limits::pending is half used")

// newOutlet returns a way out to next, which gets copies: a consumer that fails may have changed what it was given. The
// function move moves all of one batch to the end of another.
func newOutlet[T interface{ CopyTo(T) }](
	c *core, empty func() T, move func(from, into T), next func(context.Context, T) error,
) *outlet.Outlet[T] {
	copied := func(data T) T {
		to := empty()
		data.CopyTo(to)
		return to
	}
	return outlet.New(outlet.Options[T]{
		Limit: c.cfg.Limits.Pending, LastChance: lastChance, Report: c.reportDerived,
		Join: func(parts []T) T {
			all := empty()
			for _, part := range parts {
				move(copied(part), all)
			}
			return all
		},
		Send: func(ctx context.Context, data T) error { return next(ctx, copied(data)) },
	})
}

// admit refuses data while too much of what came before has not left, so that the limit is not met. A replay waits instead.
func admit[T any](ctx context.Context, c *core, out *outlet.Outlet[T]) error {
	if c.cfg.Clock == clockReplay {
		return out.Wait(ctx)
	}
	if out.Crowded() {
		return errBacklog
	}
	return nil
}

// leave puts data into an outlet. A ticket is its number in the journal, zero if it has none.
func leave[T any](c *core, out *outlet.Outlet[T], data T, ticket uint64) {
	p := outlet.Parcel[T]{Data: data, Items: 1}
	if ticket != 0 {
		p.Done = func() { c.settle([]uint64{ticket}) }
	}
	out.Put(p)
}
