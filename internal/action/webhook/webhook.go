// Package webhook hands approved actions to the organisation's own automation: the canonical bytes that were approved, signed
// by the scheme of https://www.standardwebhooks.com.
package webhook

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/internal/action/wire"
)

// Hook is one webhook of the configuration.
type Hook struct {
	Name string
	URL  string
	// Tenant is whose it is.
	Tenant string
	// Secret signs, at least 24 bytes.
	Secret  []byte
	Timeout time.Duration
}

// MinSecret is the shortest secret, in bytes, that the scheme allows.
const MinSecret = 24

// DigestHeader carries the SHA-256 of the body in hexadecimal: the hash that was approved.
const DigestHeader = "Braid-Action-Digest"

type hook struct {
	Hook
	signer *standardwebhooks.Webhook
	client *http.Client
}

// Executor does action.CallWebhook, and action.EndSession through the webhook that is named for it.
type Executor struct {
	hooks map[string]*hook
	ends  string
	clock func() time.Time
}

var _ action.Executor = (*Executor)(nil)

// New returns an executor for some webhooks. ends names the one that ends sessions; empty for none.
func New(hooks []Hook, ends string, clock func() time.Time) (*Executor, error) {
	e := &Executor{hooks: map[string]*hook{}, ends: ends, clock: clock}
	for _, h := range hooks {
		if err := wire.CheckURL(h.URL); err != nil {
			return nil, fmt.Errorf("webhook %s: url: %w", h.Name, err)
		}
		if len(h.Secret) < MinSecret {
			return nil, fmt.Errorf("webhook %s: secret: has %d bytes; at least %d sign", h.Name, len(h.Secret), MinSecret)
		}
		signer, err := standardwebhooks.NewWebhookRaw(h.Secret)
		if err != nil {
			return nil, fmt.Errorf("webhook %s: secret: %w", h.Name, err)
		}
		e.hooks[h.Name] = &hook{h, signer, wire.NewClient(h.Timeout, strings.HasPrefix(h.URL, "http:"))}
	}
	if ends != "" && e.hooks[ends] == nil {
		return nil, fmt.Errorf("end_session::webhook: there is no webhook %q", ends)
	}
	return e, nil
}

// Resolve implements action.Executor.
func (e *Executor) Resolve(_ context.Context, tenant string, _ *action.Service, r action.Order) (action.Arguments, error) {
	if r.Action == action.EndSession {
		return action.End{Session: r.Session}, nil
	}
	if h := e.hooks[r.Webhook]; h == nil || h.Tenant != tenant {
		return nil, &action.InvalidError{Field: "webhook", Text: fmt.Sprintf("%q is none of actions::webhooks of the assistant extension", action.Clean(r.Webhook))}
	}
	return action.Call{Webhook: r.Webhook, Parameters: r.Parameters}, nil
}

// Execute implements action.Executor.
func (e *Executor) Execute(ctx context.Context, p *action.Proposal) (string, error) {
	var h *hook
	switch a := p.Arguments.(type) {
	case action.Call:
		if h = e.hooks[a.Webhook]; h != nil && h.Tenant != p.Tenant {
			h = nil
		}
	case action.End:
		h = e.hooks[e.ends]
	}
	if h == nil {
		return "", action.NotDone(fmt.Errorf("the webhook of %s is not configured", p.Arguments.Target()))
	}
	return h.send(ctx, p, e.clock())
}

func (h *hook) send(ctx context.Context, p *action.Proposal, now time.Time) (string, error) {
	body, err := p.Canonical()
	if err != nil {
		return "", action.NotDone(err)
	}
	signature, err := h.signer.Sign(p.ID, now, body)
	if err != nil {
		return "", action.NotDone(fmt.Errorf("signing: %w", err))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return "", action.NotDone(fmt.Errorf("webhook %s: the address cannot be used", h.Name))
	}
	r.GetBody = nil // a request that may have arrived is not sent a second time
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Braid")
	r.Header.Set(standardwebhooks.HeaderWebhookID, p.ID)
	r.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	r.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	r.Header.Set(DigestHeader, action.Digest(body))
	code, err := wire.Post(ctx, h.client, r)
	if err != nil {
		return "", fmt.Errorf("webhook %s: %w", h.Name, err)
	}
	return fmt.Sprintf("webhook %s answered %d", h.Name, code), nil
}

// Look implements action.Executor: what the automation did is not seen from here.
func (*Executor) Look(context.Context, *action.Proposal) (string, error) { return "", nil }
