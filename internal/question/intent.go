package question

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// facts are what a question holds: its concepts, for the rules to ask about.
type facts struct {
	tokens []token
	held   map[string]int // concept → first token
}

func newFacts(tokens []token) *facts {
	f := &facts{tokens: tokens, held: map[string]int{}}
	region := ""
	for i := range tokens {
		t := &tokens[i]
		if name := t.class("region"); name != "" && region != "" && name != region {
			f.hold("many.region", i)
		} else if name != "" {
			region = name
		}
		for _, concept := range t.concepts {
			f.hold(concept, i)
		}
		if t.bound != "" {
			f.hold(t.bound, i)
		}
		if t.quantity != nil {
			f.hold("qty."+t.quantity.unit, i)
			if _, ok := t.quantity.period(); ok {
				f.hold("qty.time", i)
			}
		}
		if t.literal != nil {
			f.hold("id."+t.literal.kind, i)
			f.hold("literal."+t.literal.kind, i)
		}
	}
	return f
}

func (f *facts) hold(concept string, token int) {
	if _, ok := f.held[concept]; !ok {
		f.held[concept] = token
	}
}

// has reports whether any of the alternatives is held; "metric.*" stands for the whole class.
func (f *facts) has(alternatives ...string) bool { return f.find(alternatives...) >= 0 }

// find gives the first token of any of the alternatives, -1 if there is none.
func (f *facts) find(alternatives ...string) int {
	best := -1
	for _, a := range alternatives {
		if class, ok := strings.CutSuffix(a, "*"); ok {
			for concept, at := range f.held {
				if strings.HasPrefix(concept, class) && (best < 0 || at < best) {
					best = at
				}
			}
		} else if at, ok := f.held[a]; ok && (best < 0 || at < best) {
			best = at
		}
	}
	return best
}

// A rule is one line of intents.yaml, its groups expanded.
type rule struct {
	Intent  Intent
	Outcome Outcome
	When    []string
	Unless  []string
	Set     map[string]string
	Weak    bool
	Also    []Intent

	when   [][]string
	unless []string
}

type ruleFile struct {
	Groups concepts
	Rules  []*rule
}

// readRules reads what a question may ask for, once for all parsers.
var readRules = sync.OnceValues(func() ([]*rule, error) {
	var file ruleFile
	if err := readYAML("intents.yaml", &file); err != nil {
		return nil, err
	}
	for i, r := range file.Rules {
		if r.Outcome == "" {
			r.Outcome = OutcomeAnswer
		}
		for _, line := range r.When {
			alternatives, err := file.expand(line)
			if err != nil {
				return nil, fmt.Errorf("rule %d of intents.yaml: %w", i+1, err)
			}
			r.when = append(r.when, alternatives)
		}
		for _, line := range r.Unless {
			alternatives, err := file.expand(line)
			if err != nil {
				return nil, fmt.Errorf("rule %d of intents.yaml: %w", i+1, err)
			}
			r.unless = append(r.unless, alternatives...)
		}
	}
	return file.Rules, nil
})

func (f *ruleFile) expand(line string) ([]string, error) {
	var out []string
	for alternative := range strings.SplitSeq(line, "|") {
		name, ok := strings.CutPrefix(alternative, "@")
		if !ok {
			out = append(out, alternative)
			continue
		}
		group, ok := f.Groups[name]
		if !ok {
			return nil, fmt.Errorf("no group called %q", name)
		}
		out = append(out, group...)
	}
	return out, nil
}

func (r *rule) holds(f *facts) bool {
	if f.has(r.unless...) {
		return false
	}
	return !slices.ContainsFunc(r.when, func(alternatives []string) bool { return !f.has(alternatives...) })
}

// decide gives the first rule that holds, nil if none does.
func (p *Parser) decide(f *facts) *rule {
	for _, r := range p.rules {
		if r.holds(f) {
			return r
		}
	}
	return nil
}
