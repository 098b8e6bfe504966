// Package trial runs the tests that ship with a prompt: recorded and hostile answers, of which each must be let through or
// refused as its case says, and the same evidence before a live model where one is given.
package trial

import (
	"context"
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/narrator"
	"github.com/braidotel/braid/internal/prompt"
	"github.com/braidotel/braid/internal/query/wording"
)

// File is where a prompt's tests are, beside its versions.
const File = "tests.yaml"

// Case is evidence with answers to it.
type Case struct {
	Name     string   `yaml:"name"`
	Task     string   `yaml:"task"`
	Language string   `yaml:"language"`
	Names    []Name   `yaml:"names"`
	Facts    []Fact   `yaml:"facts"`
	Points   []Point  `yaml:"points"`
	Answers  []Answer `yaml:"answers"`
}

// Name is a name of the evidence.
type Name struct {
	Kind string `yaml:"kind"`
	Text string `yaml:"text"`
}

// Fact is a fact of the evidence, with what is usual where that is known.
type Fact struct {
	Name   string  `yaml:"name"`
	Value  float64 `yaml:"value"`
	Unit   string  `yaml:"unit"`
	Low    float64 `yaml:"low"`
	Median float64 `yaml:"median"`
	High   float64 `yaml:"high"`
	// Then and Change are the ids of the facts it is compared with and of the difference; Text is how it is written, where
	// that is not as its value and unit say.
	Then   string `yaml:"then"`
	Change string `yaml:"change"`
	Text   string `yaml:"text"`
}

// Point is a point of the evidence.
type Point struct {
	Kind  string            `yaml:"kind"`
	Facts map[string]string `yaml:"facts"`
	Names map[string]string `yaml:"names"`
}

// Answer is an answer of a model, with what must become of it.
type Answer struct {
	Text string `yaml:"text"`
	// Says is how it must be rendered; else Refused is why it must be refused.
	Says    string `yaml:"says"`
	Refused string `yaml:"refused"`
}

// Load reads the tests of a prompt.
func Load(store *prompt.Store, name string) ([]Case, error) {
	raw, err := store.File(name, File)
	if err != nil {
		return nil, err
	}
	var file struct {
		Cases []Case `yaml:"cases"`
	}
	if err := yaml.Unmarshal(raw, &file); err != nil {
		return nil, fmt.Errorf("prompt %s: %s: %w", name, File, err)
	}
	if len(file.Cases) == 0 {
		return nil, fmt.Errorf("prompt %s: %s has no cases", name, File)
	}
	return file.Cases, nil
}

// Evidence is what the case is about.
func (c *Case) Evidence() *narrator.Evidence {
	e := &narrator.Evidence{Task: c.Task, Language: wording.Language(c.Language)}
	for _, n := range c.Names {
		e.Name(n.Kind, n.Text)
	}
	for _, f := range c.Facts {
		fact := answer.Fact{Name: f.Name, Value: f.Value, Unit: f.Unit, Then: f.Then, Change: f.Change, Text: f.Text}
		if f.High > f.Low {
			fact.Usual = &answer.Band{Low: f.Low, Median: f.Median, High: f.High}
		}
		e.Fact(fact)
	}
	for _, p := range c.Points {
		e.Point(p.Kind, p.Facts, p.Names)
	}
	return e
}

// Run judges the recorded answers. It returns how many there were, and all that went wrong.
func Run(p *prompt.Prompt, cases []Case) (int, error) {
	var errs []error
	n := 0
	for i := range cases {
		c := &cases[i]
		if !p.Suits(c.Task, c.Language) {
			errs = append(errs, fmt.Errorf("%s: %s is not for %s in %s", c.Name, p.ID(), c.Task, c.Language))
		}
		for j, a := range c.Answers {
			n++
			if err := a.judge(c.Evidence()); err != nil {
				errs = append(errs, fmt.Errorf("%s, answer %d: %w", c.Name, j+1, err))
			}
		}
	}
	return n, errors.Join(errs...)
}

// judge holds an answer to what must become of it.
func (a *Answer) judge(e *narrator.Evidence) error {
	sentences, err := e.Verify(a.Text)
	if refused, is := errors.AsType[*narrator.RefusedError](err); is {
		if refused.Reason != a.Refused {
			return fmt.Errorf("is refused for %q, not for %q", refused.Reason, a.Refused)
		}
		return nil
	} else if err != nil {
		return err
	}
	s := narrator.Summary{Sentences: sentences}
	if a.Refused != "" {
		return fmt.Errorf("is let through: %q", s.Text())
	}
	if got := s.Text(); got != a.Says {
		return fmt.Errorf("says %q", got)
	}
	return nil
}

// Live asks a model the evidence of all cases. An answer that is refused twice, or missing, is an error.
func Live(ctx context.Context, teller *narrator.Teller, cases []Case) error {
	var errs []error
	for i := range cases {
		s, err := teller.Tell(ctx, cases[i].Evidence())
		if err != nil {
			return fmt.Errorf("%s: %w", cases[i].Name, err)
		}
		if s.Verdict != narrator.VerdictAccepted {
			reason := ""
			if n := len(s.Calls); n > 0 {
				reason = s.Calls[n-1].Reason
			}
			errs = append(errs, fmt.Errorf("%s: the model's answer: %s %s", cases[i].Name, s.Verdict, reason))
		}
	}
	return errors.Join(errs...)
}
