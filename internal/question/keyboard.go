package question

import (
	"strings"
	"unicode"
)

// The two-set (두벌식) layout: which jamo stands on which key.
var (
	leadKeys  = strings.Split("r R s e E f a q Q t T d w W c z x v g", " ")
	vowelKeys = strings.Split("k o i O j p u P h hk ho hl y n nj np nl b m ml l", " ")
	finalKeys = strings.Split(" r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g", " ") // the first is none
)

// keyTables hold the reverse of the above.
type keyTables struct {
	lead, vowel, final map[string]rune
}

var keys = newKeyTables()

func newKeyTables() keyTables {
	table := func(list []string, base rune) map[string]rune {
		out := map[string]rune{}
		for i, key := range list {
			if key != "" {
				out[key] = base + rune(i)
			}
		}
		return out
	}
	return keyTables{lead: table(leadKeys, leadBase), vowel: table(vowelKeys, vowelBase), final: table(finalKeys, finalBase)}
}

// hangulFromKeys undoes Korean typed on a Latin layout: "ehdwjq" is 동접. It reports false where the keys do not spell
// whole syllables, which English words rarely do.
func hangulFromKeys(word string) (string, bool) {
	typed := shifted(word)
	var out strings.Builder
	for i := 0; i < len(typed); {
		lead, ok := keys.lead[typed[i:i+1]]
		if !ok {
			return "", false
		}
		vowel, n := longestKey(keys.vowel, typed[i+1:])
		if n == 0 {
			return "", false
		}
		i += 1 + n
		final, n := longestKey(keys.final, typed[i:])
		// A consonant before a vowel begins the next syllable; of a double one, only its second half does.
		for n > 0 && startsVowel(typed[i+n:]) {
			n--
			final = keys.final[typed[i:i+n]]
		}
		syllable := syllableBase + (lead-leadBase)*vowels*finals + (vowel-vowelBase)*finals
		if n > 0 {
			syllable += final - finalBase
		}
		out.WriteRune(syllable)
		i += n
	}
	return out.String(), out.Len() > 0
}

// shifted lower-cases all but the keys whose shift means another jamo. A word in capitals was typed with caps lock.
func shifted(word string) string {
	if len(word) > 1 && strings.ToUpper(word) == word {
		return strings.ToLower(word)
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("RETWQOP", r) {
			return r
		}
		return unicode.ToLower(r)
	}, word)
}

func longestKey(table map[string]rune, s string) (rune, int) {
	for n := min(2, len(s)); n > 0; n-- {
		if r, ok := table[s[:n]]; ok {
			return r, n
		}
	}
	return 0, 0
}

func startsVowel(s string) bool {
	_, n := longestKey(keys.vowel, s)
	return n > 0
}

// keysFromHangul undoes English typed on the Korean layout: "체ㅕ" is cpu. Jamo standing alone count.
func keysFromHangul(word string) string { return strings.ToLower(keystrokes(word)) }

// keystrokes gives the keys of the two-set layout that type a word.
func keystrokes(word string) string {
	var out strings.Builder
	for _, r := range word {
		switch {
		case r >= syllableBase && r <= syllableLast:
			index := r - syllableBase
			out.WriteString(leadKeys[index/(vowels*finals)])
			out.WriteString(vowelKeys[index%(vowels*finals)/finals])
			out.WriteString(finalKeys[index%finals])
		case r >= 0x3131 && r <= 0x3163:
			out.WriteString(compatKeys[r-0x3131])
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

// compatKeys are the keys of the compatibility jamo ㄱ to ㅣ in code point order.
var compatKeys = strings.Split("r R rt s sw sg e E f fr fa fq ft fx fv fg a q Q qt t T d w W c z x v g k o i O j p u P h hk ho hl y n nj np nl b m ml l", " ")
