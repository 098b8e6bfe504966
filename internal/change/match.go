package change

import (
	"fmt"
	"math"
	"path"
	"slices"
	"sort"
	"strings"
)

// Most that each way of matching adds to a score.
const (
	mostFrame     = 3.0
	mostWords     = 3.0
	mostNumber    = 3.0
	mostMechanism = 3.0
)

// suspect is a commit that was read.
type suspect struct {
	commit   *Commit
	edits    []edit
	harmless string             // why every edit hurts nobody; empty if some may
	terms    map[string]float64 // what it is about, by how much
}

func newSuspect(c *Commit) *suspect {
	s := &suspect{commit: c, terms: map[string]float64{}}
	all := edits(c)
	why := ""
	for i := range all {
		if h := all[i].harmless(); h != "" {
			why = h
			continue
		}
		s.edits = append(s.edits, all[i])
	}
	switch {
	case len(all) > 0 && len(s.edits) == 0:
		s.harmless = why
	case len(all) == 0 && strings.TrimSpace(c.Patch) != "":
		s.harmless = "lines moved only"
	case len(all) == 0 && len(c.Files) > 0:
		s.harmless = harmlessFiles(c.Files)
	}
	s.collect()
	return s
}

func harmlessFiles(files []string) string {
	why := ""
	for _, f := range files {
		if why = harmlessFile(f); why == "" {
			return ""
		}
	}
	return why
}

// collect weighs the terms of a commit: what it changed counts in full, what it merely stands near little.
func (s *suspect) collect() {
	put := func(weight float64, all ...string) {
		for _, t := range all {
			s.terms[t] = max(s.terms[t], weight)
		}
	}
	for i := range s.edits {
		e := &s.edits[i]
		put(1, e.gone...)
		put(1, e.come...)
		if len(e.numbers) > 0 || slices.Contains(e.shape, shapeVersion) {
			put(0.8, e.subject...)
		} else {
			put(0.3, e.subject...)
		}
		put(0.3, terms(e.section)...)
	}
	put(0.3, terms(s.commit.Message)...)
	for _, f := range s.commit.Files[:min(len(s.commit.Files), 20)] {
		put(0.3, terms(strings.TrimSuffix(path.Base(f), path.Ext(f)))...)
	}
}

// frame looks for the commit's files in what fails: stack traces name them.
func (s *suspect) frame(c *scene) (Evidence, bool) {
	best := Evidence{Kind: EvidenceFrame}
	for i := range c.said {
		symptom, text, weight := c.said[i].Symptom, c.said[i].text, c.said[i].relevance
		for _, f := range s.commit.Files[:min(len(s.commit.Files), maxFiles)] {
			base := path.Base(f)
			switch {
			case strings.Contains(text, f) && strings.Contains(f, "/"):
				weight *= mostFrame
			case len(base) > 6 && strings.Contains(base, ".") && strings.Contains(text, base):
				weight *= 0.7 * mostFrame
			default:
				continue
			}
			if weight > best.Weight {
				best.Weight, best.Text = weight, fmt.Sprintf("the failure names %s (%s)", f, symptom.describe())
			}
			break
		}
	}
	return best, best.Weight > 0
}

// sharedTerm is a term of both commit and trouble.
type sharedTerm struct {
	term   string
	weight float64
}

// wordsOf compares the terms of a commit with those of the trouble, rare ones first.
func (s *suspect) wordsOf(t *troubleTerms, rarity func(string) float64) (Evidence, bool) {
	var shared []sharedTerm
	sum := 0.0
	for term, weight := range s.terms {
		w := weight * t.weight(term) * rarity(term)
		if strings.Contains(term, "_") || len(term) > 12 {
			w *= 2 // compound names are nobody's everyday words
		}
		if w > 0.05 {
			shared = append(shared, sharedTerm{term, w})
		}
	}
	sort.Slice(shared, func(i, j int) bool {
		if shared[i].weight != shared[j].weight {
			return shared[i].weight > shared[j].weight
		}
		return shared[i].term < shared[j].term
	})
	var names []string
	for _, x := range shared {
		sum += x.weight
		if len(names) < 5 {
			names = append(names, x.term)
		}
	}
	if len(shared) == 1 {
		sum /= 2 // one word may be there by chance
	}
	e := Evidence{Kind: EvidenceWords, Weight: mostWords * (1 - math.Exp(-sum/2)), Text: "both speak of " + strings.Join(names, ", ")}
	return e, len(names) > 0
}
