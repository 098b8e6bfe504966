//go:build broken_clock

package eventtime

import "time"

// ahead believes every sender's clock, so that one item of the year 2100 closes all windows: a deliberately broken build
// that TestClockObserve_Verdicts must find.
func ahead(Instant, time.Time, time.Duration) bool { return false }
