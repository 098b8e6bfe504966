package question

// boundary reports whether a word of Latin letters or digits may begin or end at a place.
func (x *lattice) boundary(at int) bool {
	if at == 0 || at >= len(x.text) || x.text[at].gap {
		return true
	}
	return runeClass(x.text[at-1].r) != runeClass(x.text[at].r)
}

func runeClass(r rune) int {
	switch {
	case isHangul(r):
		return 1
	case isDigit(r):
		return 2
	case r == '%' || r == '/':
		return 3
	default:
		return 0
	}
}

// midSyllable reports whether a place lies inside a Hangul syllable.
func (x *lattice) midSyllable(at int) bool {
	return at < len(x.text) && at > 0 && (isVowel(x.text[at].r) || isFinal(x.text[at].r)) && isHangul(x.text[at-1].r) && !x.text[at].gap
}

// afterSyllable is the place after the syllable that begins at a place.
func (x *lattice) afterSyllable(at int) int {
	at++
	for x.midSyllable(at) {
		at++
	}
	return at
}

// syllable composes the syllable that begins at a place; 0 where none does.
func (x *lattice) syllable(at int) rune {
	to := x.afterSyllable(at)
	if to-at < 2 || to-at > 3 || !isLead(x.text[at].r) || !isVowel(x.text[at+1].r) {
		return 0
	}
	out := syllableBase + (x.text[at].r-leadBase)*vowels*finals + (x.text[at+1].r-vowelBase)*finals
	if to-at == 3 {
		out += x.text[at+2].r - finalBase
	}
	return out
}
