package wording

import (
	"embed"
	"fmt"
	"path"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed phrases/*.yaml
var files embed.FS

// Phrase is one thing to say in each language.
type Phrase struct {
	Ko string `yaml:"ko"`
	En string `yaml:"en"`
}

// In is the phrase in a language.
func (p Phrase) In(lang Language) string {
	if lang == Korean {
		return p.Ko
	}
	return p.En
}

// Book holds all phrases by key: the name of their file, a dot, and their own.
type Book map[string]Phrase

// Load reads the embedded phrases, once.
var Load = sync.OnceValues(func() (Book, error) {
	entries, err := files.ReadDir("phrases")
	if err != nil {
		return nil, fmt.Errorf("reading the embedded phrases: %w", err)
	}
	book := Book{}
	for _, entry := range entries {
		raw, err := files.ReadFile(path.Join("phrases", entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("reading the embedded phrases: %w", err)
		}
		var phrases map[string]Phrase
		if err := yaml.Unmarshal(raw, &phrases); err != nil {
			return nil, fmt.Errorf("reading the embedded %s: %w", entry.Name(), err)
		}
		prefix := strings.TrimSuffix(entry.Name(), ".yaml") + "."
		for key, phrase := range phrases {
			book[prefix+key] = phrase
		}
	}
	return book, nil
})
