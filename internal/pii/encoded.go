package pii

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

const (
	leastEncoded = 16
	mostEncoded  = 16 << 10
)

// encoded finds runs of base64 that hold personal data once they are decoded. The whole run is the finding; what is encoded
// twice is not looked into.
func encoded(text string, open findings) []Finding {
	var out []Finding
	for i := 0; i < len(text); {
		end, has := i, byte(0)
		for end < len(text) && kinds[text[end]] != 0 {
			has |= kinds[text[end]]
			end++
		}
		if end == i {
			i++
			continue
		}
		if n := end - i; n >= leastEncoded && n <= mostEncoded && has&mixed == mixed && !covered(open, i, end) {
			if f, ok := decoded(text, i, end); ok {
				out = append(out, f)
			}
		}
		i = end
	}
	return out
}

// kinds has, for each character of base64, a bit for capitals, small letters, digits or the rest.
var kinds = func() (set [256]byte) {
	for b := range 256 {
		switch c := byte(b); {
		case 'A' <= c && c <= 'Z':
			set[b] = 1
		case 'a' <= c && c <= 'z':
			set[b] = 2
		case digit(c):
			set[b] = 4
		case strings.IndexByte("+/=-_", c) >= 0:
			set[b] = 8
		}
	}
	return set
}()

// mixed is what base64 of any length holds: capitals, small letters and digits.
const mixed = 1 | 2 | 4

func covered(found findings, start, end int) bool {
	for _, f := range found {
		if f.Start <= start && end <= f.End {
			return true
		}
	}
	return false
}

// decoded looks into a run, which may begin with a name and an equals sign.
func decoded(text string, start, end int) (Finding, bool) {
	if i := strings.IndexByte(text[start:end], '='); i >= 0 && strings.Trim(text[start+i:end], "=") != "" {
		start += i + 1
	}
	run := strings.TrimRight(text[start:end], "=")
	if len(run) < leastEncoded {
		return Finding{}, false
	}
	coding := base64.RawStdEncoding
	if strings.ContainsAny(run, "-_") {
		coding = base64.RawURLEncoding
	}
	raw, err := coding.DecodeString(run)
	if err != nil || !utf8.Valid(raw) || unprintable(raw) {
		return Finding{}, false
	}
	inner := scan(string(raw))
	if len(inner) == 0 {
		return Finding{}, false
	}
	f := inner[0]
	return Finding{Class: f.Class, Start: start, End: end, Value: f.Value, Checked: f.Checked}, true
}

func unprintable(raw []byte) bool {
	for _, b := range raw {
		if b < ' ' && b != '\n' && b != '\t' && b != '\r' {
			return true
		}
	}
	return false
}
