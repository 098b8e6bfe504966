// Package prompt keeps prompts as code: immutable versions with a hash, labels that point at them, and the record of which
// hash passed its tests. Without a passed test of that very hash nothing becomes production.
package prompt

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Label is a pointer to a version.
type Label string

// The labels, from the first to the last stage.
const (
	Draft      Label = "draft"
	Staging    Label = "staging"
	Production Label = "production"
)

// Labels are all labels.
var Labels = []Label{Draft, Staging, Production}

// Prompt is one version of a prompt.
type Prompt struct {
	Name      string   `yaml:"name"`
	Version   int      `yaml:"version"`
	Owner     string   `yaml:"owner"`
	Languages []string `yaml:"languages"`
	// Tasks are what it is for: incident, anomaly, breach, security, report.
	Tasks []string `yaml:"tasks"`
	// Schema is the form of the answer; sentences is the one there is.
	Schema    string `yaml:"schema"`
	Models    Models `yaml:"models"`
	Changelog string `yaml:"changelog"`
	// Hash is SHA-256 of the file, in hexadecimal.
	Hash string `yaml:"-"`
	// Body is what the model is told.
	Body string `yaml:"-"`
}

// Models is the policy by which models are called with a prompt.
type Models struct {
	MaxOutputTokens int     `yaml:"max_output_tokens"`
	Temperature     float64 `yaml:"temperature"`
	// LocalOnly keeps the prompt from models that are not marked local.
	LocalOnly bool `yaml:"local_only"`
}

// ID names a version for people and records.
func (p *Prompt) ID() string { return fmt.Sprintf("%s@%d", p.Name, p.Version) }

// fence is the line around the head of a file.
var fence = []byte("---\n")

const maxTokens = 8192

// Parse reads a version from its file. The errors of a bad head are all returned at once.
func Parse(raw []byte) (*Prompt, error) {
	rest, ok := bytes.CutPrefix(raw, fence)
	head, body, closed := bytes.Cut(rest, append([]byte("\n"), fence...))
	if !ok || !closed {
		return nil, errors.New("a prompt begins with a head between two lines of three dashes")
	}
	var p Prompt
	decoder := yaml.NewDecoder(bytes.NewReader(head))
	decoder.KnownFields(true)
	if err := decoder.Decode(&p); err != nil {
		return nil, fmt.Errorf("head: %w", err)
	}
	sum := sha256.Sum256(raw)
	p.Hash, p.Body = hex.EncodeToString(sum[:]), strings.TrimSpace(string(body))
	return &p, p.validate()
}

func (p *Prompt) validate() error {
	var errs []error
	need := func(ok bool, field string) {
		if !ok {
			errs = append(errs, fmt.Errorf("%s is missing", field))
		}
	}
	need(p.Name != "", "name")
	need(p.Version > 0, "version")
	need(p.Owner != "", "owner")
	need(len(p.Languages) > 0, "languages")
	need(len(p.Tasks) > 0, "tasks")
	need(p.Changelog != "", "changelog")
	need(p.Body != "", "the text after the head")
	if p.Schema != "sentences" {
		errs = append(errs, fmt.Errorf("schema: must be sentences, is %q", p.Schema))
	}
	if n := p.Models.MaxOutputTokens; n < 1 || n > maxTokens {
		errs = append(errs, fmt.Errorf("models.max_output_tokens: must be between 1 and %d, is %d", maxTokens, n))
	}
	return errors.Join(errs...)
}

// Suits tells that a prompt is for a task in a language.
func (p *Prompt) Suits(task, language string) bool {
	return slices.Contains(p.Tasks, task) && slices.Contains(p.Languages, language)
}
