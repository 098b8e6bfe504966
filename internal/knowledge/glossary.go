package knowledge

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

//go:embed glossary.yaml
var glossaryFile []byte

// glossary knows what the trade calls the same thing, in both languages.
type glossary struct {
	folded [][]string // the forms of each group, as they are looked for
}

var loadGlossary = sync.OnceValues(func() (*glossary, error) {
	var groups [][]string
	if err := yaml.Unmarshal(glossaryFile, &groups); err != nil {
		return nil, fmt.Errorf("reading the embedded glossary: %w", err)
	}
	g := &glossary{}
	for _, forms := range groups {
		folded := make([]string, len(forms))
		for i, f := range forms {
			folded[i] = foldForm(f)
		}
		g.folded = append(g.folded, folded)
	}
	return g, nil
})

// conceptMark begins the term of a concept; no word does.
const conceptMark = "\x00"

// concepts are the groups that a text speaks of, one name for each time it does.
func (g *glossary) concepts(text string) []string {
	spaced, dense := foldText(text)
	var out []string
	for i, forms := range g.folded {
		n := 0
		for _, f := range forms {
			in := dense
			if f[0] == ' ' {
				in = spaced
			}
			n = max(n, strings.Count(in, f))
		}
		for range n {
			out = append(out, conceptMark+strconv.Itoa(i))
		}
	}
	return out
}

// foldForm brings a form to how it is looked for: words of Latin script and single syllables at the beginning of a word,
// other Hangul anywhere and whatever the spacing.
func foldForm(form string) string {
	spaced, dense := foldText(form)
	if utf8.RuneCountInString(form) > 1 && strings.ContainsFunc(form, func(r rune) bool { return unicode.Is(unicode.Hangul, r) }) {
		return dense
	}
	return strings.TrimRight(spaced, " ")
}

// foldText gives a text in lower case, its words apart by one space each and one before and behind, and without any space.
func foldText(text string) (spaced, dense string) {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return " " + strings.Join(words, " ") + " ", strings.Join(words, "")
}
