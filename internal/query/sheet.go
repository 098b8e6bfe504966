package query

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/narrate"
	"github.com/braidotel/braid/internal/query/wording"
	"github.com/braidotel/braid/internal/question"
)

// sheet is an answer in the making.
type sheet struct {
	engine   *Engine
	lang     wording.Language
	now      time.Time
	answer   *answer.Answer
	findings []ranked
	sets     int // named sets of facts, for ids
}

// ranked is a finding with how unusual it is.
type ranked struct {
	answer.Finding
	weight float64
}

func newSheet(e *Engine, lang wording.Language, now time.Time, tenant string) *sheet {
	return &sheet{engine: e, lang: lang, now: now, answer: &answer.Answer{
		Outcome: answer.OutcomeAnswer, Language: string(lang), Tenant: tenant, TimeZone: now.Location().String(), At: now,
		Facts: []answer.Fact{}, Quality: answer.Quality{Complete: true},
	}}
}

// with are the values of a phrase's slots: ids of facts, and names under keys that begin with @.
type with map[string]string

// phrase is a phrase without slots. An unknown key is its own phrase, which tests look for.
func (s *sheet) phrase(key string) string {
	if p, ok := s.engine.book[key]; ok {
		return p.In(s.lang)
	}
	return key
}

// title names a figure, a column or a table: a phrase of the common file, or the text itself.
func (s *sheet) title(key string) string {
	for _, k := range []string{key, "common." + key} {
		if p, ok := s.engine.book[k]; ok {
			return p.In(s.lang)
		}
	}
	return wording.Name(key)
}

// text fills names into a phrase that is no sentence about facts.
func (s *sheet) text(key string, w with) string {
	return wording.Fill(s.phrase(key), func(slot string) (string, string) {
		name := wording.Name(w[slot])
		return name, name
	})
}

// fact adds a figure and returns its id.
func (s *sheet) fact(f answer.Fact) string {
	if f.Text == "" {
		f.Text = wording.Figure(f.Value, f.Unit, s.lang)
	}
	s.answer.Facts = append(s.answer.Facts, f)
	return f.ID
}

// get returns a fact by its id; nil where there is none.
func (s *sheet) get(id string) *answer.Fact {
	for i := range s.answer.Facts {
		if s.answer.Facts[i].ID == id {
			return &s.answer.Facts[i]
		}
	}
	return nil
}

// versus adds what a fact is compared with, and the difference of the two: in percent, for shares in percentage points.
func (s *sheet) versus(id string, then float64, when string, w answer.Window) {
	f := s.get(id)
	if f == nil || math.IsNaN(then) {
		return
	}
	now := *f
	thenID, changeID := id+".then", id+".change"
	s.fact(answer.Fact{ID: thenID, Name: now.Name + ", " + when, Value: then, Unit: now.Unit, Window: w, Source: now.Source})
	f = s.get(id)
	f.Then = thenID
	change, unit := difference(now.Value, then, now.Unit)
	if math.IsNaN(change) {
		return
	}
	f.Change = changeID
	s.fact(answer.Fact{
		ID: changeID, Name: s.text("common.change", with{"@what": now.Name}), Value: change, Unit: unit,
		Text: wording.Signed(change, unit, s.lang), Window: now.Window, Source: id + " − " + thenID,
	})
}

// difference is a change in percent, or in percentage points between shares.
func difference(now, then float64, unit string) (float64, string) {
	switch {
	case unit == wording.Percent:
		return now - then, wording.Points
	case then == 0 && now == 0:
		return 0, wording.Percent
	case then == 0:
		return math.NaN(), wording.Percent
	}
	return 100 * (now - then) / math.Abs(then), wording.Percent
}

// say renders a phrase. One that says what its facts do not is counted, and the facts alone are given.
func (s *sheet) say(key string, w with) answer.Text {
	ground := narrate.Ground{Facts: s.answer.Facts}
	stand := []string{} // words that stand in for names while the draft is checked: no name can change what is checked
	var used []string
	draft := wording.Fill(s.phrase(key), func(slot string) (string, string) {
		if strings.HasPrefix(slot, "@") {
			word := "nameq" + string(rune('a'+len(stand)/2%26)) + "x"
			name := wording.Plain(w[slot])
			stand = append(stand, word, name)
			ground.Names = append(ground.Names, word)
			return word, name
		}
		name, form := slot, ""
		if bare, ok := strings.CutSuffix(slot, "|abs"); ok {
			name, form = bare, "|abs"
		}
		id := w[name]
		used = append(used, id)
		read := ""
		if f := s.get(id); f != nil {
			read = f.Text
		}
		return "{{" + id + form + "}}", read
	})
	text, err := ground.Render(draft)
	if err != nil {
		s.engine.ungrounded(draft, err)
		return s.plain(used)
	}
	replace := strings.NewReplacer(stand...)
	for i := range text {
		if text[i].Fact == "" {
			text[i].Text = replace.Replace(text[i].Text)
		}
	}
	return text
}

// plain lists facts with their names: what is said where a phrase was refused.
func (s *sheet) plain(ids []string) answer.Text {
	var out answer.Text
	for _, id := range ids {
		if f := s.get(id); f != nil {
			if len(out) > 0 {
				out = append(out, answer.Piece{Text: " · "})
			}
			out = append(out, answer.Piece{Text: f.Name + " "}, answer.Piece{Text: f.Text, Fact: f.ID})
		}
	}
	return out
}

func (s *sheet) headline(key string, w with) { s.answer.Headline = s.say(key, w) }

// find adds a finding; those of greater weight come first.
func (s *sheet) find(severity answer.Severity, weight float64, link *answer.Link, key string, w with) {
	if text := s.say(key, w); len(text) > 0 {
		s.findings = append(s.findings, ranked{answer.Finding{Severity: severity, Text: text, Link: link}, weight})
	}
}

// note says what is missing.
func (s *sheet) note(key string, w with) {
	text := s.text(key, w)
	if !slices.Contains(s.answer.Quality.Notes, text) {
		s.answer.Quality.Notes = append(s.answer.Quality.Notes, text)
	}
}

// lacks notes that a figure has no data.
func (s *sheet) lacks(what string) {
	s.answer.Quality.Complete = false
	s.note("common.lacks", with{"@what": what})
}

func (s *sheet) link(label, path string) {
	s.answer.Evidence = append(s.answer.Evidence, answer.Link{Label: wording.Name(label), Path: path})
}

// follow adds questions that lead on.
func (s *sheet) follow(keys ...string) {
	for _, k := range keys {
		s.answer.FollowUps = append(s.answer.FollowUps, s.phrase(k))
	}
}

// set names a new set of facts that are ranked among each other; its facts get ids by their place.
func (s *sheet) set() string {
	s.sets++
	return "set" + strconv.Itoa(s.sets)
}

// reset takes back what was written, for an answer that turns out to be another.
func (s *sheet) reset() {
	a := s.answer
	a.Headline, a.Key, a.Facts, a.Tables, a.Charts, a.Evidence, a.FollowUps = nil, nil, []answer.Fact{}, nil, nil, nil, nil
	s.findings = nil
}

// maxFindings bounds an answer's findings: who reads more has lost the thread.
const maxFindings = 12

func (s *sheet) finish() *answer.Answer {
	slices.SortStableFunc(s.findings, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(grave(b.Severity), grave(a.Severity)), cmp.Compare(b.weight, a.weight))
	})
	for _, f := range s.findings[:min(len(s.findings), maxFindings)] {
		s.answer.Findings = append(s.answer.Findings, f.Finding)
	}
	return s.answer
}

func grave(s answer.Severity) int {
	return map[answer.Severity]int{answer.SeverityCritical: 3, answer.SeverityWarning: 2, answer.SeverityInfo: 1}[s]
}

// cell is a number in a table.
func (s *sheet) cell(v float64, unit string) answer.Cell {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return answer.Cell{Text: "–"}
	}
	return answer.Cell{Text: wording.Figure(v, unit, s.lang), Value: &v}
}

// change is a signed number in a table.
func (s *sheet) changeCell(now, then float64, unit string) answer.Cell {
	v, in := difference(now, then, unit)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return answer.Cell{Text: "–"}
	}
	return answer.Cell{Text: wording.Signed(v, in, s.lang), Value: &v}
}

// called is a name in a table, with where it leads.
func called(name, path string) answer.Cell {
	c := answer.Cell{Text: wording.Name(name)}
	if path != "" {
		c.Link = &answer.Link{Label: c.Text, Path: path}
	}
	return c
}

func (s *sheet) column(key, unit string) answer.Column {
	return answer.Column{Name: s.title(key), Unit: unit}
}

// region is what a region is called in the reader's language.
func (s *sheet) region(id string) string {
	if p, ok := provinces[strings.ToLower(id)]; ok {
		if s.lang == wording.Korean {
			return p[0]
		}
		return p[1]
	}
	return wording.Name(id)
}

func (in *inquiry) label(class question.Class, value string) string {
	return in.lore.parser.Label(class, value, question.Language(in.lang))
}

// place is the part of a fact's id that tells its place in a ranking.
func place(i int) string { return strconv.Itoa(i + 1) }

func signedText(v float64, unit string, lang wording.Language) string {
	return wording.Signed(v, unit, lang)
}

// round is a mean of counts as people say it.
func round(v float64) float64 { return math.Round(v*10) / 10 }
