package knowledge

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// matter is what a document says of itself in YAML between two lines of three hyphens at its head.
type matter struct {
	Title    string    `yaml:"title"`
	Language string    `yaml:"language"`
	Services []string  `yaml:"services"`
	Keywords []string  `yaml:"keywords"`
	SLO      yaml.Node `yaml:"slo"` // a list of objectives, or one
}

const fence = "---"

// cutMatter separates the front matter from the rest. line is the number of the first line of the YAML.
func cutMatter(text []byte) (front, rest []byte, line int) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	first, after, ok := bytes.Cut(text, []byte("\n"))
	if !ok || string(bytes.TrimRight(first, " \t\r")) != fence {
		return nil, text, 0
	}
	for at := 0; at < len(after); {
		end := bytes.IndexByte(after[at:], '\n')
		next := at + end + 1
		if end < 0 {
			next = len(after)
		}
		if string(bytes.TrimRight(after[at:next], " \t\r\n")) == fence {
			return after[:at], after[next:], 2
		}
		at = next
	}
	return nil, text, 0
}

// readMatter reads the front matter of a document, and the objectives in it.
func readMatter(file string, text []byte) (m matter, objectives []Source, rest []byte, err error) {
	front, rest, line := cutMatter(text)
	if front == nil {
		return matter{}, nil, rest, nil
	}
	if err := yaml.Unmarshal(front, &m); err != nil {
		return matter{}, nil, rest, fmt.Errorf("front matter: %w", err)
	}
	nodes := []*yaml.Node{&m.SLO}
	if m.SLO.Kind == yaml.SequenceNode {
		nodes = m.SLO.Content
	}
	for _, n := range nodes {
		if n.IsZero() {
			continue
		}
		raw, err := yaml.Marshal(n)
		if err != nil {
			return matter{}, nil, rest, fmt.Errorf("front matter: slo: %w", err)
		}
		objectives = append(objectives, Source{File: file, Line: line + n.Line - 1, YAML: raw})
	}
	return m, objectives, rest, nil
}
