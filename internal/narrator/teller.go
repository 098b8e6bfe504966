package narrator

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/pii"
	"github.com/braidotel/braid/internal/prompt"
)

// Verdict is what became of the models' part in a summary.
type Verdict string

// The verdicts.
const (
	VerdictNone     Verdict = "none"     // no model is configured, or none may see this
	VerdictAccepted Verdict = "accepted" // a model's sentences went out
	VerdictRefused  Verdict = "refused"  // what models said is not what was found
	VerdictFailed   Verdict = "failed"   // no model answered
	VerdictBudget   Verdict = "budget"   // the hour's budget is spent
	VerdictPersonal Verdict = "personal" // held back: the request held personal data
)

// Deterministic is the narrator of templates.
const Deterministic = "deterministic"

// Call is the record of one call of a model. It holds no content.
type Call struct {
	Model, Provider, Prompt, PromptHash string
	FactIDs                             []string
	Masked                              []pii.Class
	InputTokens, OutputTokens           int64
	Cost                                float64
	Began                               time.Time
	Took                                time.Duration
	Verdict                             Verdict
	// Reason is why it was refused or failed: one of RefusedError's, or timeout, rate_limited, open, error.
	Reason string
}

// Summary is evidence told.
type Summary struct {
	Sentences []answer.Text
	// Narrator is the model whose sentences these are, or Deterministic.
	Narrator string
	Verdict  Verdict
	// Prompt and PromptHash name the prompt of an accepted answer.
	Prompt, PromptHash string
	Calls              []Call
}

// Text is the summary as one paragraph.
func (s *Summary) Text() string {
	sentences := make([]string, len(s.Sentences))
	for i := range s.Sentences {
		sentences[i] = s.Sentences[i].String()
	}
	return strings.Join(sentences, " ")
}

// Settings say how a Teller calls models.
type Settings struct {
	Models []Model
	// Prompt is the prompt for a task in a language, nil for none.
	Prompt func(task, language string) *prompt.Prompt
	// Timeout ends one call, Deadline all of a summary's.
	Timeout, Deadline time.Duration
	// Attempts is how often one model is asked when it fails in a way that passes, besides the one retry after a refusal.
	Attempts int
	// Failures in a row open a model's circuit for Rest.
	Failures uint32
	Rest     time.Duration
	Budget   *Budget
	// Now is the clock.
	Now func() time.Time
	// Called is told of each call; it may be nil.
	Called func(ctx context.Context, c *Call)
}

// Teller tells evidence: by a model where one may and can, always by templates otherwise. It is safe for concurrent use.
type Teller struct {
	Settings
	breakers map[string]*gobreaker.CircuitBreaker[Reply]
}

// NewTeller returns a Teller; with no models it makes no calls.
func NewTeller(s Settings) *Teller {
	t := &Teller{Settings: s, breakers: map[string]*gobreaker.CircuitBreaker[Reply]{}}
	for i := range s.Models {
		t.breakers[s.Models[i].Name] = gobreaker.NewCircuitBreaker[Reply](gobreaker.Settings{
			Name: s.Models[i].Name, Timeout: s.Rest,
			ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= s.Failures },
			IsSuccessful: func(err error) bool {
				return err == nil || errors.Is(err, ErrPersonal) || errors.Is(err, context.Canceled)
			},
		})
	}
	return t
}

// Tell returns a summary of the evidence. The error is one of the templates, which tests exclude: models only make a summary
// better, never fail it.
func (t *Teller) Tell(ctx context.Context, e *Evidence) (*Summary, error) {
	template, err := Template(e)
	if err != nil {
		return nil, err
	}
	s := &Summary{Sentences: template, Narrator: Deterministic, Verdict: VerdictNone}
	if len(t.Models) == 0 {
		return s, nil
	}
	ctx, cancel := context.WithTimeout(ctx, t.Deadline)
	defer cancel()
	p := t.Prompt(e.Task, string(e.Language))
	for i := range t.Models {
		m := &t.Models[i]
		if ctx.Err() != nil || p == nil || !m.suits(e, p) {
			continue
		}
		if t.ask(ctx, m, e, p, s); s.Verdict == VerdictAccepted {
			break
		}
	}
	return s, nil
}

// suits is the routing: personal data goes to local models only, and tasks and languages to those meant for them.
func (m *Model) suits(e *Evidence, p *prompt.Prompt) bool {
	has := func(list []string, x string) bool { return len(list) == 0 || slices.Contains(list, x) }
	return (m.Local || (!e.Personal && !p.Models.LocalOnly)) && has(m.Tasks, e.Task) && has(m.Languages, string(e.Language))
}

// ask lets one model phrase the evidence; after a refusal once more, with the reason.
func (t *Teller) ask(ctx context.Context, m *Model, e *Evidence, p *prompt.Prompt, s *Summary) {
	problem := ""
	for range 2 {
		reply, ok := t.call(ctx, m, e, p, problem, s)
		if !ok {
			return
		}
		c := &s.Calls[len(s.Calls)-1]
		sentences, err := e.Verify(reply.Text)
		if err == nil {
			c.Verdict = VerdictAccepted
			s.Sentences, s.Narrator, s.Verdict, s.Prompt, s.PromptHash = sentences, m.Name, VerdictAccepted, p.ID(), p.Hash
			t.report(ctx, c)
			return
		}
		c.Verdict, c.Reason, s.Verdict = VerdictRefused, "error", VerdictRefused
		if refused, is := errors.AsType[*RefusedError](err); is {
			c.Reason, problem = refused.Reason, advice[refused.Reason]
		}
		t.report(ctx, c)
	}
}

// call calls a model, again if it fails in a way that passes. It records every attempt; that of an answer is reported by the
// caller, who knows its verdict.
func (t *Teller) call(ctx context.Context, m *Model, e *Evidence, p *prompt.Prompt, problem string, s *Summary) (Reply, bool) {
	request, err := e.request(p, problem)
	if err != nil {
		return Reply{}, false
	}
	for range max(1, t.Attempts) {
		if ctx.Err() != nil {
			return Reply{}, false
		}
		began := t.Now()
		if t.Budget != nil && !t.Budget.take(began, m.free()) {
			s.Verdict = VerdictBudget
			return Reply{}, false
		}
		reply, err := t.breakers[m.Name].Execute(func() (Reply, error) {
			one, cancel := context.WithTimeout(ctx, t.Timeout)
			defer cancel()
			return m.Caller.Call(one, request)
		})
		c := Call{
			Model: m.Name, Provider: m.Provider, Prompt: p.ID(), PromptHash: p.Hash, FactIDs: e.FactIDs(), Began: began, Took: t.Now().Sub(began),
			InputTokens: reply.InputTokens, OutputTokens: reply.OutputTokens, Cost: m.cost(reply), Verdict: VerdictFailed,
		}
		if t.Budget != nil {
			t.Budget.spend(c.Cost)
		}
		if err == nil {
			s.Calls = append(s.Calls, c)
			return reply, true
		}
		again := false
		c.Reason, again = why(err)
		if errors.Is(err, ErrPersonal) {
			c.Verdict = VerdictPersonal
		}
		s.Verdict = c.Verdict
		s.Calls = append(s.Calls, c)
		t.report(ctx, &c)
		if !again {
			break
		}
	}
	return Reply{}, false
}

func (t *Teller) report(ctx context.Context, c *Call) {
	if t.Called != nil {
		t.Called(ctx, c)
	}
}

// StatusError is a model's endpoint answering with an HTTP status that is no success.
type StatusError struct{ Status int }

func (e *StatusError) Error() string { return "the endpoint refused" }

// HTTP statuses that tell why.
const (
	statusTooMany  = 429
	statusInternal = 500
)

// why names what failed, and tells whether trying at once again may help.
func why(err error) (reason string, again bool) {
	if status, is := errors.AsType[*StatusError](err); is {
		switch {
		case status.Status == statusTooMany:
			return "rate_limited", false
		case status.Status >= statusInternal:
			return "unavailable", true
		}
		return "rejected", false
	}
	switch {
	case errors.Is(err, ErrPersonal):
		return "personal", false
	case errors.Is(err, gobreaker.ErrOpenState), errors.Is(err, gobreaker.ErrTooManyRequests):
		return "open", false
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout", false
	case errors.Is(err, context.Canceled):
		return "cancelled", false
	}
	return "error", true
}
