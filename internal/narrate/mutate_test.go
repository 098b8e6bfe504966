package narrate

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// mutation plants one thing that the facts do not say into a good draft; it returns "" where the draft has no place for it.
type mutation struct {
	name  string
	plant func(r *rand.Rand, draft string) string
}

// mutations are what a language model gets wrong.
var mutations = []mutation{
	{"a figure in place of a reference", func(r *rand.Rand, draft string) string {
		return replaceReference(r, draft, func(string) string { return pick(r, figures) })
	}},
	{"a figure added", func(r *rand.Rand, draft string) string { return insert(r, draft, pick(r, figures)) }},
	{"a number word added", func(r *rand.Rand, draft string) string { return insert(r, draft, pick(r, numberWords)) }},
	{"an unknown reference", func(r *rand.Rand, draft string) string {
		return replaceReference(r, draft, func(string) string { return fmt.Sprintf("{{f%d}}", 10+r.IntN(90)) })
	}},
	{"the opposite direction", func(r *rand.Rand, draft string) string {
		var found []string
		for _, pair := range opposites {
			if strings.Contains(draft, pair[0]) {
				found = append(found, strings.Replace(draft, pair[0], pair[1], 1))
			}
		}
		if len(found) == 0 {
			return ""
		}
		return pick(r, found)
	}},
	{"another's name", func(r *rand.Rand, draft string) string { return insert(r, draft, pick(r, otherNames)) }},
	{"a figure of another metric", func(r *rand.Rand, draft string) string {
		return replaceReference(r, draft, func(id string) string {
			if strings.HasPrefix(id, "f4") || strings.HasPrefix(id, "f6") { // of the processor
				return "{{f1}}"
			}
			return "{{f4}}"
		})
	}},
	{"markup", func(r *rand.Rand, draft string) string { return insert(r, draft, pick(r, markup)) }},
}

var (
	figures = []string{
		"7", "42", "1,284", "12 %", "0.5", "-3", "３", "①", "Ⅳ", "½", "²", "٤", "三", "2026-11-18", "14:30", "v2", "3배", "10명", "5xx",
	}
	numberWords = []string{
		"twice", "half", "dozens", "three", "Hundreds", "doubled", "ninety-nine", "percent", "두 배", "절반", "수백", "다섯", "세 명", "삼십 퍼센트",
		"열두", "천여", "이백명", "몇십",
	}
	opposites = [][2]string{
		{"more than", "fewer than"}, {"rose", "fell"}, {"fell", "rose"}, {"above", "below"}, {"unchanged", "lower"}, {"busiest", "quietest"},
		{"늘었고", "줄었고"}, {"줄었습니다", "늘었습니다"}, {"증가했", "감소했"}, {"감소했", "증가했"}, {"높습니다", "낮습니다"}, {"비슷합니다", "늘었습니다"},
		{"많습니다", "적습니다"}, {"rose", "doubled"}, {"more than", "the fewest, unlike"},
	}
	otherNames = []string{
		"order", "db-01", "Seoul", "Jeju", "서울", "제주의", "주문이", "cache-7", "pay_ment", "10.0.0.7", "Daegu", "svc.local", "admin@example.org",
	}
	markup = []string{"<b>", "https://example.org", "`rm`", "[link](x)", "\u202e", "\u200b", "\x07", "www.example.org"}
)

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

// insert puts a word at some space after the first word.
func insert(r *rand.Rand, draft, word string) string {
	var at []int
	for i, b := range []byte(draft) {
		if b == ' ' && strings.Count(draft[:i], opening) == strings.Count(draft[:i], closing) {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return ""
	}
	i := at[r.IntN(len(at))]
	return draft[:i] + " " + word + draft[i:]
}

func replaceReference(r *rand.Rand, draft string, with func(id string) string) string {
	skip := r.IntN(strings.Count(draft, opening))
	from := 0
	for ; skip > 0; skip-- {
		from += strings.Index(draft[from:], closing) + len(closing)
	}
	begin := from + strings.Index(draft[from:], opening)
	end := begin + strings.Index(draft[begin:], closing) + len(closing)
	return draft[:begin] + with(draft[begin+len(opening):end-len(closing)]) + draft[end:]
}

// TestRender_MutatedDrafts_NoneRenders is the bar of ungrounded text: 10,000 drafts with something planted, none rendered.
func TestRender_MutatedDrafts_NoneRenders(t *testing.T) {
	const drafts = 10_000
	r := rand.New(rand.NewPCG(20261122, 1))
	sources := slices.Sorted(maps.Keys(good))
	planted := map[string]int{}
	rendered := 0
	for made := 0; made < drafts; {
		m := mutations[r.IntN(len(mutations))]
		draft := pick(r, sources)
		mutated := m.plant(r, draft)
		if mutated == "" || mutated == draft {
			continue
		}
		made++
		planted[m.name]++
		if text, err := ground().Render(mutated); err == nil {
			if rendered++; rendered <= 20 {
				t.Errorf("%s: %q came out as %q", m.name, mutated, text)
			}
		}
	}
	assert.Zero(t, rendered)
	for _, m := range mutations {
		assert.Greater(t, planted[m.name], drafts/20, m.name)
	}
}
