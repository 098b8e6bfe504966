package change

import (
	"slices"
	"strings"
)

// everyday are words that stand in any log and any source.
var everyday = func() map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(`the of to in on at by is are was be not no and or for from with as it its this that after before above below up down
		error fail failed failure request response server client service http https get post put delete api call returned return code status message string int
		value name id data type key new old set add use true false null nil none func function var const let def class self time second millisecond ms minute
		log info warn debug context handler path file line main test host port url exceeded exception upstream downstream route byte ratio total count percent pct rate p99 p95 p50 bucket max min size per average usage number sum select where insert into join query database table sql`) {
		out[w] = true
		out[word(w)] = true
	}
	return out
}()

// troubleTerms weighs the terms of what fails.
type troubleTerms struct {
	weights map[string]float64
}

func newTroubleTerms(s *scene) *troubleTerms {
	t := &troubleTerms{weights: map[string]float64{}}
	for i := range s.said {
		symptom, weight := &s.said[i], s.said[i].relevance
		if symptom.Kind == SymptomMetric {
			weight *= 0.7
		}
		for _, term := range terms(symptom.text) {
			t.weights[term] = max(t.weights[term], weight)
		}
	}
	for _, text := range s.trouble.Normal {
		for _, term := range terms(text) {
			if w, ok := t.weights[term]; ok {
				t.weights[term] = min(w, 0.25)
			}
		}
	}
	for term := range t.weights {
		if everyday[term] || s.common[term] {
			t.weights[term] = 0
		}
	}
	return t
}

func (t *troubleTerms) weight(term string) float64 { return t.weights[term] }

func (t *troubleTerms) anyOf(terms []string) bool {
	return slices.ContainsFunc(terms, func(term string) bool { return !origins[term] && t.weights[term] > 0 })
}

// origins are words of module paths that tell nothing about the module.
var origins = map[string]bool{"github": true, "com": true, "org": true, "google": true, "golang": true, "io": true, "indirect": true, "go": true, "version": true}
