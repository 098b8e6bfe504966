// Package alertmanager silences the alerts of a service in an Alertmanager, through its API v2.
package alertmanager

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/internal/action/wire"
)

// Settings say which Alertmanager.
type Settings struct {
	// Endpoint is its address, such as https://alertmanager.example, or that of the llm_summary exporter's silences.
	Endpoint string
	// Label is the label of alerts that holds the service's name.
	Label string
	// TenantLabel holds the tenant: a silence is for the alerts of one only, also of the one that has no name.
	TenantLabel string
	// Token is sent as a bearer token; may be empty.
	Token   string
	Timeout time.Duration
}

// Executor does action.SilenceAlerts.
type Executor struct {
	settings Settings
	client   *http.Client
	clock    func() time.Time
}

var _ action.Executor = (*Executor)(nil)

// New returns an executor for an Alertmanager.
func New(s Settings, clock func() time.Time) (*Executor, error) {
	if err := wire.CheckURL(s.Endpoint); err != nil {
		return nil, fmt.Errorf("endpoint: %w", err)
	}
	return &Executor{s, wire.NewClient(s.Timeout, strings.HasPrefix(s.Endpoint, "http:")), clock}, nil
}

// Resolve implements action.Executor.
func (*Executor) Resolve(_ context.Context, _ string, s *action.Service, r action.Order) (action.Arguments, error) {
	return action.Silence{Service: s.Name, Minutes: r.Minutes}, nil
}

// silence is a postable silence of the API.
type silence struct {
	Matchers  []matcher `json:"matchers"`
	StartsAt  time.Time `json:"startsAt"`
	EndsAt    time.Time `json:"endsAt"`
	CreatedBy string    `json:"createdBy"`
	Comment   string    `json:"comment"`
}

type matcher struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	IsRegex bool   `json:"isRegex"`
	IsEqual bool   `json:"isEqual"`
}

// Execute implements action.Executor.
func (e *Executor) Execute(ctx context.Context, p *action.Proposal) (string, error) {
	a, ok := p.Arguments.(action.Silence)
	if !ok {
		return "", action.NotDone(fmt.Errorf("%s is nothing that Alertmanager does", p.Arguments.Kind()))
	}
	now := e.clock().UTC()
	until := now.Add(time.Duration(a.Minutes) * time.Minute)
	s := silence{
		Matchers: []matcher{{e.settings.Label, a.Service, false, true}, {e.settings.TenantLabel, p.Tenant, false, true}}, StartsAt: now, EndsAt: until,
		CreatedBy: "Braid", Comment: "Action " + p.ID + ", proposed by " + p.Proposer.Name + ": " + p.Reason,
	}
	body, err := json.Marshal(s)
	if err != nil {
		return "", action.NotDone(fmt.Errorf("encoding a silence: %w", err))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(e.settings.Endpoint, "/")+"/api/v2/silences", bytes.NewReader(body))
	if err != nil {
		return "", action.NotDone(fmt.Errorf("the address cannot be used: %w", err))
	}
	r.GetBody = nil // a request that may have arrived is not sent a second time
	r.Header.Set("Content-Type", "application/json")
	if e.settings.Token != "" {
		r.Header.Set("Authorization", "Bearer "+e.settings.Token)
	}
	if _, err := wire.Post(ctx, e.client, r); err != nil {
		return "", fmt.Errorf("alertmanager: %w", err)
	}
	return fmt.Sprintf("alerts of %s are silent until %s", a.Service, until.Format(time.RFC3339)), nil
}

// Look implements action.Executor: the silence ends by itself.
func (*Executor) Look(context.Context, *action.Proposal) (string, error) { return "", nil }
