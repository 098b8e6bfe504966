package simulate

import (
	"fmt"
	"strings"
	"time"
)

// Kind names a planted trouble.
type Kind string

// The troubles that can be planted.
const (
	// Fault slows the payment service's database down until calls time out and orders fail.
	Fault Kind = "fault"
	// LoginFlood tries passwords from one address, 120 a minute, all refused.
	LoginFlood Kind = "login-flood"
	// MemoryRamp leaks the heap of one application server until it only collects garbage.
	MemoryRamp Kind = "memory-ramp"
	// HotSpot sends four times the usual visitors to one region.
	HotSpot Kind = "hot-spot"
	// DuplicateLogin logs one user in a second time, elsewhere, while the first session lasts.
	DuplicateLogin Kind = "duplicate-login"
)

// Kinds returns every kind, in the order in which [DefaultScenarios] plants them.
func Kinds() []Kind {
	return []Kind{DuplicateLogin, LoginFlood, HotSpot, Fault, MemoryRamp}
}

// Scenario is one planted trouble: its kind, and when it begins and how long it lasts, counted from the simulation's start.
type Scenario struct {
	Kind   Kind
	Offset time.Duration
	Length time.Duration
}

// defaultHorizon is the stretch over which the default scenarios are spread when a simulation has no end.
const defaultHorizon = time.Hour

// DefaultScenarios plants one of each kind, spread over the duration (over the first hour when that is 0).
func DefaultScenarios(duration time.Duration) []Scenario {
	var all []Scenario
	for _, k := range Kinds() {
		all = append(all, defaultScenario(k, duration))
	}
	return all
}

func defaultScenario(k Kind, duration time.Duration) Scenario {
	if duration == 0 {
		duration = defaultHorizon
	}
	from, to := 0, 0 // percent of the duration
	switch k {
	case DuplicateLogin:
		from, to = 10, 100
	case LoginFlood:
		from, to = 20, 35
	case HotSpot:
		from, to = 40, 55
	case Fault:
		from, to = 60, 75
	case MemoryRamp:
		from, to = 50, 100
	}
	return Scenario{Kind: k, Offset: duration * time.Duration(from) / 100, Length: duration * time.Duration(to-from) / 100}
}

// ParseScenario reads KIND, KIND@OFFSET or KIND@OFFSET/LENGTH (durations such as 90s or 20m, from the start of the
// simulation). What is left out is as [DefaultScenarios] plants it in a simulation of the given duration.
func ParseScenario(text string, duration time.Duration) (Scenario, error) {
	name, when, timed := strings.Cut(text, "@")
	s := defaultScenario(Kind(name), duration)
	if err := s.validate(); err != nil {
		return Scenario{}, err
	}
	if !timed {
		return s, nil
	}
	offset, length, lengthGiven := strings.Cut(when, "/")
	var err error
	if s.Offset, err = time.ParseDuration(offset); err != nil {
		return Scenario{}, fmt.Errorf("scenario %q: offset: %w", text, err)
	}
	if lengthGiven {
		if s.Length, err = time.ParseDuration(length); err != nil {
			return Scenario{}, fmt.Errorf("scenario %q: length: %w", text, err)
		}
	}
	return s, s.validate()
}

func (s Scenario) validate() error {
	switch s.Kind {
	case Fault, LoginFlood, MemoryRamp, HotSpot, DuplicateLogin:
	default:
		return fmt.Errorf("scenario %q is unknown; known are %v", s.Kind, Kinds())
	}
	if s.Offset < 0 || s.Length < 0 {
		return fmt.Errorf("scenario %s: offset and length must not be negative, got %v and %v", s.Kind, s.Offset, s.Length)
	}
	return nil
}

// Planted says what a scenario did, for scoring whoever looks for it.
type Planted struct {
	Kind  Kind      `json:"kind"`
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	// Target names what was hit by its attributes, such as service.name, braid.region, client.address or user.id.
	Target map[string]string `json:"target"`
}

// plan is a scenario in Unix nanoseconds.
type plan struct {
	kind     Kind
	from, to int64
	done     bool // duplicate log-in only: it happens once
}

func (p *plan) active(t int64) bool { return t >= p.from && t < p.to }

// during reports whether a scenario of this kind is on at t, and how far it has gone, from 0 to 1.
func (g *Generator) during(k Kind, t int64) (progress float64, on bool) {
	for i := range g.plans {
		p := &g.plans[i]
		if p.kind == k && p.active(t) {
			return float64(t-p.from) / float64(p.to-p.from), true
		}
	}
	return 0, false
}
