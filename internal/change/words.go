package change

import (
	"strings"
	"unicode"
)

// aliases bring spellings of one thing together.
var aliases = map[string]string{
	"conn": "connection", "ctx": "context", "cfg": "config", "conf": "config", "configuration": "config", "db": "database",
	"deadline": "timeout", "attempt": "retry", "mem": "memory", "req": "request", "resp": "response", "auth": "authorization",
	"num": "number", "msg": "message", "cert": "certificate", "env": "environment", "init": "start", "startup": "start",
	"err": "error", "param": "parameter", "idx": "index", "cas": "cas", "repo": "repository", "addr": "address",
	"txn": "transaction", "tx": "transaction", "perm": "permission", "creds": "credential", "cred": "credential", "util": "utilization",
}

// maxWords bounds the words read from one text.
const maxWords = 2000

// word brings a lower-case word to the form words are compared in: singular, usual spelling.
func word(w string) string {
	switch {
	case len(w) > 4 && strings.HasSuffix(w, "ies"):
		w = w[:len(w)-3] + "y"
	case len(w) > 3 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us"):
		w = w[:len(w)-1]
	}
	if a, ok := aliases[w]; ok {
		return a
	}
	return w
}

// identifiers yields the names in a text as they stand: db_pool, MaxConns, charge.
func identifiers(text string, yield func(string)) {
	start, n := -1, 0
	for i, r := range text {
		inside := r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
		switch {
		case inside && start < 0:
			start = i
		case !inside && start >= 0:
			if !unicode.IsDigit(rune(text[start])) { // 256Mi is a quantity
				yield(text[start:i])
			}
			start = -1
			if n++; n >= maxWords {
				return
			}
		}
	}
	if start >= 0 && !unicode.IsDigit(rune(text[start])) {
		yield(text[start:])
	}
}

// split cuts a name where its words meet: maxConns, max_conns and MAX_CONNS all give max and connection.
func split(name string, yield func(string)) {
	runes := []rune(name)
	start := 0
	cut := func(end int) {
		if w := strings.ToLower(string(runes[start:end])); len(w) > 1 {
			yield(word(w))
		}
		start = end
	}
	for i, r := range runes {
		switch {
		case r == '_':
			cut(i)
			start = i + 1
		case i == start || i == 0:
		case unicode.IsUpper(r) && !unicode.IsUpper(runes[i-1]):
			cut(i)
		case unicode.IsLower(r) && unicode.IsUpper(runes[i-1]) && i-1 > start:
			cut(i - 1)
		case unicode.IsDigit(r) != unicode.IsDigit(runes[i-1]) && i-start > 1:
			cut(i)
		}
	}
	if start < len(runes) {
		cut(len(runes))
	}
}

// words gives the words of a text in their order. Numbers are left out.
func words(text string) []string {
	var out []string
	identifiers(text, func(name string) {
		split(name, func(w string) {
			if len(out) < maxWords && !unicode.IsDigit(rune(w[0])) {
				out = append(out, w)
			}
		})
	})
	return out
}

// terms gives what is looked for elsewhere: the words, and compound names as a whole, lower-case.
func terms(text string) []string {
	out := words(text)
	identifiers(text, func(name string) {
		parts := 0
		split(name, func(string) { parts++ })
		if parts > 1 && len(out) < maxWords {
			out = append(out, strings.ToLower(name))
		}
	})
	return out
}

// phrase is a text made ready for [phrase.has]: its words between single blanks, and itself in lower case.
type phrase struct{ words, raw string }

func newPhrase(text string) phrase {
	return phrase{words: " " + strings.Join(words(text), " ") + " ", raw: strings.ToLower(text)}
}

// cue is a wording looked for. Words of it must stand together; other scripts are found inside words too, because
// Korean adds its particles there.
type cue struct {
	words, raw, number string
}

func newCue(text string) cue {
	for _, r := range text {
		if r > unicode.MaxASCII {
			return cue{raw: text}
		}
	}
	w := words(text)
	if len(w) == 0 {
		return cue{number: text} // "429"
	}
	return cue{words: " " + strings.Join(w, " ") + " "}
}

func (p phrase) has(c cue) bool {
	switch {
	case c.raw != "":
		return strings.Contains(p.raw, c.raw)
	case c.number != "":
		return hasNumber(p.raw, c.number)
	}
	return strings.Contains(p.words, c.words)
}

// hasNumber finds a number that is not part of a longer one or of a name.
func hasNumber(text, number string) bool {
	for rest := text; ; {
		i := strings.Index(rest, number)
		if i < 0 {
			return false
		}
		end := i + len(number)
		if (i == 0 || !joins(rest[i-1])) && (end == len(rest) || !joins(rest[end])) {
			return true
		}
		rest = rest[end:]
	}
}

func joins(b byte) bool {
	return b == '_' || b == '.' || b == '-' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z'
}
