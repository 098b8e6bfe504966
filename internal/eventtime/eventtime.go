// Package eventtime keeps the time of the data apart from the time of the machine.
//
// Windows, timeouts and rollups run on the time that telemetry carries. A [Clock] follows the greatest event time seen
// (its head) and derives from it a watermark, behind which no more data is expected. While data flows the wall clock is
// never asked; when data stops, [Clock.Follow] lets a live clock run on at the speed of the wall clock, so that windows
// still close.
package eventtime

import "time"

// Instant is a point in event time in nanoseconds since the Unix epoch; zero means unknown.
type Instant int64

// Of converts a wall time. Times outside the years 1678 to 2262 are not representable and give an undefined Instant.
func Of(t time.Time) Instant { return Instant(t.UnixNano()) }

// Time converts back, in UTC.
func (i Instant) Time() time.Time { return time.Unix(0, int64(i)).UTC() }

// Add returns the instant d later.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d) }

// Sub returns the duration from j to i.
func (i Instant) Sub(j Instant) time.Duration { return time.Duration(i - j) }

// Truncate rounds down to a multiple of d since the Unix epoch, also for instants before it.
func (i Instant) Truncate(d time.Duration) Instant {
	rest := i % Instant(d)
	if rest < 0 {
		rest += Instant(d)
	}
	return i - rest
}
