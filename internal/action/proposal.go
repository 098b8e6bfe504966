package action

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gowebpki/jcs"
)

// format names the layout of a proposal; another layout gets another name.
const format = "braid.action/1"

// MaxBytes bounds a proposal's canonical bytes.
const MaxBytes = 32 << 10

// Proposal is all that is decided about: what people read, approve and get is in it, and nothing else is.
type Proposal struct {
	ID          string
	Tenant      string
	Environment string
	// Service is the service.name concerned; empty where the action is about none.
	Service   string
	Arguments Arguments
	Proposer  Proposer
	Reason    string
	Evidence  []Evidence
	// Measures are what the service's own signals said when this was proposed; afterwards they are looked at again.
	Measures []Measure
	// Mode and Approvers are the policy's at the time: a stricter one since refuses, a laxer one changes nothing.
	Mode      Mode
	Approvers int
	Proposed  time.Time
	Expires   time.Time
}

// Proposer is who proposed: a person by name, or a finding by the id of its incident.
type Proposer struct {
	By   ProposerKind `json:"by"`
	Name string       `json:"name"`
}

// ProposerKind tells people from findings.
type ProposerKind string

// The kinds.
const (
	ByPerson  ProposerKind = "person"
	ByFinding ProposerKind = "finding"
)

// Evidence is one fact that speaks for an action.
type Evidence struct {
	// Source is where it was seen: traces, logs, metrics or changes. Two that agree are told apart by it.
	Source Source `json:"source"`
	Text   string `json:"text"`
	// Incident is the id of the incident that it is of; may be empty.
	Incident string `json:"incident,omitempty"`
}

// Measure is a figure at one time. Value is nil where there was no data.
type Measure struct {
	Metric string   `json:"metric"`
	Unit   string   `json:"unit"`
	Value  *float64 `json:"value,omitempty"`
}

// document is the layout of the bytes.
type document struct {
	Format      string           `json:"format"`
	ID          string           `json:"id"`
	Tenant      string           `json:"tenant"`
	Environment string           `json:"environment"`
	Service     string           `json:"service"`
	Action      Kind             `json:"action"`
	Target      string           `json:"target"`
	Arguments   json.RawMessage  `json:"arguments"`
	Shown       map[string]Shown `json:"shown"`
	Proposer    Proposer         `json:"proposer"`
	Reason      string           `json:"reason"`
	Evidence    []Evidence       `json:"evidence,omitempty"`
	Measures    []Measure        `json:"measures,omitempty"`
	Mode        Mode             `json:"mode"`
	Approvers   int              `json:"approvers"`
	Proposed    time.Time        `json:"proposed"`
	Expires     time.Time        `json:"expires"`
}

// Check tells what is wrong with a proposal.
func (p *Proposal) Check(l Limits) error {
	switch {
	case p.Arguments == nil:
		return invalid("action", "is missing")
	case p.ID == "" || !clean(p.ID):
		return invalid("id", "is missing")
	case !clean(p.Tenant) || !clean(p.Environment) || !clean(p.Service):
		return invalid("service", "tenant, environment and service need plain names")
	case p.Proposer.By != ByPerson && p.Proposer.By != ByFinding || !clean(p.Proposer.Name):
		return invalid("proposer", "is neither a person nor a finding")
	case !clean(p.Reason) || p.Reason == "":
		return invalid("reason", "say in 1 to %d characters why", MaxText)
	case len(p.Evidence) > MaxEvidence || len(p.Measures) > MaxMeasures:
		return invalid("evidence", "must be at most %d facts and %d measures", MaxEvidence, MaxMeasures)
	case p.Approvers != 1 && p.Approvers != 2:
		return invalid("approvers", "must be 1 or 2, is %d", p.Approvers)
	case p.Mode != Review && p.Mode != Autonomous:
		return invalid("mode", "%q proposes nothing", p.Mode)
	case !p.Expires.After(p.Proposed):
		return invalid("expires", "must be after proposed")
	}
	for _, e := range p.Evidence {
		if !e.Source.Known() || !clean(e.Text) || e.Text == "" || !clean(e.Incident) {
			return invalid("evidence", "needs its source and at most %d characters of plain text", MaxText)
		}
	}
	for _, m := range p.Measures {
		if m.Metric == "" || !clean(m.Metric) || !clean(m.Unit) {
			return invalid("measures", "needs the name of a metric")
		}
	}
	if p.Proposer.By == ByFinding && !Independent(p.Evidence) {
		return invalid("evidence", "a finding proposes on two independent signals at least")
	}
	return p.Arguments.check(l)
}

// Encode gives the canonical bytes (RFC 8785) and their SHA-256 in hexadecimal: what people see and approve.
func (p *Proposal) Encode(l Limits) (text []byte, digest string, err error) {
	if err := p.Check(l); err != nil {
		return nil, "", err
	}
	if text, err = p.Canonical(); err != nil {
		return nil, "", err
	}
	if len(text) > MaxBytes {
		return nil, "", invalid("evidence", "makes a proposal of %d bytes; at most %d", len(text), MaxBytes)
	}
	return text, Digest(text), nil
}

// Canonical gives the bytes of a proposal (RFC 8785): those that Decode made it from.
func (p *Proposal) Canonical() ([]byte, error) {
	arguments, err := json.Marshal(p.Arguments)
	if err != nil {
		return nil, fmt.Errorf("encoding arguments: %w", err)
	}
	text, err := json.Marshal(document{
		Format: format, ID: p.ID, Tenant: p.Tenant, Environment: p.Environment, Service: p.Service,
		Action: p.Arguments.Kind(), Target: p.Arguments.Target(), Arguments: arguments, Shown: shown(p.Arguments),
		Proposer: p.Proposer, Reason: p.Reason, Evidence: p.Evidence, Measures: p.Measures,
		Mode: p.Mode, Approvers: p.Approvers, Proposed: p.Proposed.UTC(), Expires: p.Expires.UTC(),
	})
	if err != nil {
		return nil, fmt.Errorf("encoding the proposal: %w", err)
	}
	if text, err = jcs.Transform(text); err != nil {
		return nil, fmt.Errorf("canonical JSON: %w", err)
	}
	return text, nil
}

// Digest is the SHA-256 of canonical bytes in hexadecimal, as sha256sum prints it.
func Digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Decode reads canonical bytes. Bytes of any other layout or order, and such whose explanations are not those of their
// arguments, are refused: what people read is what is done.
func Decode(text []byte) (*Proposal, error) {
	if len(text) > MaxBytes {
		return nil, invalid("proposal", "has %d bytes; at most %d", len(text), MaxBytes)
	}
	var d document
	if err := unmarshal(text, &d); err != nil {
		return nil, invalid("proposal", "%v", err)
	}
	if d.Format != format {
		return nil, invalid("format", "%q is not %s", d.Format, format)
	}
	arguments, err := decodeArguments(d.Action, d.Arguments)
	if err != nil {
		return nil, err
	}
	p := &Proposal{
		ID: d.ID, Tenant: d.Tenant, Environment: d.Environment, Service: d.Service, Arguments: arguments, Proposer: d.Proposer,
		Reason: d.Reason, Evidence: d.Evidence, Measures: d.Measures, Mode: d.Mode, Approvers: d.Approvers,
		Proposed: d.Proposed, Expires: d.Expires,
	}
	again, err := p.Canonical()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, text) {
		return nil, invalid("proposal", "is not in its canonical form")
	}
	return p, nil
}
