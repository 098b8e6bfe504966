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

// A trie finds all forms that begin at a place. It is built once and only read afterwards. Adding to it replaces what it
// changes, so that a copy shares the rest: the names of a tenant take what they change, not another vocabulary.
type trie struct {
	pages []*triePage
	own   map[int32]bool // the pages that no copy shares
	size  int32          // nodes
}

// pageNodes is how many nodes are copied where one changes.
const pageNodes = 16

type triePage [pageNodes]trieNode

// A trieNode keeps its branches in order, so that every walk of the trie meets them in the same one.
type trieNode struct {
	runes []rune
	nodes []int32
	forms []form
}

// next gives the node one letter on, false if no form goes on with it.
func (n *trieNode) next(r rune) (int32, bool) {
	i, ok := slices.BinarySearch(n.runes, r)
	if !ok {
		return 0, false
	}
	return n.nodes[i], true
}

func newTrie() *trie {
	t := &trie{own: map[int32]bool{}}
	t.grow()
	return t
}

// clone returns a copy. The original must not be added to any more.
func (t *trie) clone() *trie {
	return &trie{pages: slices.Clone(t.pages), own: map[int32]bool{}, size: t.size}
}

// node is one to look at.
func (t *trie) node(at int32) *trieNode { return &t.pages[at/pageNodes][at%pageNodes] }

// change is a node to change.
func (t *trie) change(at int32) *trieNode {
	if page := at / pageNodes; !t.own[page] {
		copied := *t.pages[page]
		t.pages[page], t.own[page] = &copied, true
	}
	return t.node(at)
}

// grow adds a node and says which.
func (t *trie) grow() int32 {
	at := t.size
	if page := at / pageNodes; int(page) == len(t.pages) {
		t.pages, t.own[page] = append(t.pages, new(triePage)), true
	}
	t.size++
	return at
}

// add stores a concept under a folded form. The same form of the same kind gathers its concepts in one edge.
func (t *trie) add(folded []rune, kind wordKind, closed bool, concept string) {
	if len(folded) == 0 {
		return
	}
	at := int32(0)
	for _, r := range folded {
		next, ok := t.node(at).next(r)
		if !ok {
			next = t.grow()
			n := t.change(at)
			i, _ := slices.BinarySearch(n.runes, r)
			n.runes, n.nodes = slices.Insert(slices.Clip(n.runes), i, r), slices.Insert(slices.Clip(n.nodes), i, next)
		}
		at = next
	}
	forms := slices.Clone(t.node(at).forms)
	i := slices.IndexFunc(forms, func(f form) bool { return f.kind == kind && f.closed == closed })
	switch {
	case i < 0:
		forms = append(forms, form{kind: kind, closed: closed, concepts: []string{concept}, letters: len(folded)})
	case !slices.Contains(forms[i].concepts, concept):
		forms[i].concepts = append(slices.Clip(forms[i].concepts), concept)
	default:
		return
	}
	t.change(at).forms = forms
}

// name stores a name of the catalogue. Where it is a word of the vocabulary as well (login), it keeps that meaning too.
func (t *trie) name(folded []rune, concept string) {
	t.add(folded, kindName, true, concept)
	at := int32(0)
	for _, r := range folded {
		at, _ = t.node(at).next(r)
	}
	for _, f := range t.node(at).forms {
		if f.kind == kindNoun || f.kind == kindWord {
			for _, c := range f.concepts {
				t.add(folded, kindName, true, c)
			}
		}
	}
}

// visit calls found for each form that begins at letters[from], with the place after it.
func (t *trie) visit(text []letter, from int, found func(f *form, to int)) {
	at := int32(0)
	for i := from; i < len(text); i++ {
		next, ok := t.node(at).next(text[i].r)
		if !ok {
			return
		}
		at = next
		forms := t.node(at).forms
		for k := range forms {
			found(&forms[k], i+1)
		}
	}
}
