package narrator

import (
	"context"
	"encoding/json"
	"errors"
)

// Request is what one call tells a model.
type Request struct {
	System, User    string
	Schema          json.RawMessage
	MaxOutputTokens int
	Temperature     float64
}

// Reply is what a model answered.
type Reply struct {
	Text                      string
	InputTokens, OutputTokens int64
	// Model is what the endpoint says answered.
	Model string
}

// Caller calls a model once, without retries of its own.
type Caller interface {
	Call(ctx context.Context, r Request) (Reply, error)
}

// ErrPersonal is in the chain of errors about a request that was held back because it holds personal data.
var ErrPersonal = errors.New("the request holds personal data")

// Model is a model with what the routing knows of it.
type Model struct {
	// Name is what configuration and records call it, Provider what speaks to it: openai or anthropic.
	Name, Provider string
	Caller         Caller
	// Local tells that it runs where personal data may go.
	Local bool
	// Tasks and Languages are what it is used for; empty for all.
	Tasks, Languages []string
	// Price of a million tokens, in the currency of the budget.
	InputPrice, OutputPrice float64
}

// free tells that calls of it cost nothing: a ceiling of cost does not keep it from being asked.
func (m *Model) free() bool { return m.InputPrice == 0 && m.OutputPrice == 0 }

// cost is what a reply cost.
func (m *Model) cost(r Reply) float64 {
	return (float64(r.InputTokens)*m.InputPrice + float64(r.OutputTokens)*m.OutputPrice) / 1e6
}
