package pii

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// findEmails finds mail addresses.
func findEmails(p *plain) []Finding {
	var out []Finding
	s := p.text
	for i := 0; i < len(s); i++ {
		if s[i] != '@' {
			continue
		}
		start, end := localPart(s, i), domain(s, i+1)
		if start == i || end == 0 {
			continue
		}
		out = append(out, Finding{Class: Email, Start: start, End: end, Value: p.lower[start:end]})
		i = end
	}
	return out
}

// localPart is where the part before the @ at i begins; i for none. One in Hangul is taken where no other touches the @.
func localPart(s string, i int) int {
	start := i
	for start > 0 && (letter(s[start-1]) || digit(s[start-1]) || strings.IndexByte("._%+-'", s[start-1]) >= 0) {
		start--
	}
	for start < i && strings.IndexByte(".-'%", s[start]) >= 0 {
		start++
	}
	if start < i {
		return start
	}
	for start > 0 {
		r, n := utf8.DecodeLastRuneInString(s[:start])
		if !unicode.Is(unicode.Hangul, r) {
			break
		}
		start -= n
	}
	return start
}

// files are endings of names with an @ in them that are no domains.
var files = map[string]bool{
	"png": true, "jpg": true, "jpeg": true, "gif": true, "svg": true, "webp": true, "js": true, "mjs": true, "css": true, "ts": true, "go": true, "json": true,
	"html": true, "service": true, "timer": true, "socket": true,
}

// domain is where the domain that begins at i ends; 0 for none.
func domain(s string, i int) int {
	labels, end := 0, 0
	for at := i; at < len(s); {
		size := label(s[at:])
		if size == 0 {
			break
		}
		last := s[at : at+size]
		at += size
		labels++
		if labels > 1 && topLevel(last) {
			end = at
		}
		if at >= len(s) || s[at] != '.' {
			break
		}
		at++
	}
	return end
}

// label is the length of the domain label s begins with.
func label(s string) int {
	n := 0
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		if r >= utf8.RuneSelf && (!unicode.Is(unicode.Hangul, r) || latin(s[:n])) { // a particle may follow a domain
			break
		}
		if r < utf8.RuneSelf && !letter(s[n]) && !digit(s[n]) && s[n] != '-' && s[n] != '_' {
			break
		}
		n += size
	}
	return n
}

func latin(s string) bool { return s != "" && s[len(s)-1] < utf8.RuneSelf }

func topLevel(s string) bool {
	if len(s) < 2 || files[strings.ToLower(s)] {
		return false
	}
	for i := range len(s) {
		if !letter(s[i]) && !strings.HasPrefix(strings.ToLower(s), "xn--") {
			return s[i] >= utf8.RuneSelf && utf8.RuneCountInString(s) >= 2 && i == 0
		}
	}
	return true
}
