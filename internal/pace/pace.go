// Package pace says when an event of a recorded or simulated past is due now.
package pace

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Speed is how many seconds of events pass in a second. [Max] does not wait at all.
type Speed float64

// Max sends everything as fast as it is taken.
const Max Speed = 0

// maxFactor bounds a speed; faster than this is Max.
const maxFactor = 1e6

// String implements pflag.Value.
func (s *Speed) String() string {
	if *s == Max {
		return "max"
	}
	return strconv.FormatFloat(float64(*s), 'g', -1, 64)
}

// Set implements pflag.Value: a positive factor, or "max".
func (s *Speed) Set(text string) error {
	if text == "max" {
		*s = Max
		return nil
	}
	factor, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(factor) || factor <= 0 || factor > maxFactor {
		return fmt.Errorf("speed must be \"max\" or a factor above 0 and at most %.0f, such as 1 or 600; got %q", maxFactor, text)
	}
	*s = Speed(factor)
	return nil
}

// Type implements pflag.Value.
func (*Speed) Type() string { return "speed" }

// Pacer maps event time to waiting time. The first event is due at once.
type Pacer struct {
	// Speed of the events.
	Speed Speed
	// Live holds events back until their own time has come: a past that catches up with the present goes on at its pace.
	Live bool

	begun  bool
	event  time.Time
	moment time.Time
}

// Wait returns how long after now the event is due; 0 or less means at once.
func (p *Pacer) Wait(event, now time.Time) time.Duration {
	if !p.begun {
		p.begun, p.event, p.moment = true, event, now
	}
	var wait time.Duration
	if p.Speed != Max {
		due := float64(event.Sub(p.event)) / float64(p.Speed)
		wait = p.moment.Add(time.Duration(due)).Sub(now)
	}
	if p.Live {
		wait = max(wait, event.Sub(now))
	}
	return wait
}
