package query

import (
	"time"

	"github.com/braidotel/braid/internal/action"
)

// ApprovalFilter narrows a list of actions.
type ApprovalFilter struct {
	// Status is pending, decided or all; empty is all.
	Status string
	// Limit is the most to return; zero is 100.
	Limit int
	// Language of the texts, "ko" or "en".
	Language string
}

// ProposalRequest is an action that somebody wants: exactly, or in words.
type ProposalRequest struct {
	action.Order
	// Text orders one action in Korean or English, such as payment 파드를 2배로 늘려줘; what it leaves out, the other fields say.
	Text string `json:"text,omitempty"`
	// Language of the answer.
	Language string `json:"language,omitempty"`
}

// Decision is what a person decides about an action.
type Decision struct {
	ID      string
	Approve bool
	// Digest is the hash of the bytes that are approved; a denial needs none.
	Digest string
	// Reason is needed either way.
	Reason string
	// Language of the answer.
	Language string
}

// Approval is an action that waits for people, or what became of it.
type Approval struct {
	ID string `json:"id"`
	// Kind is the action of the catalogue, Action what changes, Effect what for, Blast what it may break and how to undo it.
	Kind   string `json:"kind"`
	Action string `json:"action"`
	Target string `json:"target,omitempty"`
	Effect string `json:"effect"`
	Blast  string `json:"blast_radius,omitempty"`
	// Service and Environment are what it concerns; either may be empty.
	Service     string `json:"service,omitempty"`
	Environment string `json:"environment,omitempty"`
	Because     string `json:"because,omitempty"`
	// Evidence are the facts that speak for it, Measures what the service's own signals said.
	Evidence []action.Evidence `json:"evidence,omitempty"`
	Measures []action.Measure  `json:"measures,omitempty"`
	Proposed time.Time         `json:"proposed"`
	Expires  time.Time         `json:"expires"`
	// Proposer is a person, or the id of an incident where Finding is set.
	Proposer string `json:"proposer"`
	Finding  bool   `json:"finding,omitempty"`
	// Approvers is how many people must approve.
	Approvers int `json:"approvers,omitempty"`
	// Document is what is approved, byte by byte, and Digest its SHA-256.
	Document string `json:"document,omitempty"`
	Digest   string `json:"digest,omitempty"`
	// Altered tells that the document is not what was proposed: nobody can approve it.
	Altered bool `json:"altered,omitempty"`
	// Hindrance is why whoever asks cannot approve it; absent where they can, and where nothing is left to decide.
	Hindrance *Hindrance `json:"hindrance,omitempty"`
	// Status is pending, seconded (approved by one of two), approved, denied, expired, executing, done, failed, unknown or verified.
	Status string `json:"status"`
	// DecidedBy are the people who decided, and Reason what the latest of them said.
	DecidedBy string `json:"decided_by,omitempty"`
	Reason    string `json:"reason,omitempty"`
	// Result is what came of it, Verdict what the service's signals said afterwards: better, same, worse or no_data.
	Result  string         `json:"result,omitempty"`
	Verdict string         `json:"verdict,omitempty"`
	Steps   []ApprovalStep `json:"steps,omitempty"`
}

// Hindrance is why somebody cannot approve an action.
type Hindrance struct {
	// Code is role, self, twice, nameless (nobody is logged in), expired, altered, read_only or limit.
	Code string `json:"code"`
	// Text says it, and what to do about it.
	Text string `json:"text"`
}

// ApprovalStep is one that was taken.
type ApprovalStep struct {
	Status string    `json:"status"`
	At     time.Time `json:"at"`
	By     string    `json:"by,omitempty"`
	Text   string    `json:"text,omitempty"`
}
