package question

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func (t *trie) finds(word string) (concepts []string) {
	var text []letter
	for _, r := range word {
		text = append(text, letter{r: r})
	}
	t.visit(text, 0, func(f *form, to int) {
		if to == len(text) {
			concepts = append(concepts, f.concepts...)
		}
	})
	return concepts
}

// TestTrie_Clones_ShareTheRest: what one copy is given is neither in the original nor in another copy, wherever it branches
// off, and what none of them changes is held once.
func TestTrie_Clones_ShareTheRest(t *testing.T) {
	base := newTrie()
	for _, w := range []string{"login", "logout", "payment", "payments", "order"} {
		base.add([]rune(w), kindNoun, true, w)
	}
	for r := 'a'; r <= 'z'; r++ {
		base.add([]rune("un"+string(r)+"known"), kindNoun, true, "unknown")
	}
	a, b := base.clone(), base.clone()
	a.name([]rune("pay"), "service.pay")
	a.name([]rune("login"), "service.login")
	b.name([]rune("payroll"), "service.payroll")

	assert.Equal(t, []string{"service.pay"}, a.finds("pay"))
	assert.Equal(t, []string{"login", "service.login", "login"}, a.finds("login"), "a name keeps the meaning of the word")
	assert.Equal(t, []string{"service.payroll"}, b.finds("payroll"))
	for _, other := range []*trie{base, b} {
		assert.Empty(t, other.finds("pay"))
		assert.Equal(t, []string{"login"}, other.finds("login"))
	}
	assert.Empty(t, a.finds("payroll"))
	for _, all := range []*trie{base, a, b} {
		assert.Equal(t, []string{"payments"}, all.finds("payments"))
		assert.Equal(t, []string{"order"}, all.finds("order"))
	}
	assert.Less(t, len(b.own), len(b.pages), "pages without a change are the original's")
}
