// Package wait lets time pass in the testbed, where there is nothing to look at instead.
package wait

import (
	"context"
	"time"
)

// For returns after so long, or with why the context ended before.
func For(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
