package action

import (
	"context"
	"time"
)

// Happening is one step of an action as the world is told of it: proposed, approved, denied, executed, verified and the rest.
type Happening struct {
	Tenant, ID string
	// Number is that of the step; 0 is the proposal.
	Number int
	Kind   Kind
	State  State
	At     time.Time
	// By is the person who took the step; empty for a step that no person took.
	By string
	// Proposer and Digest are the proposal's, Text what is said of the step, Verdict that of the step to Verified.
	Proposer, Digest, Text string
	Verdict                Verdict
	// Target, Service, Environment and Change are what the proposal says; empty where its bytes are not what was proposed.
	Target, Service, Environment, Change string
	// Session is the one that is ended; empty for other actions.
	Session string
}

// Chronicle is what has become of actions. The assistant extension offers it to pipelines.
type Chronicle interface {
	// Happenings are the steps taken after a time, of all tenants, in order of time.
	Happenings(ctx context.Context, after time.Time) ([]Happening, error)
	// Changed is closed when this process takes a step. Other processes take steps too: look now and then.
	Changed() <-chan struct{}
}
