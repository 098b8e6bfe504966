package simulate

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Bounds of a configuration.
const (
	MaxUsers    = 200_000
	maxDuration = 400 * 24 * time.Hour
)

// spansPerUserSecond is how many spans one present visitor causes a second, all tiers together. A test holds it against
// what the generator really makes.
const spansPerUserSecond = 0.161

// Config says what to simulate. The zero Duration means "without end".
type Config struct {
	// Seed from which everything random follows.
	Seed uint64
	// Start is the first moment of the simulation.
	Start time.Time
	// Duration of the simulation; 0 goes on for ever.
	Duration time.Duration
	// Users is how many visitors are in the shop at once in the busiest hour of the week.
	Users int
	// Scenarios are the planted troubles.
	Scenarios []Scenario
}

// UsersForRate returns the Users that make about rate spans a second in the busiest hour.
func UsersForRate(rate float64) int {
	return int(math.Ceil(rate / spansPerUserSecond))
}

// Validate reports every field that cannot be used, with its bounds.
func (c Config) Validate() error {
	var errs []error
	if c.Users < 1 || c.Users > MaxUsers {
		errs = append(errs, fmt.Errorf("users must be between 1 and %d, got %d", MaxUsers, c.Users))
	}
	if c.Duration < 0 || c.Duration > maxDuration {
		errs = append(errs, fmt.Errorf("duration must be between 0 (without end) and %v, got %v", maxDuration, c.Duration))
	}
	if y := c.Start.Year(); y < 1971 || y > 2200 {
		errs = append(errs, fmt.Errorf("start must lie between 1971 and 2200, got %s", c.Start.Format(time.RFC3339)))
	}
	for _, s := range c.Scenarios {
		if err := s.validate(); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
