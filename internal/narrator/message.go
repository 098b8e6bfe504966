package narrator

import (
	"encoding/json"
	"fmt"
	"sort"

	"github.com/braidotel/braid/internal/prompt"
)

// outgoing is all that a model is told of evidence. It holds no string from telemetry.
type outgoing struct {
	Language string          `json:"language"`
	Task     string          `json:"task"`
	Points   []outgoingPoint `json:"points"`
	// Problem is why the answer before was refused: one of the texts of advice.
	Problem string `json:"problem,omitempty"`
}

type outgoingPoint struct {
	ID      string            `json:"id"`
	Example string            `json:"example"`
	Slots   map[string]string `json:"slots"`
}

// request makes the request of a call.
func (e *Evidence) request(p *prompt.Prompt, problem string) (Request, error) {
	out := outgoing{Language: string(e.Language), Task: e.Task, Problem: problem}
	for i := range e.Points {
		point := &e.Points[i]
		example, err := e.draft(point)
		if err != nil {
			return Request{}, err
		}
		slots := map[string]string{}
		for _, id := range sorted(point.Facts) {
			if f := e.fact(id); f != nil {
				slots["{{"+id+"}}"] = f.Text
			}
		}
		for _, id := range sorted(point.Names) {
			if n := e.name(id); n != nil {
				slots["{{"+id+"}}"] = "the name of a " + n.Kind
			}
		}
		out.Points = append(out.Points, outgoingPoint{point.ID, example, slots})
	}
	user, err := json.Marshal(out)
	if err != nil {
		return Request{}, fmt.Errorf("writing the request: %w", err)
	}
	return Request{System: p.Body, User: string(user), Schema: Schema, MaxOutputTokens: p.Models.MaxOutputTokens, Temperature: p.Models.Temperature}, nil
}

func sorted(set map[string]string) []string {
	out := make([]string, 0, len(set))
	for _, id := range set {
		out = append(out, id)
	}
	sort.Strings(out)
	return out
}
