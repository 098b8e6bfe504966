package narrate

import (
	"strings"
	"unicode"

	"github.com/braidotel/braid/internal/answer"
)

// clause is a part of a sentence that says one thing: the reach of a direction word.
type clause struct {
	words []string // plain words in lower case, punctuation stripped; names are blanked once they are known
	raw   []string // the same words as they were written
	facts []*answer.Fact
	// opens tells that the first word begins a sentence, where a capital says nothing.
	opens bool
}

// word returns the word at i, empty beyond the end.
func (c *clause) word(i int) string {
	if i >= len(c.words) {
		return ""
	}
	return c.words[i]
}

// boundary is what plain words are split at into clauses; references never are.
const boundary = ".,;:!?()\n—–"

// clauses splits pieces into clauses, after punctuation and after connectives.
func clauses(pieces []piece) []clause {
	var out []clause
	now := clause{opens: true}
	end := func(sentence bool) {
		if len(now.words)+len(now.facts) > 0 {
			out = append(out, now)
		}
		now = clause{opens: sentence}
	}
	for _, p := range pieces {
		if p.fact != nil {
			now.facts = append(now.facts, p.fact)
			continue
		}
		for _, token := range tokens(p.text) {
			if token.ends {
				end(token.sentence)
				continue
			}
			now.words, now.raw = append(now.words, token.word), append(now.raw, token.raw)
			if connects(token.word) {
				end(false)
			}
		}
	}
	end(false)
	return out
}

type token struct {
	word string // in lower case
	raw  string
	// ends is punctuation that ends a clause; sentence tells that it ends the sentence too.
	ends, sentence bool
}

// tokens splits plain words. A dot, colon or comma within a word, as in db-01.seoul, does not end a clause.
func tokens(text string) []token {
	var out []token
	for _, field := range strings.FieldsFunc(text, unicode.IsSpace) {
		word := strings.TrimLeftFunc(field, isBoundary)
		if len(word) < len(field) { // after a reference, as in "{{f1}}. Then"
			out = append(out, token{ends: true, sentence: strings.ContainsAny(field[:len(field)-len(word)], ".!?")})
		}
		bare := strings.TrimRightFunc(word, isBoundary)
		if bare != "" {
			raw := strings.Trim(bare, `"'“”‘’·*~%`)
			out = append(out, token{word: strings.ToLower(raw), raw: raw})
		}
		if len(bare) < len(word) {
			out = append(out, token{ends: true, sentence: strings.ContainsAny(word[len(bare):], ".!?")})
		}
	}
	if strings.Contains(text, "\n") && len(out) == 0 {
		out = append(out, token{ends: true, sentence: true})
	}
	return out
}

func isBoundary(r rune) bool { return strings.ContainsRune(boundary, r) }

// connects tells whether a clause ends after the word: "and" in English, the connective endings in Korean.
func connects(word string) bool {
	switch word {
	case "and", "but", "while", "whereas", "although", "though", "however", "yet", "그리고", "하지만", "그러나", "반면":
		return true
	case "최고", "사고", "보고", "경고", "창고", "참고": // nouns that look like the ending
		return false
	}
	for _, ending := range []string{"고", "며", "지만", "으나", "는데", "면서"} {
		if stem, ok := strings.CutSuffix(word, ending); ok && stem != "" && isHangul(stem) {
			return true
		}
	}
	return false
}

func isHangul(s string) bool {
	for _, r := range s {
		if !unicode.Is(unicode.Hangul, r) {
			return false
		}
	}
	return true
}
