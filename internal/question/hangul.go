package question

import (
	"strings"
	"unicode/utf8"
)

// Conjoining jamo, as Unicode's canonical decomposition of a syllable gives them. Leading, vowel and final jamo are
// different runes, so a trie over them never mistakes a final for the beginning of the next syllable.
const (
	syllableBase, syllableLast = 0xAC00, 0xD7A3
	leadBase, leadLast         = 0x1100, 0x1112
	vowelBase, vowelLast       = 0x1161, 0x1175
	finalBase, finalLast       = 0x11A7, 0x11C2 // base is "no final"
	vowels, finals             = 21, 28
)

func isLead(r rune) bool  { return r >= leadBase && r <= leadLast }
func isVowel(r rune) bool { return r >= vowelBase && r <= vowelLast }
func isFinal(r rune) bool { return r > finalBase && r <= finalLast }
func isHangul(r rune) bool {
	return isLead(r) || isVowel(r) || isFinal(r) || r >= 0x3131 && r <= 0x3163
}

// decompose splits a Hangul syllable into its jamo; any other rune stands for itself.
func decompose(r rune) []rune {
	if r < syllableBase || r > syllableLast {
		return []rune{r}
	}
	index := r - syllableBase
	out := []rune{leadBase + index/(vowels*finals), vowelBase + index%(vowels*finals)/finals}
	if final := index % finals; final != 0 {
		out = append(out, finalBase+final)
	}
	return out
}

// finalOf maps a consonant written alone ("ㄹ까", "ㅂ니다") to the final jamo meant.
var finalOf = map[rune]rune{
	'ㄴ': 0x11AB, 'ㄹ': 0x11AF, 'ㅁ': 0x11B7, 'ㅂ': 0x11B8, 'ㅆ': 0x11BB, 'ㄱ': 0x11A8, 'ㅅ': 0x11BA, 'ㅇ': 0x11BC, 'ㅈ': 0x11BD,
}

// foldEnding is fold for an ending, whose first consonant may be the final of the syllable before it.
func foldEnding(form string) []rune {
	out := fold(form)
	if len(out) > 0 {
		if final, ok := finalOf[out[0]]; ok {
			out[0] = final
		}
	}
	return out
}

// A stem is what endings attach to. A closed one is a word by itself, too: 느려, 봐, 해.
type stem struct {
	jamo   []rune
	closed bool
}

const (
	vA, vAE, vEO, vE, vYEO  rune = 0x1161, 0x1162, 0x1165, 0x1166, 0x1167
	vO, vWA, vWAE, vOE, vU  rune = 0x1169, 0x116A, 0x116B, 0x116C, 0x116E
	vWEO, vEU, vI           rune = 0x116F, 0x1173, 0x1175
	leadR, leadIeung, leadH rune = 0x1105, 0x110B, 0x1112
	finalL, finalB, finalH  rune = 0x11AF, 0x11B8, 0x11C2
	finalD, finalSS         rune = 0x11AE, 0x11BB
)

// stems gives the shapes a verb takes before its endings, from the dictionary form. Regular contraction and the
// irregular classes of 하다, 르, 으, ㄹ, ㅂ, ㄷ and ㅎ follow from the letters; the few verbs that only look like a
// class are excepted by name.
func stems(dictionary string) []stem {
	base := fold(strings.TrimSuffix(dictionary, "다"))
	out := []stem{{jamo: base}}
	if len(base) < 2 {
		return out
	}
	last := base[len(base)-1]
	head := base[:len(base)-1]
	if isFinal(last) {
		return append(out, finalStems(dictionary, head, last)...)
	}
	word := strings.Fields(dictionary)
	if last == vEU && utf8.RuneCountInString(word[len(word)-1]) == 2 { // 다 쓰다: 다 써, not 다 싸
		return append(out, stem{jamo: joined(head, vEO), closed: true})
	}
	return append(out, vowelStems(head, last)...)
}

func vowelStems(head []rune, vowel rune) []stem {
	closed := func(jamo []rune, tail ...rune) stem { return stem{jamo: joined(jamo, tail...), closed: true} }
	lead := head[len(head)-1]
	switch vowel {
	case vA:
		if lead == leadH { // 하다: 해, 하여
			return []stem{closed(head, vAE), closed(head, vA, leadIeung, vYEO)}
		}
		return []stem{closed(head, vowel)}
	case vEO, vAE, vE, vYEO:
		return []stem{closed(head, vowel)}
	case vO:
		return []stem{closed(head, vWA)}
	case vU:
		return []stem{closed(head, vWEO)}
	case vI:
		return []stem{closed(head, vYEO)}
	case vOE:
		return []stem{closed(head, vWAE)}
	case vEU:
		return euStems(head, lead)
	}
	return nil
}

// euStems are those of 크다 (커), 바쁘다 (바빠) and, with ㄹ doubled, 빠르다 (빨라).
func euStems(head []rune, lead rune) []stem {
	open := head[:len(head)-1]
	vowel := vEO
	if n := len(open); n > 0 && (open[n-1] == vA || open[n-1] == vO) {
		vowel = vA
	}
	if lead == leadR && len(open) > 0 && isVowel(open[len(open)-1]) {
		return []stem{{jamo: joined(open, finalL, leadR, vowel), closed: true}}
	}
	return []stem{{jamo: joined(open, lead, vowel), closed: true}}
}

// regular verbs end in ㅂ or ㄷ and keep it.
var regular = map[string]bool{"잡다": true, "뽑다": true, "좁다": true, "입다": true, "접다": true, "집다": true, "받다": true, "닫다": true, "얻다": true, "믿다": true, "짚다": true}

func finalStems(dictionary string, head []rune, final rune) []stem {
	ending := []rune(dictionary)
	word := string(ending[max(0, len(ending)-2):])
	switch {
	case final == finalL: // 늘다: 는, 느나요
		return []stem{{jamo: joined(head)}}
	case final == finalB && !regular[word]: // 어렵다: 어려워, 어려우니
		return []stem{{jamo: joined(head, leadIeung, vU)}, {jamo: joined(head, leadIeung, vWEO), closed: true}}
	case final == finalD && !regular[word]: // 묻다: 물어
		return []stem{{jamo: joined(head, finalL)}}
	case final == finalH && word != "좋다" && word != "놓다" && word != "넣다": // 어떻다: 어떤, 어때
		return []stem{{jamo: joined(head)}, {jamo: joined(head[:len(head)-1], vAE), closed: true}}
	}
	return nil
}

// joined copies, so that stems never share an array.
func joined(head []rune, tail ...rune) []rune {
	return append(append(make([]rune, 0, len(head)+len(tail)), head...), tail...)
}
