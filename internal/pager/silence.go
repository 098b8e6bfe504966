package pager

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/alertmanager/silence"
	"github.com/prometheus/alertmanager/silence/silencepb"
)

// Matcher is one condition on the labels of an alert, as Alertmanager's API has it.
type Matcher struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	IsRegex bool   `json:"isRegex"`
	// IsEqual false turns the condition around; absent is true.
	IsEqual *bool `json:"isEqual,omitempty"`
}

// Silence keeps alerts that match from being sent for a while. They are recorded and shown all the same.
type Silence struct {
	ID        string    `json:"id,omitempty"`
	Matchers  []Matcher `json:"matchers"`
	StartsAt  time.Time `json:"startsAt"`
	EndsAt    time.Time `json:"endsAt"`
	CreatedBy string    `json:"createdBy"`
	Comment   string    `json:"comment"`
	UpdatedAt time.Time `json:"updatedAt,omitzero"`
	Status    *State    `json:"status,omitempty"`
}

// State of a silence: pending, active or expired.
type State struct {
	State string `json:"state"`
}

// ErrNoSilence is for a silence that does not exist.
var ErrNoSilence = errors.New("there is no such silence")

// maxSilences bounds how many there may be.
const maxSilences = 1000

// matcherTypes are Alertmanager's, by regex and equality.
var matcherTypes = map[[2]bool]silencepb.Matcher_Type{
	{false, true}: silencepb.Matcher_EQUAL, {false, false}: silencepb.Matcher_NOT_EQUAL,
	{true, true}: silencepb.Matcher_REGEXP, {true, false}: silencepb.Matcher_NOT_REGEXP,
}

// Silence begins a silence, or changes the one of that ID, and returns its ID.
func (p *Pager) Silence(ctx context.Context, s Silence, now time.Time) (string, error) {
	switch {
	case len(s.Matchers) == 0:
		return "", errors.New("matchers: name at least one")
	case !s.EndsAt.After(now) || !s.EndsAt.After(s.StartsAt):
		return "", errors.New("endsAt: must be ahead of now and of startsAt")
	case s.CreatedBy == "" || s.Comment == "":
		return "", errors.New("createdBy and comment: say who silences, and why")
	}
	to := &silencepb.Silence{Id: s.ID, StartsAt: s.StartsAt, EndsAt: s.EndsAt, CreatedBy: s.CreatedBy, Comment: s.Comment}
	if to.StartsAt.Before(now) {
		to.StartsAt = now
	}
	for _, m := range s.Matchers {
		to.Matchers = append(to.Matchers, &silencepb.Matcher{Name: m.Name, Pattern: m.Value, Type: matcherTypes[[2]bool{m.IsRegex, m.IsEqual == nil || *m.IsEqual}]})
	}
	if err := p.silences.Set(ctx, to); err != nil {
		if errors.Is(err, silence.ErrNotFound) {
			return "", ErrNoSilence
		}
		return "", fmt.Errorf("silence: %w", err)
	}
	return to.Id, nil
}

// Unsilence ends a silence.
func (p *Pager) Unsilence(ctx context.Context, id string) error {
	err := p.silences.Expire(ctx, id)
	if errors.Is(err, silence.ErrNotFound) {
		return ErrNoSilence
	}
	return err
}

// Silences are those there are, expired ones too as long as they are remembered.
func (p *Pager) Silences(ctx context.Context, now time.Time) ([]Silence, error) {
	all, _, err := p.silences.Query(ctx)
	if err != nil {
		return nil, fmt.Errorf("silences: %w", err)
	}
	out := make([]Silence, 0, len(all))
	for _, s := range all {
		state := "active"
		switch {
		case !s.EndsAt.After(now):
			state = "expired"
		case s.StartsAt.After(now):
			state = "pending"
		}
		o := Silence{
			ID: s.Id, StartsAt: s.StartsAt, EndsAt: s.EndsAt, CreatedBy: s.CreatedBy, Comment: s.Comment, UpdatedAt: s.UpdatedAt, Status: &State{state},
		}
		for _, m := range s.Matchers {
			equal := m.Type == silencepb.Matcher_EQUAL || m.Type == silencepb.Matcher_REGEXP
			o.Matchers = append(o.Matchers, Matcher{m.Name, m.Pattern, m.Type == silencepb.Matcher_REGEXP || m.Type == silencepb.Matcher_NOT_REGEXP, &equal})
		}
		out = append(out, o)
	}
	return out, nil
}
