package question

// One typing error is forgiven in words long enough that no two of them come to lie one error apart by chance. A mix-up
// of vowels that sound alike (ㅐ/ㅔ, ㅚ/ㅙ/ㅞ) is forgiven in shorter ones.
const (
	minLatinTypo  = 6
	minLatinSwap  = 5 // letters exchanged
	minHangulTypo = 7 // jamo
	minVowelTypo  = 4 // jamo
)

// alike groups vowels that are pronounced the same.
var alike = map[rune]int{
	vAE: 1, vE: 1, 0x1164: 2, 0x1168: 2, vOE: 3, vWAE: 3, 0x1170: 3, 0x1174: 4, vI: 4,
}

// typos adds words to the lattice that match the text from a place but for one letter left out, added, replaced, or
// two exchanged. The first letter has to be right: that keeps the search small and the finds plausible.
func (x *lattice) typos(from int) {
	first, ok := x.lex.words.node(0).next(x.text[from].r)
	if ok {
		x.mistyped(first, from, from+1, false, false)
	}
}

// mistyped walks text and trie together. erred: the error was made; mild: it was two letters exchanged or a
// vowel that sounds alike.
func (x *lattice) mistyped(node int32, from, at int, erred, mild bool) {
	n := x.lex.words.node(node)
	if erred {
		x.acceptTypo(n, from, at, mild)
	}
	if at < len(x.text) {
		if next, ok := n.next(x.text[at].r); ok {
			x.mistyped(next, from, at+1, erred, mild)
		}
	}
	if erred {
		return
	}
	for i, r := range n.runes {
		next := n.nodes[i]
		if at < len(x.text) && r != x.text[at].r {
			similar := alike[r] != 0 && alike[r] == alike[x.text[at].r]
			x.mistyped(next, from, at+1, true, similar) // replaced
			if at+1 < len(x.text) && x.text[at+1].r == r && !x.text[at+1].gap {
				if swapped, ok := x.lex.words.node(next).next(x.text[at].r); ok { // exchanged
					x.mistyped(swapped, from, at+2, true, !isHangul(r))
				}
			}
		}
		x.mistyped(next, from, at, true, false) // left out
	}
	if at < len(x.text) && !x.text[at].gap {
		x.mistyped(node, from, at+1, true, false) // added
	}
}

func (x *lattice) acceptTypo(n *trieNode, from, to int, mild bool) {
	for i := range n.forms {
		f := &n.forms[i]
		if f.kind == kindParticle || f.kind == kindEnding || f.kind == kindSuffix || outside(f.concepts) {
			continue // what is refused is refused for what was written, not for what it resembles
		}
		latin := !isHangul(x.text[from].r)
		switch {
		case latin && (f.letters < minLatinSwap || !mild && f.letters < minLatinTypo || !x.boundary(to)):
			continue
		case !latin && f.letters < minHangulTypo && !(mild && f.letters >= minVowelTypo):
			continue
		}
		x.word(f, from, to, costTypo)
	}
}
