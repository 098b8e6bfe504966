package wording

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxName is the longest name shown, in characters.
const MaxName = 64

// Name makes a name from telemetry fit to be shown: at most MaxName characters, none that cannot be seen or that turn the
// direction of what follows.
func Name(s string) string {
	return clean(s, func(rune) bool { return true })
}

// Plain is a Name fit for the middle of a sentence: without markup, and no link.
func Plain(s string) string {
	out := clean(s, func(r rune) bool { return !strings.ContainsRune("<>`[]\\\"'", r) })
	for _, link := range []string{"://", "www."} {
		out = strings.ReplaceAll(out, link, "·")
	}
	return out
}

func clean(s string, fits func(rune) bool) string {
	var b strings.Builder
	n := 0
	for _, r := range strings.ToValidUTF8(s, "·") {
		switch {
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r):
			continue
		case n == MaxName:
			return b.String() + "…"
		case !fits(r):
			r = '·'
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// particles are pairs of Korean particles: after a final consonant, and after none.
const (
	hangulFirst, hangulLast = 0xAC00, 0xD7A3

	finals     = 28
	finalRieul = 8
)

// Particle chooses between two forms of a Korean particle by the end of the word before, as it is read aloud.
func Particle(word, closed, open string) string {
	switch f := final(word); {
	case f == finalRieul && strings.HasPrefix(open, "로"): // 서울로
		return open
	case f > 0:
		return closed
	}
	return open
}

// final is the final consonant of the last letter of a word as read aloud, 0 for none.
func final(word string) int {
	word = strings.TrimRightFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '%' })
	r, _ := utf8.DecodeLastRuneInString(word)
	switch {
	case r >= hangulFirst && r <= hangulLast:
		return int(r-hangulFirst) % finals
	case r >= '0' && r <= '9': // 영 일 이 삼 사 오 육 칠 팔 구
		return [10]int{21, finalRieul, 0, 16, 0, 0, 1, finalRieul, finalRieul, 0}[r-'0']
	case r == 'l' || r == 'L' || r == 'r':
		return finalRieul
	case r == 'm' || r == 'n' || r == 'M' || r == 'N':
		return 16
	}
	return 0
}
