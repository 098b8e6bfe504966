package pii

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// plain is a text as it is searched: composed, in ASCII where it can be, escapes undone, nothing invisible in it.
type plain struct {
	text string
	// lower is text in lower case, byte for byte.
	lower string
	// from and to are where each byte of text stood in the source; nil where nothing had to be changed.
	from, to []int32
}

// source turns a stretch of the plain text into that of the source.
func (p *plain) source(start, end int) (int, int) {
	if p.from == nil {
		return start, end
	}
	return int(p.from[start]), int(p.to[end-1])
}

// flatten makes a text plain.
func flatten(text string) *plain {
	p := &plain{text: text}
	if strings.ContainsAny(text, "%\\") {
		p = p.unescape()
	}
	if !composed(p.text) {
		p = p.compose()
	}
	p.lower = lower(p.text)
	return p
}

// composed tells that there is nothing to compose: all is ASCII or whole syllables of Hangul, as ordinary text of either
// language is.
func composed(s string) bool {
	const first, last = 0xAC00, 0xD7A3
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r < first || r > last {
			return false
		}
		i += n
	}
	return true
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// lower is s in lower case with every byte at its place: only ASCII has two cases in what is searched.
func lower(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for j := i; j < len(b); j++ {
				if 'A' <= b[j] && b[j] <= 'Z' {
					b[j] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// writer collects a plain text.
type writer struct {
	b        []byte
	from, to []int32
}

func (w *writer) put(s []byte, from, to int) {
	w.b = append(w.b, s...)
	for range s {
		w.from, w.to = append(w.from, int32(from)), append(w.to, int32(to))
	}
}

func (w *writer) plain() *plain { return &plain{text: string(w.b), from: w.from, to: w.to} }

// unescape undoes percent encoding and the \u escapes of JSON.
func (p *plain) unescape() *plain {
	w := &writer{b: make([]byte, 0, len(p.text))}
	var buf [utf8.UTFMax]byte
	for i := 0; i < len(p.text); {
		if r, n := escape(p.text[i:]); n > 0 {
			w.put(buf[:encode(buf[:], r, p.text[i])], i, i+n)
			i += n
			continue
		}
		w.put([]byte{p.text[i]}, i, i+1)
		i++
	}
	return w.plain()
}

// encode writes what an escape stands for: a byte for %XX, a character for \uXXXX.
func encode(buf []byte, r rune, mark byte) int {
	if mark == '%' {
		buf[0] = byte(r)
		return 1
	}
	return utf8.EncodeRune(buf, r)
}

// escape reads %XX or \uXXXX, and how many bytes that took; 0 for none.
func escape(s string) (rune, int) {
	digits, n := 0, 0
	switch {
	case len(s) >= 3 && s[0] == '%':
		digits, n = 1, 3
	case len(s) >= 6 && s[0] == '\\' && s[1] == 'u':
		digits, n = 2, 6
	default:
		return 0, 0
	}
	var r rune
	for _, b := range []byte(s[digits:n]) {
		v := strings.IndexByte("0123456789abcdef", b|0x20)
		if v < 0 || (b < 'A' && (b < '0' || b > '9')) {
			return 0, 0
		}
		r = r<<4 | rune(v)
	}
	if r < ' ' { // a control character separates, and nothing more
		r = ' '
	}
	return r, n
}

// compose brings text into compatibility composed form, so that letters typed as parts are letters and full-width digits
// digits; then makes digits of other scripts and the many dashes and spaces their ASCII like, and drops what is invisible.
func (p *plain) compose() *plain {
	w := &writer{b: make([]byte, 0, len(p.text))}
	var it norm.Iter
	it.InitString(norm.NFKC, p.text)
	for !it.Done() {
		at := it.Pos()
		segment := it.Next()
		from, to := p.source(at, max(it.Pos(), at+1))
		if len(segment) == 1 {
			w.put(segment, from, to)
			continue
		}
		for len(segment) > 0 {
			r, n := utf8.DecodeRune(segment)
			if b := like(r); b > 0 {
				w.put([]byte{b}, from, to)
			} else if !invisible(r) {
				w.put(segment[:n], from, to)
			}
			segment = segment[n:]
		}
	}
	return w.plain()
}

// like is the ASCII character that r is read as; 0 for none.
func like(r rune) byte {
	switch {
	case r < utf8.RuneSelf:
		return byte(r)
	case unicode.Is(unicode.Nd, r):
		zero := r
		for unicode.Is(unicode.Nd, zero-1) && r-zero < 9 {
			zero--
		}
		return '0' + byte(r-zero)
	case unicode.Is(unicode.Pd, r), strings.ContainsRune("−ー\u1173᠆·・•∙‧ㆍ⋅", r):
		return '-'
	case unicode.Is(unicode.Zs, r), r == '\u2028', r == '\u2029':
		return ' '
	case strings.ContainsRune("∼〜～", r):
		return '~'
	}
	return 0
}

func invisible(r rune) bool {
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) || r == 0x034F || r == 0x115F || r == 0x1160 || r == 0x3164
}
