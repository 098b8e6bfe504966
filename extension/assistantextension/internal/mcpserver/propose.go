package mcpserver

import (
	"context"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/internal/query"
)

// ProposeInput is an action that a person wants: in their words, or by its parts.
type ProposeInput struct {
	Request  string `json:"request,omitempty" jsonschema:"one order in Korean or English, as the person put it: double the pods of payment"`
	Action   string `json:"action,omitempty" jsonschema:"scale_workload, restart_workload, roll_back_deployment, end_session, silence_alerts or call_webhook"`
	Service  string `json:"service,omitempty"`
	Replicas int    `json:"replicas,omitempty"`
	Version  string `json:"version,omitempty"`
	Session  string `json:"session,omitempty"`
	Minutes  int    `json:"minutes,omitempty"`
	Webhook  string `json:"webhook,omitempty"`
	Reason   string `json:"reason,omitempty" jsonschema:"why, for who decides"`
	Language string `json:"language,omitempty"`
}

// Proposed is a proposal that waits for people.
type Proposed struct {
	Headline  string    `json:"headline"`
	ID        string    `json:"id"`
	Status    string    `json:"status"`
	Effect    string    `json:"effect"`
	Blast     string    `json:"blast_radius"`
	Approvers int       `json:"approvers"`
	Expires   time.Time `json:"expires"`
	Digest    string    `json:"digest"`
	Tenant    string    `json:"tenant,omitempty"`
}

const proposeAction = "propose_action"

// addPropose adds the one tool that writes: it files what a person then decides about on the page. There is no tool that
// decides or executes.
func (s *server) addPropose(protocol *mcp.Server) {
	no := false
	tool := &mcp.Tool{
		Name: proposeAction,
		Description: "Files an action for people to approve on Braid's page; executes nothing. Only when the person asks for it. " +
			"Say what it changes and that it waits.",
		Annotations: &mcp.ToolAnnotations{DestructiveHint: &no, OpenWorldHint: &no},
	}
	mcp.AddTool(protocol, tool, func(ctx context.Context, _ *mcp.CallToolRequest, in ProposeInput) (*mcp.CallToolResult, *Proposed, error) {
		out, err := s.propose(ctx, callerOf(ctx), in)
		return nil, out, explain(err)
	})
}

func (s *server) propose(ctx context.Context, caller query.Caller, in ProposeInput) (*Proposed, error) {
	shape := Shape{Language: in.Language}
	if err := shape.check(); err != nil {
		return nil, err
	}
	for _, f := range []struct{ name, value string }{
		{"request", in.Request}, {"action", in.Action}, {"service", in.Service}, {"version", in.Version}, {"session", in.Session}, {"webhook", in.Webhook}, {"reason", in.Reason},
	} {
		if len(f.value) > maxText {
			return nil, invalid(f.name, "is too long")
		}
	}
	a, err := s.service.Propose(ctx, caller, query.ProposalRequest{
		Text: strings.TrimSpace(in.Request), Language: shape.language(),
		Order: action.Order{
			Action: action.Kind(in.Action), Service: in.Service, Replicas: in.Replicas, Version: in.Version, Session: in.Session,
			Minutes: in.Minutes, Webhook: in.Webhook, Reason: in.Reason,
		},
	})
	if err != nil {
		return nil, err
	}
	return &Proposed{
		Headline: a.Action, ID: a.ID, Status: a.Status, Effect: a.Effect, Blast: a.Blast, Approvers: a.Approvers, Expires: a.Expires,
		Digest: a.Digest, Tenant: caller.Tenant,
	}, nil
}
