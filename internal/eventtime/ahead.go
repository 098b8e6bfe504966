//go:build !broken_clock

package eventtime

import "time"

// ahead reports whether an event time lies further ahead of the wall clock than skew allows.
func ahead(t Instant, now time.Time, skew time.Duration) bool { return t > Of(now).Add(skew) }
