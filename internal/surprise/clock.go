package surprise

import (
	"math"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
)

const (
	staleLimit = 16 // points in a row behind the newest before the clock is believed to have been set back
	maxStep    = 24 * time.Hour
)

// clock learns the usual distance of two points, and refuses those that are not newer than the last.
type clock struct {
	Last  int64
	Step  float64 // nanoseconds, a median by small steps in its logarithm
	Seen  uint32
	Stale uint16
}

// tick takes the time of a point. It is false for a point that is a duplicate or late.
func (c *clock) tick(at eventtime.Instant, given time.Duration) bool {
	if c.Last != 0 && int64(at) <= c.Last {
		c.Stale++
		if c.Stale < staleLimit {
			return false
		}
		c.Last, c.Stale = int64(at), 0
		return true
	}
	c.Stale = 0
	dt := float64(int64(at) - c.Last)
	switch {
	case given > 0:
		c.Step = float64(given)
	case c.Last == 0:
	case c.Step == 0:
		c.Step = min(dt, float64(maxStep))
	default:
		if c.Seen < math.MaxUint32 {
			c.Seen++
		}
		by := 1 + 1/float64(min(c.Seen+1, 64))
		switch {
		case dt > c.Step*1.02:
			c.Step = min(c.Step*by, dt, float64(maxStep))
		case dt < c.Step/1.02:
			c.Step = max(c.Step/by, dt)
		}
	}
	c.Last = int64(at)
	return true
}

// perDay is how many points a day usually has, at least one.
func (c *clock) perDay() float64 {
	if c.Step <= 0 {
		return hoursOfDay
	}
	return max(float64(nanosPerDay)/c.Step, 1)
}
