package knowledge

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"

	"go.yaml.in/yaml/v3"
)

//go:embed frames.yaml
var framesFile []byte

// frames are the words around what a question is about.
type frames struct {
	words     map[string]bool
	endings   map[string]bool
	procedure []string // folded forms
}

var loadFrames = sync.OnceValues(func() (*frames, error) {
	var file struct{ Frames, Procedure, Endings []string }
	if err := yaml.Unmarshal(framesFile, &file); err != nil {
		return nil, fmt.Errorf("reading the embedded frames: %w", err)
	}
	f := &frames{words: map[string]bool{}, endings: map[string]bool{}}
	for _, w := range file.Frames {
		f.words[w] = true
	}
	for _, e := range file.Endings {
		f.endings[e] = true
	}
	for _, w := range file.Procedure {
		f.procedure = append(f.procedure, foldForm(w))
	}
	return f, nil
})

// subject is a question without the words that only ask; all of it where nothing else would be left.
func (f *frames) subject(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) && r != '-' && r != '_' && r != '.' })
	kept := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return f.words[strings.ToLower(w)] })
	if len(kept) == 0 {
		return text
	}
	return strings.Join(kept, " ")
}

// asksHow tells whether a question asks for a procedure.
func (f *frames) asksHow(text string) bool {
	return says(text, f.procedure)
}

// says tells whether a text holds one of some folded forms.
func says(text string, forms []string) bool {
	spaced, dense := foldText(text)
	return slices.ContainsFunc(forms, func(form string) bool {
		if form[0] == ' ' {
			return strings.Contains(spaced, form)
		}
		return strings.Contains(dense, form)
	})
}
