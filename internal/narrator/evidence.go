// Package narrator tells in sentences what Braid found. It is given evidence: facts, names and the points to make. A
// template tells them, always; a language model may phrase them better, if one is configured. The model sees facts and the
// kinds of points, never a string from telemetry, not even a name: it writes {{f1}} and {{n1}} where they belong. What it
// writes is data that is checked: a number, direction, unit, name, cause, state or time that its point does not have is
// refused, and the template's sentences go out.
package narrator

import (
	"embed"
	"fmt"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/narrate"
	"github.com/braidotel/braid/internal/query/wording"
)

//go:embed phrases.yaml
var files embed.FS

// phrases are what the deterministic narrator says of each kind of point.
var phrases = sync.OnceValues(func() (map[string]wording.Phrase, error) {
	raw, err := files.ReadFile("phrases.yaml")
	if err != nil {
		return nil, fmt.Errorf("reading the embedded phrases: %w", err)
	}
	book := map[string]wording.Phrase{}
	if err := yaml.Unmarshal(raw, &book); err != nil {
		return nil, fmt.Errorf("reading the embedded phrases: %w", err)
	}
	return book, nil
})

// Name is a name that the sentences may say: of a service, metric, user or client. Its text never leaves for a model.
type Name struct {
	ID   string // n1, n2, …
	Kind string // service, metric, user, client, region
	Text string
}

// Point is one thing to say. Its kind is one of the phrases.
type Point struct {
	ID    string // p1, p2, …
	Kind  string
	Facts map[string]string // slot of the phrase to id of a fact
	Names map[string]string // slot of the phrase, with its @, to id of a name
}

// Evidence is all there is to tell of one event, the most important point first.
type Evidence struct {
	// Task is what the text is for: incident, anomaly, breach, security or report. It chooses the prompt.
	Task     string
	Language wording.Language
	Facts    []answer.Fact
	Names    []Name
	Points   []Point
	// Foreign are names that exist and that this evidence does not speak of.
	Foreign []string
	// Personal tells that the evidence is about a person, whose data stays with local models.
	Personal bool
}

// Fact adds a fact and returns its id.
func (e *Evidence) Fact(f answer.Fact) string {
	f.ID = fmt.Sprintf("f%d", len(e.Facts)+1)
	if f.Text == "" {
		f.Text = wording.Figure(f.Value, f.Unit, e.Language)
	}
	e.Facts = append(e.Facts, f)
	return f.ID
}

// Name adds a name, once, and returns its id.
func (e *Evidence) Name(kind, text string) string {
	for _, n := range e.Names {
		if n.Kind == kind && n.Text == text {
			return n.ID
		}
	}
	n := Name{ID: fmt.Sprintf("n%d", len(e.Names)+1), Kind: kind, Text: text}
	e.Names = append(e.Names, n)
	e.Personal = e.Personal || kind == "user" || kind == "client"
	return n.ID
}

// Point adds a point.
func (e *Evidence) Point(kind string, facts, names map[string]string) {
	e.Points = append(e.Points, Point{ID: fmt.Sprintf("p%d", len(e.Points)+1), Kind: kind, Facts: facts, Names: names})
}

// FactIDs are the ids of all facts.
func (e *Evidence) FactIDs() []string {
	ids := make([]string, len(e.Facts))
	for i := range e.Facts {
		ids[i] = e.Facts[i].ID
	}
	return ids
}

func (e *Evidence) fact(id string) *answer.Fact {
	for i := range e.Facts {
		if e.Facts[i].ID == id {
			return &e.Facts[i]
		}
	}
	return nil
}

func (e *Evidence) name(id string) *Name {
	for i := range e.Names {
		if e.Names[i].ID == id {
			return &e.Names[i]
		}
	}
	return nil
}

// draft is the template's sentence of a point, with references in place of facts and names.
func (e *Evidence) draft(p *Point) (string, error) {
	book, err := phrases()
	if err != nil {
		return "", err
	}
	phrase, ok := book[p.Kind]
	if !ok {
		return "", fmt.Errorf("there is no phrase %q", p.Kind)
	}
	return wording.Fill(phrase.In(e.Language), func(slot string) (string, string) {
		id := p.Facts[slot]
		if strings.HasPrefix(slot, "@") {
			id = p.Names[slot]
		}
		return "{{" + id + "}}", e.reading(id)
	}), nil
}

// reading is how a reference is read aloud, by which particles are chosen.
func (e *Evidence) reading(id string) string {
	if n := e.name(id); n != nil {
		return wording.Plain(n.Text)
	}
	if f := e.fact(id); f != nil {
		return f.Text
	}
	return ""
}

// Template tells the evidence by templates.
func Template(e *Evidence) ([]answer.Text, error) {
	out := make([]answer.Text, 0, len(e.Points))
	for i := range e.Points {
		draft, err := e.draft(&e.Points[i])
		if err != nil {
			return nil, err
		}
		text, err := e.render(&e.Points[i], draft, nil)
		if err != nil {
			return nil, fmt.Errorf("the phrase %s: %w", e.Points[i].Kind, err)
		}
		out = append(out, text)
	}
	return out, nil
}

// render puts the facts and names of a point into a draft, and refuses what narrate refuses. Pairs in stand are words of the
// draft that need no check, and what to put in their place.
func (e *Evidence) render(p *Point, draft string, stand []string) (answer.Text, error) {
	ground := narrate.Ground{Foreign: e.Foreign}
	for _, id := range p.Facts {
		ground.Facts = e.withRelated(ground.Facts, id)
	}
	for i := 0; i < len(stand); i += 2 {
		ground.Names = append(ground.Names, stand[i])
	}
	// Words stand in for names while the draft is checked: no name can change what is checked.
	for i := range e.Names {
		ground.Foreign = append(ground.Foreign, e.Names[i].Text)
	}
	for _, id := range p.Names {
		word := "nameq" + string(rune('a'+len(ground.Names)%26)) + "x"
		if n := e.name(id); n != nil {
			draft = strings.ReplaceAll(draft, "{{"+id+"}}", word)
			stand = append(stand, word, wording.Plain(n.Text))
			ground.Names = append(ground.Names, word)
		}
	}
	text, err := ground.Render(draft)
	if err != nil {
		return nil, err
	}
	replace := strings.NewReplacer(stand...)
	for i := range text {
		if text[i].Fact == "" {
			text[i].Text = replace.Replace(text[i].Text)
		}
	}
	return text, nil
}

// withRelated adds a fact and those it is compared with.
func (e *Evidence) withRelated(facts []answer.Fact, id string) []answer.Fact {
	f := e.fact(id)
	if f == nil {
		return facts
	}
	for i := range facts {
		if facts[i].ID == id {
			return facts
		}
	}
	facts = append(facts, *f)
	for _, other := range []string{f.Then, f.Change} {
		if other != "" {
			facts = e.withRelated(facts, other)
		}
	}
	return facts
}
