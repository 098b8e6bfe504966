package action

import "slices"

// Kind is an action of the catalogue. There are no others: nothing that telemetry, a document or a model says adds one.
type Kind string

// The catalogue.
const (
	ScaleWorkload   Kind = "scale_workload"
	RestartWorkload Kind = "restart_workload"
	RollBack        Kind = "roll_back_deployment"
	EndSession      Kind = "end_session"
	SilenceAlerts   Kind = "silence_alerts"
	CallWebhook     Kind = "call_webhook"
)

// Kinds are all actions of the catalogue.
func Kinds() []Kind {
	return []Kind{ScaleWorkload, RestartWorkload, RollBack, EndSession, SilenceAlerts, CallWebhook}
}

// Known reports whether the catalogue has the action.
func (k Kind) Known() bool { return slices.Contains(Kinds(), k) }

// Mode says how far an action goes without a person.
type Mode string

// The modes.
const (
	// ReadOnly refuses even the proposal.
	ReadOnly Mode = "read_only"
	// Review waits for people to approve.
	Review Mode = "review"
	// Autonomous executes what a finding proposes; what a person proposes still waits for another one.
	Autonomous Mode = "autonomous"
)

// Known reports whether it is one of the modes.
func (m Mode) Known() bool { return m == ReadOnly || m == Review || m == Autonomous }

// State is where an action stands.
type State string

// The states. Seconded is approved by the first of two people; Unknown was begun and nobody knows how it ended.
const (
	Proposed  State = "proposed"
	Seconded  State = "seconded"
	Approved  State = "approved"
	Denied    State = "denied"
	Expired   State = "expired"
	Executing State = "executing"
	Succeeded State = "executed"
	Failed    State = "failed"
	Unknown   State = "unknown"
	Verified  State = "verified"
)

// steps are all there are. None leads back, and one alone leads to Executing: nothing is executed twice.
var steps = map[State][]State{
	Proposed:  {Seconded, Approved, Denied, Expired},
	Seconded:  {Approved, Denied, Expired},
	Approved:  {Executing, Expired},
	Executing: {Succeeded, Failed, Unknown},
	Succeeded: {Verified},
	Unknown:   {Verified},
}

// States are all states.
func States() []State {
	return []State{Proposed, Seconded, Approved, Denied, Expired, Executing, Succeeded, Failed, Unknown, Verified}
}

// Leads reports whether a step from one state to another exists.
func (s State) Leads(to State) bool { return slices.Contains(steps[s], to) }

// Pending reports whether people can still decide.
func (s State) Pending() bool { return s == Proposed || s == Seconded }

// Final reports whether no step leads on.
func (s State) Final() bool { return len(steps[s]) == 0 }
