package knowledge

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"
)

// Query is what is looked for.
type Query struct {
	// Text is a question or some words, in Korean or English.
	Text string
	// Language is preferred: ko, en, or empty for that of the text.
	Language string
	// Service is preferred where it is given.
	Service string
	// Limit is the most passages to return; default 3, at most 50.
	Limit int
}

// Hit is a passage that was found, the best first.
type Hit struct {
	Passage
	// Score orders the hits of one search; it means nothing beside those of another.
	Score float64
	// Covered is the share of the question's words that it holds, rare ones counting more: from 0 to 1.
	Covered float64
}

const (
	defaultHits = 3
	maxHits     = 50
	// considered is how many of a ranking are looked at before language and service are weighed.
	considered = 50
	// maxQuery bounds a text, in bytes.
	maxQuery = 4000
)

// Search finds the passages that answer best. None where no word is found.
func (l *Library) Search(ctx context.Context, q Query) []Hit {
	if q.Limit <= 0 {
		q.Limit = defaultHits
	}
	if len(q.Text) > maxQuery {
		q.Text = strings.ToValidUTF8(q.Text[:maxQuery], "")
	}
	if q.Language == "" {
		q.Language = language(q.Text)
	}
	s := l.shelf.Load()
	found := s.index.search(l.frames.subject(q.Text), considered)
	found = l.byMeaning(ctx, s, q.Text, found)
	how := l.frames.asksHow(q.Text)
	found = slices.DeleteFunc(found, func(r ranked) bool { return s.translated(r.passage, q.Language) })
	for i := range found {
		found[i].score *= s.passages[found[i].passage].suits(q, how)
	}
	order(found)
	hits := make([]Hit, 0, min(len(found), q.Limit, maxHits))
	for _, r := range found[:min(len(found), q.Limit, maxHits)] {
		hits = append(hits, Hit{Passage: s.passages[r.passage], Score: r.score, Covered: r.covered})
	}
	return hits
}

// byMeaning joins the ranking by words with one by meaning, where there is one. An embedder that fails is done without.
func (l *Library) byMeaning(ctx context.Context, s *shelf, text string, found []ranked) []ranked {
	if len(s.vectors) == 0 {
		return found
	}
	vectors, err := l.options.Embedder.Embed(ctx, []string{text})
	if err != nil || len(vectors) != 1 {
		l.failures.Add(1)
		return found
	}
	covered := map[int]float64{}
	for _, r := range found {
		covered[r.passage] = r.covered
	}
	joined := fuse(found, nearest(s.vectors, unit(vectors[0]), considered))
	for i := range joined {
		joined[i].covered = covered[joined[i].passage]
	}
	return joined
}

// EmbeddingFailures counts the searches that were done by words alone because the embedder failed.
func (l *Library) EmbeddingFailures() int64 { return l.failures.Load() }

// translated tells whether a passage is of a document that there is in the reader's language too, under the same name with
// the other language before its ending: disk.en.md and disk.ko.md.
func (s *shelf) translated(passage int, language string) bool {
	p := &s.passages[passage]
	if p.Language == language {
		return false
	}
	ending := path.Ext(p.File)
	name, ok := strings.CutSuffix(strings.TrimSuffix(p.File, ending), "."+p.Language)
	return ok && s.files[name+"."+language+ending]
}

const (
	// otherLanguage is what a passage in another language than the question's counts.
	otherLanguage = 0.6
	// otherService is what a passage about other services than the one asked about counts.
	otherService = 0.7
	// procedure is what a passage with steps counts where a procedure is asked for.
	procedure = 1.1
)

// suits weighs a passage by its language, its services and its form.
func (p *Passage) suits(q Query, how bool) float64 {
	weight := 1.0
	if p.Language != q.Language {
		weight *= otherLanguage
	}
	if q.Service != "" && len(p.Services) > 0 && !slices.Contains(p.Services, q.Service) {
		weight *= otherService
	}
	if how && slices.ContainsFunc(p.Blocks, func(b Block) bool { return b.Kind == Step || b.Kind == Code }) {
		weight *= procedure
	}
	return weight
}

func order(found []ranked) {
	slices.SortStableFunc(found, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.passage, b.passage))
	})
}

// Passage returns a passage by its ID.
func (l *Library) Passage(id string) (Passage, bool) {
	passages := l.shelf.Load().passages
	at := slices.IndexFunc(passages, func(p Passage) bool { return p.ID == id })
	if at < 0 {
		return Passage{}, false
	}
	return passages[at], true
}
