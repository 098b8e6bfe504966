package action

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Record is a proposal as it is kept: its bytes with what must agree with them, and what has become of it.
type Record struct {
	ID, Tenant string
	Bytes      []byte
	Digest     string
	Proposer   string
	Expires    time.Time
	State      State
	Trail      []Step
}

// Step is one that was taken.
type Step struct {
	State State     `json:"state"`
	At    time.Time `json:"at"`
	// By is the person; empty for a step that no person took.
	By string `json:"by,omitempty"`
	// Digest is what they approved.
	Digest string `json:"digest,omitempty"`
	// Unattended is an approval that the policy gave, and no person.
	Unattended bool   `json:"unattended,omitempty"`
	Text       string `json:"text,omitempty"`
	// Verdict is that of the step to Verified.
	Verdict Verdict `json:"verdict,omitempty"`
}

// Code is why something was refused.
type Code string

// The codes.
const (
	CodeRole     Code = "role"      // the caller is no approver
	CodeSelf     Code = "self"      // the proposer decides
	CodeTwice    Code = "twice"     // the first approver is the second too
	CodeNameless Code = "nameless"  // nobody knows who decides
	CodeDecided  Code = "decided"   // it was decided, or begun, before
	CodeExpired  Code = "expired"   // its time is over
	CodeAltered  Code = "altered"   // the bytes are not those that were proposed
	CodeDigest   Code = "digest"    // other bytes were approved than are here
	CodeReadOnly Code = "read_only" // the policy allows no such action
	CodeLimit    Code = "limit"     // the policy's limits are stricter now
	CodeRepeated Code = "repeated"  // the same is proposed already
	CodeTooMany  Code = "too_many"  // too much waits for a decision
)

// RefusedError says why a step was not taken.
type RefusedError struct {
	Code Code
	Text string
}

func (e *RefusedError) Error() string { return e.Text }

func refuse(c Code, format string, args ...any) error {
	return &RefusedError{c, fmt.Sprintf(format, args...)}
}

// Open checks that a record holds what was proposed, and returns it.
func (r *Record) Open() (*Proposal, error) {
	if !Equal(Digest(r.Bytes), r.Digest) {
		return nil, refuse(CodeAltered, "the proposal was altered after it was made: its hash does not fit")
	}
	p, err := Decode(r.Bytes)
	if err != nil {
		return nil, refuse(CodeAltered, "the proposal was altered after it was made: %v", err)
	}
	if p.ID != r.ID || p.Tenant != r.Tenant || p.Proposer.Name != r.Proposer || !p.Expires.Equal(r.Expires) {
		return nil, refuse(CodeAltered, "the proposal is not the one that was filed under this id")
	}
	return p, nil
}

// Person is who decides.
type Person struct {
	Name    string
	Approve bool
}

// Approve is the state to which one person's approval of exactly the bytes with that digest leads.
func (r *Record) Approve(by Person, digest string, policy *Policy, now time.Time) (State, error) {
	p, err := r.decidable(by, now)
	if err != nil {
		return "", err
	}
	switch {
	case !Equal(digest, r.Digest):
		return "", refuse(CodeDigest, "the hash is not that of this proposal: look again at what it says")
	case by.Name == "" && (p.Proposer.By == ByPerson || p.needs(policy) > 1):
		return "", refuse(CodeNameless, "nobody is logged in here, so whoever approves cannot be told from who proposed: it can only be denied. "+
			"To approve, configure http::auth and access::rules of the assistant, with two people at least")
	case p.Proposer.By == ByPerson && by.Name == p.Proposer.Name:
		return "", refuse(CodeSelf, "whoever proposed an action cannot approve it")
	case slices.ContainsFunc(r.Trail, func(s Step) bool { return s.State == Seconded && s.By == by.Name }):
		return "", refuse(CodeTwice, "this needs two people, and you are the first of them")
	}
	if err := p.allowed(policy); err != nil {
		return "", err
	}
	if p.needs(policy) > 1 && r.State == Proposed {
		return Seconded, nil
	}
	return Approved, nil
}

// Hindrance is why a person cannot approve a record as it stands; nil where they can, and where nothing is left to decide.
func (r *Record) Hindrance(by Person, policy *Policy, now time.Time) *RefusedError {
	if !r.State.Pending() {
		return nil
	}
	_, err := r.Approve(by, r.Digest, policy, now)
	refused, _ := errors.AsType[*RefusedError](err)
	return refused
}

// needs is how many people must approve, by the policy of then or of now, whichever asks for more.
func (p *Proposal) needs(policy *Policy) int {
	return max(p.Approvers, policy.Approvers(p.Arguments.Kind(), p.Environment))
}

// Deny is the state to which one person's denial leads. Who proposed may take it back so.
func (r *Record) Deny(by Person, now time.Time) (State, error) {
	if err := r.pending(by, now); err != nil {
		return "", err
	}
	return Denied, nil
}

func (r *Record) pending(by Person, now time.Time) error {
	switch {
	case !by.Approve:
		return refuse(CodeRole, "this needs the role approver")
	case !r.State.Pending():
		return refuse(CodeDecided, "the action is %s already", r.State)
	case !now.Before(r.Expires):
		return refuse(CodeExpired, "the proposal expired at %s; propose it again", r.Expires.UTC().Format(time.RFC3339))
	}
	return nil
}

func (r *Record) decidable(by Person, now time.Time) (*Proposal, error) {
	if err := r.pending(by, now); err != nil {
		return nil, err
	}
	return r.Open()
}

// allowed reports whether today's policy still allows a proposal.
func (p *Proposal) allowed(policy *Policy) error {
	if policy.ModeOf(p.Arguments.Kind(), p.Environment) == ReadOnly {
		return refuse(CodeReadOnly, "%s is read_only in this environment", p.Arguments.Kind())
	}
	if err := p.Check(policy.Limits); err != nil {
		return refuse(CodeLimit, "%v", err)
	}
	return nil
}

// Unattended reports whether the policy lets a proposal be approved by nobody: a finding's, of two independent signals,
// where the action is autonomous in its environment.
func (p *Proposal) Unattended(policy *Policy) bool {
	kind := p.Arguments.Kind()
	return p.Proposer.By == ByFinding && Independent(p.Evidence) && p.Mode == Autonomous && p.Approvers == 1 &&
		policy.ModeOf(kind, p.Environment) == Autonomous && policy.Approvers(kind, p.Environment) == 1
}

// Claim returns what to execute, if it is approved, unaltered since, allowed and in time. Whoever executes must first make
// the step to Executing durable, and be the only one who did.
func (r *Record) Claim(policy *Policy, now time.Time) (*Proposal, error) {
	switch {
	case r.State != Approved:
		return nil, refuse(CodeDecided, "the action is %s", r.State)
	case !now.Before(r.Expires):
		return nil, refuse(CodeExpired, "approved, and not begun before the approval expired")
	}
	p, err := r.Open()
	if err != nil {
		return nil, err
	}
	if err := p.allowed(policy); err != nil {
		return nil, err
	}
	var people []string
	for _, s := range r.Trail {
		if s.State != Approved && s.State != Seconded {
			continue
		}
		if !Equal(s.Digest, r.Digest) {
			return nil, refuse(CodeDigest, "what was approved is not what is here")
		}
		self := p.Proposer.By == ByPerson && (s.By == "" || s.By == p.Proposer.Name)
		if !s.Unattended && !self && !slices.Contains(people, s.By) {
			people = append(people, s.By)
		}
	}
	if need := p.needs(policy); len(people) < need && !p.Unattended(policy) {
		return nil, refuse(CodeAltered, "%d of %d approvals are on record", len(people), need)
	}
	return p, nil
}
