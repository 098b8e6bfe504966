package eventtime

import "time"

// Config bounds a Clock.
type Config struct {
	// Lateness is how far behind the head data may still arrive and count as on time.
	Lateness time.Duration
	// MaxSkew is how far ahead of the wall clock a live clock lets an event time be; what is further ahead is clamped.
	MaxSkew time.Duration
	// Replay detaches the clock from the wall clock: nothing is clamped and Follow does nothing.
	Replay bool
}

// Verdict says what Observe made of an event time.
type Verdict uint8

const (
	// OnTime is at or ahead of the watermark.
	OnTime Verdict = iota
	// Late is behind the watermark.
	Late
	// Clamped was further ahead of the wall clock than MaxSkew allows.
	Clamped
	// Untimed carried no usable time and was given the head's.
	Untimed
)

// Clock is a watermark over event time. It is not safe for concurrent use.
type Clock struct {
	cfg      Config
	head     Instant
	lastWall time.Time // wall time at which the head last moved
}

// NewClock returns a clock that has seen nothing.
func NewClock(cfg Config) *Clock { return &Clock{cfg: cfg} }

// Observe takes the event time of an item that arrived at wall time now and returns the time to use for it.
func (c *Clock) Observe(t Instant, now time.Time) (Instant, Verdict) {
	verdict := OnTime
	switch {
	case t <= 0:
		t, verdict = c.head, Untimed
		if t == 0 {
			t = Of(now)
		}
	case !c.cfg.Replay && ahead(t, now, c.cfg.MaxSkew):
		t, verdict = Of(now).Add(c.cfg.MaxSkew), Clamped
	case t < c.Watermark():
		verdict = Late
	}
	c.advance(t, now)
	return t, verdict
}

// Follow moves a live clock on by the wall time that passed since its head last moved. It moves by elapsed time rather
// than to the wall clock's reading, so that a backlog of older data is not declared late by a pause in it.
func (c *Clock) Follow(now time.Time) {
	if c.cfg.Replay || c.head == 0 {
		return
	}
	if idle := now.Sub(c.lastWall); idle > 0 {
		c.advance(c.head.Add(idle), now)
	}
}

// AdvanceTo moves the head to t if it is behind: after recovery, or at the end of a replay.
func (c *Clock) AdvanceTo(t Instant, now time.Time) { c.advance(t, now) }

// Head is the greatest event time seen, zero before the first.
func (c *Clock) Head() Instant { return c.head }

// Watermark is the head less the allowed lateness, zero before the first item.
func (c *Clock) Watermark() Instant {
	if c.head == 0 {
		return 0
	}
	return max(c.head.Add(-c.cfg.Lateness), 0)
}

func (c *Clock) advance(t Instant, now time.Time) {
	if t > c.head {
		c.head, c.lastWall = t, now
	}
}
