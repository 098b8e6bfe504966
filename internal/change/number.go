package change

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// saying is a symptom read once.
type saying struct {
	*Symptom
	text       string // all of it
	phrase     phrase
	relevance  float64
	words      []string // of its name and text
	quantities []quantity
	facts      []factSaid
}

type factSaid struct {
	Fact
	words    []string
	quantity quantity
}

// listen reads the symptoms of a trouble.
func (s *scene) listen() {
	s.said = make([]saying, len(s.trouble.Symptoms))
	var all strings.Builder
	for i := range s.trouble.Symptoms {
		x := &s.trouble.Symptoms[i]
		said := saying{Symptom: x, text: x.says(), relevance: s.relevance(x)}
		said.phrase = newPhrase(said.text)
		if x.Kind == SymptomMetric {
			said.words = words(x.Name)
		} else {
			said.words, said.quantities = words(x.Text), quantities(x.Text)
		}
		for _, f := range x.Facts {
			if q, ok := factQuantity(f.Name, f.Value); ok {
				said.facts = append(said.facts, factSaid{f, words(f.Name), q})
			}
		}
		s.said[i] = said
		all.WriteString(said.text)
		all.WriteByte('\n')
	}
	s.all = all.String()
}

// number looks for a value that the commit changed in what the telemetry shows.
func (s *suspect) number(c *scene, seen *sighting) (Evidence, bool) {
	best := Evidence{Kind: EvidenceNumber}
	for i := range s.edits {
		e := &s.edits[i]
		for _, n := range e.numbers {
			factor := 1.0
			if helps, _ := e.effect(n, seen); helps {
				factor = eased
			}
			for j := range c.said {
				said := &c.said[j]
				w, text := said.shows(n, e.about)
				if said.Kind != SymptomMetric {
					w *= said.relevance
				}
				if w *= factor; w > best.Weight {
					best.Weight, best.Text = w, text
				}
			}
		}
	}
	return best, best.Weight > 0
}

// rare says whether a number is seldom met by chance: a port, a large odd count, a fraction of several digits.
func (n numberEdit) rare() bool {
	v := n.new.value
	if n.new.dim != dimNone {
		return false
	}
	return v >= 1000 && v != 1000*math.Floor(v/1000) || v != 0 && 100*v != math.Trunc(100*v)
}

// shows says how well a symptom shows that a number was changed.
func (s *saying) shows(n numberEdit, about []string) (float64, string) {
	if s.Kind == SymptomMetric {
		if n.old.like(quantity{value: s.Before}) && n.new.like(quantity{value: s.After}) && meet(s.words, about) {
			return mostNumber, fmt.Sprintf("%s of %s went from %g to %g, as the commit says", s.Name, s.Service, s.Before, s.After)
		}
		return 0, ""
	}
	for _, f := range s.facts {
		if n.new.like(f.quantity) && (f.quantity.value != 0 && meet(f.words, about) || n.rare()) {
			return 0.85 * mostNumber, fmt.Sprintf("%s is %s at %s, as the commit says", f.Name, f.Value, s.Service)
		}
	}
	if s.Kind == SymptomAlert || n.new.value == 0 {
		return 0, ""
	}
	for _, q := range s.quantities {
		if q.dim != n.new.dim || !n.new.like(q) {
			continue
		}
		if q.dim != dimNone || (n.rare() || n.new.value > 1 && meet(s.words, about)) {
			return 0.6 * mostNumber, "the failure names the new value: " + s.describe()
		}
	}
	return 0, ""
}

func meet(a, b []string) bool {
	return slices.ContainsFunc(a, func(w string) bool { return slices.Contains(b, w) })
}
