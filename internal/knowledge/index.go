package knowledge

import (
	"math"
	"strings"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/registry"
)

// What a word counts where it stands, beside one in the text of a passage. A heading that repeats the title says nothing
// that the title does not, so of head and title only the better counts.
const (
	inHeading  = 4
	inTitle    = 3
	inKeywords = 2
)

// Constants of BM25: how soon a repeated word adds nothing, and how much the length of a text counts.
const (
	saturation = 2
	lengthy    = 0.75
)

// What the terms of a question count. Measured by eval knowledge.
const (
	conceptWeight = 1.2
	// pairWeight is what two words in their order count beside one.
	pairWeight = 0.5
	// shared is how much the terms of one word add up: at 1 a word counts as much as it has terms, at 0 as one.
	shared = 0.3
)

// bm25 ranks passages by BM25F (Robertson, Zaragoza and Taylor, CIKM 2004). The texts are cut by bleve's analysers; its
// index is not used, because its score of several fields is no BM25F, and because it would be a tenth of the program for
// what is a map at this size. It is never changed once built.
type bm25 struct {
	analyser analysis.Analyzer
	glossary *glossary
	frames   *frames
	passages int
	postings map[string][]posting
}

// posting says how much a passage holds of a term.
type posting struct {
	passage   int32
	frequency float32
}

// ranked is a passage by its place among all, with its score.
type ranked struct {
	passage int
	score   float64
	covered float64 // share of the question, from 0 to 1
}

// newBM25 indexes passages.
func newBM25(passages []Passage, g *glossary, f *frames) (*bm25, error) {
	analyser, err := registry.NewCache().AnalyzerNamed(analyzer)
	if err != nil {
		return nil, err
	}
	b := &bm25{analyser: analyser, glossary: g, frames: f, passages: len(passages), postings: map[string][]posting{}}
	texts := make([]map[string]int, len(passages))
	lengths := make([]float64, len(passages))
	average := 1.0
	for i := range passages {
		texts[i] = map[string]int{}
		for _, term := range b.terms(passages[i].Text()) {
			texts[i][term]++
			lengths[i]++
		}
		average += lengths[i] / float64(len(passages))
	}
	for i := range passages {
		p := &passages[i]
		frequency := map[string]float64{}
		for _, head := range []struct {
			text   string
			weight float64
		}{
			{strings.Join(p.Headings, "\n"), inHeading}, {p.Title, inTitle}, {strings.Join(p.Keywords, "\n") + "\n" + strings.Join(p.Services, "\n"), inKeywords},
		} {
			for _, term := range b.terms(head.text) {
				frequency[term] = max(frequency[term], head.weight)
			}
		}
		norm := 1 - lengthy + lengthy*lengths[i]/average
		for term, n := range texts[i] {
			frequency[term] += float64(n) / norm
		}
		for term, n := range frequency {
			b.postings[term] = append(b.postings[term], posting{passage: int32(i), frequency: float32(n)})
		}
	}
	return b, nil
}

// terms are the words of a text, and the concepts that it speaks of.
func (b *bm25) terms(text string) []string {
	return append(b.words(text), b.glossary.concepts(text)...)
}

// words cuts a text, without what is grammar alone.
func (b *bm25) words(text string) []string {
	stream := b.analyser.Analyze([]byte(text))
	out := make([]string, 0, 2*len(stream))
	before := ""
	for _, t := range stream {
		term := string(t.Term)
		if b.frames.endings[term] {
			continue
		}
		out = append(out, term)
		latin := term[0] < 0x80
		if latin && before != "" {
			out = append(out, before+" "+term)
		}
		if before = ""; latin {
			before = term
		}
	}
	return out
}

// search ranks the passages that hold any word of a text, or what the trade calls the same. A passage that has all of the
// question goes before one that has much of a part of it.
func (b *bm25) search(text string, limit int) []ranked {
	score, covered := map[int]float64{}, map[int]float64{}
	known, all := 0.0, 0.0
	for term, weight := range b.weigh(text) {
		weight *= b.idf(term)
		all += weight
		if len(b.postings[term]) > 0 {
			known += weight
		}
		for _, p := range b.postings[term] {
			f := float64(p.frequency)
			score[int(p.passage)] += weight * f * (saturation + 1) / (f + saturation)
			covered[int(p.passage)] += weight
		}
	}
	out := make([]ranked, 0, len(score))
	for passage, s := range score {
		out = append(out, ranked{passage: passage, score: s * covered[passage] / known, covered: covered[passage] / all})
	}
	order(out)
	return out[:min(len(out), limit)]
}

// weigh gives the terms of a question with what each counts. A long word has many pairs of syllables, and yet is one word.
func (b *bm25) weigh(text string) map[string]float64 {
	out := map[string]float64{}
	for word := range strings.FieldsSeq(text) {
		terms := b.words(word)
		for _, term := range terms {
			out[term] = max(out[term], math.Pow(float64(len(terms)), shared-1))
		}
	}
	for _, term := range b.words(text) {
		if _, ok := out[term]; !ok {
			out[term] = pairWeight
		}
	}
	for _, concept := range b.glossary.concepts(text) {
		out[concept] = conceptWeight
	}
	return out
}

// idf is how rare a term is.
func (b *bm25) idf(term string) float64 {
	n := float64(len(b.postings[term]))
	return math.Log(1 + (float64(b.passages)-n+0.5)/(n+0.5))
}
