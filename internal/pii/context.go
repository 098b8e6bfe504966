package pii

import (
	"strings"
	"unicode/utf8"
)

// context is what the words near a number say that it is.
type context struct {
	// says is the class that the nearest word speaks of; other where that word is of something that is no personal data;
	// empty where there is no such word.
	says Class
	// near tells that the word stands directly before, with nothing but punctuation between.
	near bool
}

const other Class = "other"

// Reach of context, in bytes of plain text.
const (
	reachBefore = 48
	reachAfter  = 24
	reachColumn = 512
)

// look reads the words before a stretch, those after it, and the column it is a value of.
func (p *plain) look(start, end int) context {
	if c, found := p.before(start); found {
		return c
	}
	if c, found := p.after(end); found {
		return c
	}
	return p.column(start)
}

// before finds the last hint before a stretch, within its line and field.
func (p *plain) before(start int) (context, bool) {
	s := p.lower[max(0, start-reachBefore):start]
	for end := len(s); end > 0; end-- {
		if strings.IndexByte("\n\r{}", s[end-1]) >= 0 || closes(s[:end], len(s)-end) {
			break
		}
		if end < len(s) && letter(s[end]) && letter(s[end-1]) { // within a word
			continue
		}
		if h := longest(s[:end]); h != nil {
			return context{says: h.class, near: !strings.ContainsFunc(s[end:], isWord)}, true
		}
	}
	return context{}, false
}

// closes tells that a field ends with s: at a comma, semicolon or ampersand that does not directly precede the number.
func closes(s string, after int) bool {
	return after > 0 && strings.IndexByte(",;&|", s[len(s)-1]) >= 0
}

// after finds a unit directly after a stretch, or a word that speaks of accounts a little later, as in "(국민은행)".
func (p *plain) after(end int) (context, bool) {
	s := p.lower[end:min(end+reachAfter, len(p.lower))]
	if i := strings.IndexAny(s, "\n\r,;{}"); i >= 0 {
		s = s[:i]
	}
	words := 0
	for i := range len(s) {
		if !isWord(rune(s[i])) {
			continue
		}
		ends := i+1 == len(s) || !isWord(rune(s[i+1]))
		if ends {
			words++
		}
		if !ends && letter(s[i]) {
			continue
		}
		if h := longest(s[:i+1]); h != nil && (h.class == Account || h.class == other && words == 1) {
			return context{says: h.class}, true
		}
	}
	return context{}, false
}

// column reads what a value of an SQL insert is by the name of its column.
func (p *plain) column(start int) context {
	before := p.lower[max(0, start-reachColumn):start]
	values := strings.LastIndex(before, "values")
	if values < 0 {
		return context{}
	}
	names := before[:values]
	open, end := strings.LastIndexByte(names, '('), strings.LastIndexByte(names, ')')
	tuple := strings.LastIndexByte(before[values:], '(')
	if open < 0 || end < open || tuple < 0 {
		return context{}
	}
	columns := strings.Split(names[open+1:end], ",")
	if i := strings.Count(before[values+tuple:], ","); i < len(columns) {
		name := strings.Trim(columns[i], " `\"'[]")
		for end := len(name); end > 0; end-- {
			if h := longest(name[:end]); h != nil {
				return context{says: h.class}
			}
		}
	}
	return context{}
}

// longest returns the longest hint that s ends with.
func longest(s string) (found *hint) {
	list := hintsBy[s[len(s)-1]]
	for i := range list {
		h := &list[i]
		if !strings.HasSuffix(s, h.word) || (found != nil && len(h.word) <= len(found.word)) {
			continue
		}
		if before := len(s) - len(h.word) - 1; h.ascii && before >= 0 && letter(s[before]) {
			continue
		}
		found = h
	}
	return found
}

// isWord tells a letter or digit, of what would be another word between a hint and the number.
func isWord(r rune) bool {
	return r >= utf8.RuneSelf || letter(byte(r)) || digit(byte(r))
}
