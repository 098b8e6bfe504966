package masking

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/braidotel/braid/internal/pii"
)

// writing is a way in which people and programs write a value.
type writing struct {
	name string
	// of are the classes it suits; nil for all.
	of    []pii.Class
	write func(r *rand.Rand, value string) string
	// whole rewrites the text around the value instead.
	whole func(string) string
	// carried names the only carrier in which it makes sense; empty for any.
	carried string
}

var (
	numbers = []pii.Class{pii.ResidentNumber, pii.ForeignerNumber, pii.DriverLicence, pii.BusinessNumber, pii.Phone, pii.Card, pii.Account}
	spelt   = []pii.Class{pii.ResidentNumber, pii.ForeignerNumber, pii.Phone, pii.Card}
)

// writings are the ways, the plain one several times as it is the most common.
var writings = []writing{
	{name: "as is"}, {name: "as is"}, {name: "as is"}, {name: "as is"},
	{name: "digits only", of: numbers, write: func(_ *rand.Rand, v string) string { return strings.NewReplacer("-", "", " ", "").Replace(v) }},
	{name: "digits only", of: numbers, write: func(_ *rand.Rand, v string) string { return strings.NewReplacer("-", "", " ", "").Replace(v) }},
	{name: "full-width digits", of: numbers, write: func(_ *rand.Rand, v string) string { return wide(v) }},
	{name: "spaces for dashes", of: numbers, write: func(_ *rand.Rand, v string) string { return strings.ReplaceAll(v, "-", " ") }},
	{name: "dots for dashes", of: []pii.Class{pii.Phone, pii.Card, pii.ResidentNumber}, write: func(_ *rand.Rand, v string) string { return strings.ReplaceAll(v, "-", ".") }},
	{name: "other dashes", of: numbers, write: func(r *rand.Rand, v string) string {
		return strings.ReplaceAll(v, "-", []string{"–", "—", "‐", "−", "－", "﹣", "ㅡ"}[r.IntN(7)])
	}},
	{name: "spaced dashes", of: numbers, write: func(r *rand.Rand, v string) string {
		return strings.ReplaceAll(v, "-", []string{" - ", "- ", " -"}[r.IntN(3)])
	}},
	{name: "unusual separators", of: spelt, write: func(r *rand.Rand, v string) string {
		return strings.ReplaceAll(v, "-", []string{"/", "_", "~", "·", ":"}[r.IntN(5)])
	}},
	{name: "digit by digit", of: spelt, write: func(_ *rand.Rand, v string) string {
		return strings.Join(strings.Split(strings.NewReplacer("-", "", " ", "", "+", "").Replace(v), ""), " ")
	}},
	{name: "invisible characters", write: func(r *rand.Rand, v string) string {
		i := 1 + r.IntN(len(v)-1)
		return v[:i] + []string{"\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad"}[r.IntN(5)] + v[i:]
	}},
	{name: "other scripts' digits", of: []pii.Class{pii.ResidentNumber, pii.Phone, pii.Card}, write: func(_ *rand.Rand, v string) string {
		return strings.Map(func(d rune) rune {
			if d >= '0' && d <= '9' {
				return d - '0' + '٠'
			}
			return d
		}, v)
	}},
	{name: "percent encoded", carried: "query", write: func(_ *rand.Rand, v string) string { return percent(v) }},
	{name: "unicode escapes", carried: "json", whole: escape},
	{name: "decomposed letters", whole: norm.NFD.String},
	{name: "base64", carried: "payload"}, // with its label: see fill
}

func wide(v string) string {
	return strings.Map(func(d rune) rune {
		if d >= '0' && d <= '9' {
			return d - '0' + '０'
		}
		return d
	}, v)
}

func percent(v string) string {
	var b strings.Builder
	for i := range len(v) {
		if v[i] >= '0' && v[i] <= '9' || v[i]|0x20 >= 'a' && v[i]|0x20 <= 'z' {
			b.WriteByte(v[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", v[i])
		}
	}
	return b.String()
}

// escape writes what is not ASCII as JSON does where it is told to keep to ASCII.
func escape(v string) string {
	var b strings.Builder
	for _, r := range v {
		if r < 0x80 {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
