package logtemplate

import "strings"

// Wildcard stands in a template for what varies.
const Wildcard = "<*>"

// tokens appends the first most tokens of a message; what varies by its look is a wildcard already, and neighbouring
// wildcards are one.
func tokens(into []string, message string, most int) []string {
	if len(message) > maxBytes {
		message = message[:maxBytes]
	}
	start := -1
	for i := 0; i <= len(message); i++ {
		if i < len(message) && !separates(message[i]) {
			if start < 0 {
				start = i
			}
			continue
		}
		if start < 0 {
			continue
		}
		token := strings.TrimRight(message[start:i], ":.!?")
		start = -1
		if token == "" {
			continue
		}
		if varies(token) {
			if n := len(into); n > 0 && into[n-1] == Wildcard {
				continue
			}
			token = Wildcard
		}
		if into = append(into, token); len(into) == most {
			break
		}
	}
	return into
}

func separates(c byte) bool {
	return c <= ' ' || strings.IndexByte("[](){}<>,;=\"'|`", c) >= 0
}

// varies says whether a token is a value by its look: it holds a digit and is no place in source code.
func varies(token string) bool {
	digits := 0
	for i := range len(token) {
		if c := token[i]; c >= '0' && c <= '9' {
			digits++
		}
	}
	return digits > 0 && !sourcePlace(token)
}

// sourcePlace recognises a name, a # or :, and a line number.
func sourcePlace(token string) bool {
	mark := strings.LastIndexAny(token, "#:")
	if mark < 2 || mark == len(token)-1 || len(token)-mark > 7 {
		return false
	}
	for _, c := range []byte(token[mark+1:]) {
		if c < '0' || c > '9' {
			return false
		}
	}
	letters := 0
	for _, c := range []byte(token[:mark]) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
			letters++
		case c == '.', c == '_', c == '$', c == '/', c == '-':
		default:
			return false
		}
	}
	return letters > 1
}

// Message gives the text that a structured body carries, or the body itself: of a JSON object its message.
func Message(body string) string {
	if len(body) == 0 || body[0] != '{' {
		return body
	}
	for _, key := range []string{`"message":`, `"msg":`, `"body":`, `"log":`} {
		_, rest, found := strings.Cut(body, key)
		rest = strings.TrimLeft(rest, " ")
		if !found || len(rest) < 2 || rest[0] != '"' {
			continue
		}
		for i := 1; i < len(rest); i++ {
			if rest[i] == '\\' {
				i++
			} else if rest[i] == '"' {
				return rest[1:i]
			}
		}
	}
	return body
}
