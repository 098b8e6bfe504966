package question

import "slices"

// A wordKind says where a vocabulary form may stand.
type wordKind uint8

const (
	kindNoun wordKind = iota
	kindVerb
	kindWord
	kindSuffix
	kindParticle
	kindEnding
	kindName     // from the catalogue
	kindUnit     // after a number
	kindNumber   // a numeral in words
	kindQuantity // a span of time in one word
)

// A form is one vocabulary entry as the lattice finds it: what kinds of place it may take and what it means there.
type form struct {
	kind     wordKind
	closed   bool // of a verb: it may end a word
	concepts []string
	letters  int
}

// A trie finds all forms that begin at a place. It is built once and only read afterwards.
type trie struct {
	nodes []trieNode
}

type trieNode struct {
	next  map[rune]int32
	forms []form
}

func newTrie() *trie { return &trie{nodes: []trieNode{{}}} }

// add stores a concept under a folded form. The same form of the same kind gathers its concepts in one edge.
func (t *trie) add(folded []rune, kind wordKind, closed bool, concept string) {
	if len(folded) == 0 {
		return
	}
	at := int32(0)
	for _, r := range folded {
		next, ok := t.nodes[at].next[r]
		if !ok {
			next = int32(len(t.nodes))
			t.nodes = append(t.nodes, trieNode{})
			if t.nodes[at].next == nil {
				t.nodes[at].next = map[rune]int32{}
			}
			t.nodes[at].next[r] = next
		}
		at = next
	}
	forms := t.nodes[at].forms
	for i := range forms {
		if forms[i].kind == kind && forms[i].closed == closed {
			if !slices.Contains(forms[i].concepts, concept) {
				forms[i].concepts = append(forms[i].concepts, concept)
			}
			return
		}
	}
	t.nodes[at].forms = append(forms, form{kind: kind, closed: closed, concepts: []string{concept}, letters: len(folded)})
}

// visit calls found for each form that begins at letters[from], with the place after it.
func (t *trie) visit(text []letter, from int, found func(f *form, to int)) {
	at := int32(0)
	for i := from; i < len(text); i++ {
		next, ok := t.nodes[at].next[text[i].r]
		if !ok {
			return
		}
		at = next
		for k := range t.nodes[at].forms {
			found(&t.nodes[at].forms[k], i+1)
		}
	}
}
