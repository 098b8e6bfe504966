package server

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// encode writes JSON in which every text can be seen: characters that turn the direction of writing, have no width or tag
// others would let a name from telemetry look like another one.
func encode(value any) ([]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	// None of them is part of JSON itself, so each stands within a text.
	return bytes.Map(visible, text), nil
}

// visible replaces what cannot be seen. Joiners stay: scripts and emoji are written with them.
func visible(r rune) rune {
	switch {
	case r == '\u200b', r == '\u200e', r == '\u200f', r == '\ufeff',
		r >= '\u202a' && r <= '\u202e', r >= '\u2060' && r <= '\u2069', r >= 0xE0000 && r <= 0xE007F:
		return utf8.RuneError
	default:
		return r
	}
}
