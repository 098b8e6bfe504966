package relational

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of what one record may bring, in bytes. Longer texts are cut, larger attributes left out one by one.
const (
	maxText       = 1 << 10
	maxBody       = 4 << 20
	maxArguments  = 64 << 10
	maxAttributes = 16 << 10
)

// text makes a string storable: PostgreSQL takes neither NUL nor invalid UTF-8.
func text(s string) string { return cut(s, maxText) }

func cut(s string, limit int) string {
	if len(s) > limit {
		s = s[:limit]
		for len(s) > 0 && !utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
		if len(s) > 0 && s[len(s)-1] >= utf8.RuneSelf {
			s = s[:len(s)-1] // the start of a character that was cut
		}
	}
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func texts(list []string) string {
	if len(list) == 0 {
		return "[]"
	}
	clean := make([]string, len(list))
	for i, s := range list {
		clean[i] = text(s)
	}
	return encodeJSON(clean)
}

// attributes encodes a map with sorted keys. What JSON cannot say (NaN, infinities) or what does not fit is left out.
func attributes(m map[string]any) string {
	if len(m) == 0 {
		return "{}"
	}
	if b, err := json.Marshal(m); err == nil && len(b) <= maxAttributes {
		return storable(b)
	}
	kept := make(map[string]json.RawMessage, len(m))
	room := maxAttributes
	for _, k := range sortedKeys(m) {
		b, err := json.Marshal(m[k])
		if need := len(b) + len(k) + 8; err == nil && need <= room {
			kept[k], room = b, room-need
		}
	}
	return encodeJSON(kept)
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// encodeJSON encodes what cannot fail to encode.
func encodeJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "null"
	}
	return storable(b)
}

// storable replaces the escape of NUL, which json.Marshal writes and a later reader in PostgreSQL's own JSON functions
// would refuse.
func storable(b []byte) string { return strings.ReplaceAll(string(b), `\u0000`, `\ufffd`) }

// canonical is the text of a sketch's key: JSON with sorted names, "" for the total.
func canonical(key map[string]string) string {
	if len(key) == 0 {
		return ""
	}
	clean := make(map[string]string, len(key))
	for k, v := range key {
		clean[text(k)] = text(v)
	}
	return encodeJSON(clean)
}

// nanos is a time as stored; 0 is no time. What int64 cannot hold is moved to what it can.
func nanos(t time.Time) int64 {
	switch {
	case t.IsZero():
		return 0
	case t.Year() < 1970:
		return 1
	case t.Year() > 2261:
		return math.MaxInt64
	}
	return t.UnixNano()
}

func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
