package action

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Policy says what may be done where, and by how many people's word.
type Policy struct {
	// Mode is that of environments and actions that say nothing else. It is never Autonomous.
	Mode Mode
	// Environments, by name.
	Environments map[string]Environment
	// TwoApprovers are actions that need two people everywhere.
	TwoApprovers []Kind
	Limits       Limits
	// Expiry is how long a proposal can be approved, and its execution begun.
	Expiry time.Duration
}

// Environment is a policy of one environment.
type Environment struct {
	// Mode is that of actions that Modes does not name; empty is the policy's. It is never Autonomous.
	Mode Mode
	// Modes are those of single actions.
	Modes map[Kind]Mode
	// TwoApprovers are actions that need two people here.
	TwoApprovers []Kind
}

// Bounds of Policy.Expiry.
const (
	DefaultExpiry = 10 * time.Minute
	MaxExpiry     = 24 * time.Hour
)

// DefaultPolicy waits for one person, everywhere.
func DefaultPolicy() Policy {
	return Policy{Mode: Review, Limits: DefaultLimits(), Expiry: DefaultExpiry}
}

// Validate reports every mistake at once.
func (p *Policy) Validate() error {
	errs := []error{plain("mode", p.Mode, false), kinds("two_approvers", p.TwoApprovers), p.Limits.validate()}
	if p.Expiry < time.Minute || p.Expiry > MaxExpiry {
		errs = append(errs, fmt.Errorf("expiry: must be 1m to %s, is %s", MaxExpiry, p.Expiry))
	}
	for _, name := range slices.Sorted(maps.Keys(p.Environments)) {
		e := p.Environments[name]
		at := "environments::" + name
		if name == "" || !clean(name) {
			errs = append(errs, errors.New("environments: one has no name"))
		}
		errs = append(errs, plain(at+"::mode", e.Mode, true), kinds(at+"::two_approvers", e.TwoApprovers))
		for _, k := range slices.Sorted(maps.Keys(e.Modes)) {
			switch {
			case !k.Known():
				errs = append(errs, fmt.Errorf("%s::modes: %q is no action; there are %v", at, k, Kinds()))
			case !e.Modes[k].Known():
				errs = append(errs, fmt.Errorf("%s::modes::%s: %q is none of read_only, review and autonomous", at, k, e.Modes[k]))
			case e.Modes[k] == Autonomous && p.Approvers(k, name) > 1:
				errs = append(errs, fmt.Errorf("%s::modes::%s: autonomous needs nobody and two_approvers two people; choose one", at, k))
			}
		}
	}
	return errors.Join(errs...)
}

func (l *Limits) validate() error {
	var errs []error
	if l.Replicas < 1 || l.Replicas > 10_000 {
		errs = append(errs, fmt.Errorf("limits::replicas: must be 1 to 10000, is %d", l.Replicas))
	}
	if !(l.Factor >= 1 && l.Factor <= 100) {
		errs = append(errs, fmt.Errorf("limits::factor: must be 1 to 100, is %g", l.Factor))
	}
	if l.Silence < time.Minute || l.Silence > 30*24*time.Hour {
		errs = append(errs, fmt.Errorf("limits::silence: must be 1m to 720h, is %s", l.Silence))
	}
	return errors.Join(errs...)
}

// plain refuses Autonomous where it would be for all actions: whoever wants it names each.
func plain(field string, m Mode, empty bool) error {
	switch {
	case m == Autonomous:
		return fmt.Errorf("%s: autonomous is given action by action, in modes of an environment", field)
	case m == "" && empty, m.Known():
		return nil
	}
	return fmt.Errorf("%s: %q is neither read_only nor review", field, m)
}

func kinds(field string, list []Kind) error {
	for _, k := range list {
		if !k.Known() {
			return fmt.Errorf("%s: %q is no action; there are %v", field, k, Kinds())
		}
	}
	return nil
}

// ModeOf is the mode of an action in an environment.
func (p *Policy) ModeOf(k Kind, environment string) Mode {
	e := p.Environments[environment]
	for _, m := range []Mode{e.Modes[k], e.Mode, p.Mode} {
		if m != "" {
			return m
		}
	}
	return Review
}

// Approvers is how many people must approve an action in an environment: 1 or 2.
func (p *Policy) Approvers(k Kind, environment string) int {
	if slices.Contains(p.TwoApprovers, k) || slices.Contains(p.Environments[environment].TwoApprovers, k) {
		return 2
	}
	return 1
}
