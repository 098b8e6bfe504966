package narrate

import (
	"slices"
	"strings"
	"unicode"
)

// checkNames refuses names that the answer does not speak of: those known to be others', words shaped like identifiers,
// and words with a capital within an English sentence. The names that may stand are blanked, so that a digit or a number
// word within one is no figure.
func (g *Ground) checkNames(c *clause) error {
	for i := range c.words {
		if n := longest(g.Names, c.words[i:]); n > 0 {
			for j := i; j < i+n; j++ {
				c.words[j], c.raw[j] = "", ""
			}
			continue
		}
		if longest(g.Foreign, c.words[i:]) > 0 {
			return &UngroundedError{ReasonName, c.raw[i]}
		}
		bare := strings.TrimRightFunc(c.words[i], func(r rune) bool { return unicode.Is(unicode.Hangul, r) }) // particles
		if _, known := acronyms[bare]; known {
			c.words[i] = strings.TrimRightFunc(bare, unicode.IsDigit)
			continue
		}
		if identifier(c.words[i]) || (capital(c.raw[i]) && (i > 0 || !c.opens)) {
			return &UngroundedError{ReasonName, c.raw[i]}
		}
	}
	return nil
}

// longest returns how many words the longest of names takes at the beginning of words. A particle may follow.
func longest(names, words []string) int {
	most := 0
	for _, name := range names {
		parts := strings.Fields(strings.ToLower(name))
		if len(parts) <= most || len(parts) > len(words) || len(parts) == 0 {
			continue
		}
		last := len(parts) - 1
		rest, ok := strings.CutPrefix(words[last], parts[last])
		if ok && isParticle(rest) && slices.Equal(parts[:last], words[:last]) {
			most = len(parts)
		}
	}
	return most
}

// identifier tells a word shaped like the name of a machine, a package, a path or an address.
func identifier(word string) bool {
	if strings.ContainsAny(word, "_/@:.#$&=") {
		return true
	}
	_, compound := compounds[word]
	return strings.Contains(word, "-") && !compound && !countsInEnglish(word)
}

// capital tells a Latin word with a capital letter: within a sentence that is a name.
func capital(raw string) bool {
	for _, r := range raw {
		if unicode.Is(unicode.Latin, r) && unicode.IsUpper(r) {
			return true
		}
	}
	return false
}

var (
	// acronyms are written in capitals, or with a digit, and are no names.
	acronyms = words(`cpu cpus sql api apis http https jvm gc db dns tls tcp ui slo slos sla krw usd kst utc p50 p90 p95 p99 lcp inp
		cls tps i ok heap braid`)
	// compounds are English words with a hyphen.
	compounds = words(`log-in log-ins log-out log-outs re-login week-on-week year-on-year day-on-day end-to-end same-time on-call
		long-lived short-lived cut-off well-known read-only back-end front-end roll-back run-time real-time up-to-date so-called`)
)
