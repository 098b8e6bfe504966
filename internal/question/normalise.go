package question

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// A letter is one decomposed, lower-case rune: an English letter, a digit, or one jamo of a Hangul syllable. Jamo rather
// than syllables, because Korean inflects inside the syllable (느리다, 느린, 느려) and people mistype single jamo.
type letter struct {
	r          rune
	start, end int32 // bytes of the text this came from
	gap        bool  // a space, a sign or the beginning lies before it
}

// letters takes a text apart: canonical composition first (so that conjoining jamo of any origin meet), full width
// folded, then canonical decomposition. Spaces and signs leave only a gap; "%" and "/" are words here and stay.
// An apostrophe is a gap like any sign: "what's" reads as "whats", "payment's" as "payment s". Zero-width and control characters vanish likewise.
func letters(text string) []letter {
	out := make([]letter, 0, len(text))
	gap := true
	var iter norm.Iter
	iter.InitString(norm.NFC, text)
	for !iter.Done() {
		start := iter.Pos()
		segment := iter.Next()
		end := iter.Pos()
		for len(segment) > 0 {
			r, size := utf8.DecodeRune(segment)
			segment = segment[size:]
			switch kind := classify(narrow(r)); kind {
			case runeSpace:
				gap = true
			case runeDropped:
			case runeLetter:
				for _, part := range decompose(unicode.ToLower(narrow(r))) {
					out = append(out, letter{r: part, start: int32(start), end: int32(end), gap: gap})
					gap = false
				}
			}
		}
	}
	return out
}

func narrow(r rune) rune {
	if folded := width.LookupRune(r).Folded(); folded != 0 {
		return folded
	}
	return r
}

type runeKind int

const (
	runeSpace runeKind = iota
	runeDropped
	runeLetter
)

func classify(r rune) runeKind {
	switch {
	case unicode.Is(unicode.Cf, r) || r == utf8.RuneError:
		return runeDropped
	case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '%' || r == '/' || unicode.Is(unicode.M, r):
		return runeLetter
	default:
		return runeSpace
	}
}

// fold brings a vocabulary form to the letters the lattice compares, without gaps.
func fold(form string) []rune {
	parsed := letters(form)
	out := make([]rune, len(parsed))
	for i, l := range parsed {
		out[i] = l.r
	}
	return out
}
