package knowledge

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/lang/cjk"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/token/porter"
	tokenizer "github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
	"github.com/blevesearch/bleve/v2/registry"
)

// analyzer is the name under which bleve knows how texts are cut into terms.
const analyzer = "braid_knowledge"

// init makes the analyser known to bleve, which finds those of its users by name only.
func init() {
	err := registry.RegisterAnalyzer(analyzer, func(_ map[string]any, cache *registry.Cache) (analysis.Analyzer, error) {
		words, err := cache.TokenizerNamed(tokenizer.Name)
		if err != nil {
			return nil, err
		}
		filters := []analysis.TokenFilter{scripts{}}
		for _, name := range []string{cjk.WidthName, lowercase.Name, en.StopName, porter.Name, cjk.BigramName} {
			filter, err := cache.TokenFilterNamed(name)
			if err != nil {
				return nil, err
			}
			filters = append(filters, filter)
		}
		return &analysis.DefaultAnalyzer{Tokenizer: words, TokenFilters: filters}, nil
	})
	if err != nil {
		panic(err) // the name is taken: two of these in one program
	}
}

// scripts parts words where their script changes, as Unicode does not (DB가 is one word to it), drops the particle at the
// end of a Hangul word, and marks Hangul so that bleve's filter makes pairs of it as of Chinese characters.
type scripts struct{}

// Filter implements analysis.TokenFilter.
func (scripts) Filter(in analysis.TokenStream) analysis.TokenStream {
	out := make(analysis.TokenStream, 0, len(in))
	for _, t := range in {
		for at := 0; at < len(t.Term); {
			end, hangul := run(t.Term, at)
			part := *t
			part.Term, part.Start, part.End = t.Term[at:end], t.Start+at, t.Start+end
			if hangul {
				part.Type = analysis.Ideographic
				part.Term = bare(part.Term)
				part.End = part.Start + len(part.Term)
			}
			if len(part.Term) > 0 {
				out = append(out, &part)
			}
			if hangul && len(part.Term) > 2*syllable { // whole, too: 데이터 is not 데이터베이스
				whole := part
				whole.Type = analysis.AlphaNumeric
				out = append(out, &whole)
			}
			at = end
		}
	}
	return out
}

// run is the stretch of one script that begins at a place.
func run(word []byte, at int) (end int, hangul bool) {
	first, n := utf8.DecodeRune(word[at:])
	hangul = unicode.Is(unicode.Hangul, first)
	end = at + n
	for end < len(word) {
		r, n := utf8.DecodeRune(word[end:])
		if unicode.Is(unicode.Hangul, r) != hangul {
			break
		}
		end += n
	}
	return end, hangul
}

// particles that follow nouns, the longest first. One syllable is only taken off where two are left: 나이 is no 나+이.
var particles = func() []string {
	list := strings.Fields(`에서는 에서도 으로는 으로도 으로서 으로써 이라는 이라고 에게서 한테서 까지는 부터는
		에서 에게 에는 에도 으로 이랑 이나 이면 이란 까지 부터 보다 처럼 만큼 마다 조차 밖에 하고 한테 께서 라는 라고 들이 들은 들을 들의
		이 가 을 를 은 는 에 의 와 과 도 만 로 랑 나`)
	slices.SortStableFunc(list, func(a, b string) int { return len(b) - len(a) })
	return list
}()

const syllable = 3 // bytes of one in UTF-8

// bare takes the particle off a Hangul word. A word that is a particle alone, as 가 is in DB가, is left empty.
func bare(word []byte) []byte {
	w := string(word)
	for _, p := range particles {
		rest, ok := strings.CutSuffix(w, p)
		if ok && (len(rest) >= 2*syllable || rest == "" && len(p) > 0) {
			return word[:len(rest)]
		}
	}
	return word
}
