package change

import (
	"slices"
	"strings"
)

// mechanism is a way in which systems fail: how it shows, and which edits bring it about.
type mechanism struct {
	id string
	// shows are wordings of logs, statuses and metric names; edits are wordings of changed lines.
	shows, edits []cue
	levers       []lever
	// shapes bring the mechanism about by themselves.
	shapes []shape
	// common is how much a sighting proves, in (0, 1]: timeouts follow from everything.
	common float64
	// external causes are nobody's commit.
	external bool
}

// lever is a number that brings a mechanism about when it is changed.
type lever struct {
	about []cue // words it must be about
	worse int   // the direction that hurts: -1 lower, +1 higher, 0 either
}

// define reads the wordings, separated by bars.
func define(id string, common float64, worse int, shows, edits, about string, shapes ...shape) mechanism {
	return mechanism{id: id, shows: cues(shows), edits: cues(edits), levers: []lever{{cues(about), worse}}, shapes: shapes, common: common}
}

// also adds a lever.
func (m mechanism) also(about string, worse int) mechanism {
	m.levers = append(m.levers, lever{cues(about), worse})
	return m
}

func external(id, shows string) mechanism {
	return mechanism{id: id, shows: cues(shows), common: 1, external: true}
}

func cues(list string) []cue {
	var out []cue
	for text := range strings.SplitSeq(list, "|") {
		if text = strings.TrimSpace(text); text != "" {
			out = append(out, newCue(text))
		}
	}
	return out
}

func (p phrase) any(all []cue) bool {
	return slices.ContainsFunc(all, p.has)
}

// sighting is how strongly the symptoms speak for each mechanism, by its place in [mechanisms].
type sighting struct {
	strength []float64
	text     []string // the symptom that says it best
}

// sight reads the symptoms of a trouble. Those of the failing service count in full.
func sight(c *scene) sighting {
	s := sighting{strength: make([]float64, len(mechanisms)), text: make([]string, len(mechanisms))}
	for i := range c.said {
		symptom, p, weight := c.said[i].Symptom, c.said[i].phrase, c.said[i].relevance
		for m := range mechanisms {
			strength := weight * mechanisms[m].common
			if strength > s.strength[m] && p.any(mechanisms[m].shows) {
				s.strength[m], s.text[m] = strength, symptom.describe()
			}
		}
	}
	return s
}

// best is the mechanism sighted most strongly, external ones left out; -1 if there is none.
func (s *sighting) best() int {
	best := -1
	for m, strength := range s.strength {
		if !mechanisms[m].external && strength > 0 && (best < 0 || strength > s.strength[best]) {
			best = m
		}
	}
	return best
}

func (s *Symptom) weight() float64 {
	if s.Weight == 0 {
		return 1
	}
	return s.Weight
}

// says is all the text of a symptom.
func (s *Symptom) says() string {
	var b strings.Builder
	b.WriteString(s.Name)
	b.WriteString("; ")
	b.WriteString(s.Text)
	for _, f := range s.Facts {
		b.WriteString("; ")
		b.WriteString(f.Name)
		b.WriteByte(' ')
		b.WriteString(f.Value)
	}
	return clip(b.String(), 4*maxLineBytes)
}

// describe names a symptom in one line.
func (s *Symptom) describe() string {
	text := s.Text
	if text == "" || s.Kind == SymptomMetric {
		text = s.Name
	}
	return s.Service + ": " + clip(text, 160)
}

// Mechanisms are the ways in which systems fail that verdicts name.
func Mechanisms() []string {
	out := make([]string, 0, len(mechanisms))
	for i := range mechanisms {
		out = append(out, mechanisms[i].id)
	}
	return out
}
