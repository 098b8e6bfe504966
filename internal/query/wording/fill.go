package wording

import (
	"regexp"
	"strings"
)

// slot is a place in a phrase: {users} for a fact, {@who} for a name, each with the two forms of the particle after it
// where there are two, {@who}{은/는}; {change|abs} writes a fact without its sign.
var slot = regexp.MustCompile(`\{(@?)([a-z_]+(?:\|abs)?)\}(?:\{(\p{Hangul}+)/(\p{Hangul}*)\})?`)

// Slots are the names of a phrase's slots, those of names with their @.
func Slots(phrase string) []string {
	var out []string
	for _, m := range slot.FindAllStringSubmatch(phrase, -1) {
		out = append(out, m[1]+m[2])
	}
	return out
}

// Fill replaces the slots of a phrase. Of each, put returns what to write and how that is read aloud, by which the
// particle is chosen.
func Fill(phrase string, put func(slot string) (text, read string)) string {
	var b strings.Builder
	at := 0
	for _, m := range slot.FindAllStringSubmatchIndex(phrase, -1) {
		b.WriteString(phrase[at:m[0]])
		text, read := put(phrase[m[2]:m[5]])
		b.WriteString(text)
		if m[6] >= 0 {
			b.WriteString(Particle(read, phrase[m[6]:m[7]], phrase[m[8]:m[9]]))
		}
		at = m[1]
	}
	return b.String() + phrase[at:]
}
