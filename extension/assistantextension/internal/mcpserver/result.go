package mcpserver

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/braidotel/braid/internal/answer"
)

// Result is what a tool returns: the answer in facts, cut to what a model can read at once.
type Result struct {
	Outcome  string `json:"outcome"`
	Headline string `json:"headline"`
	// Summary tells an event in a few sentences, where one was written.
	Summary string `json:"summary,omitempty"`
	Facts   []Fact `json:"facts"`
	// Findings are further sentences, the most important first.
	Findings []string `json:"findings,omitempty"`
	Tables   []Table  `json:"tables,omitempty"`
	// Evidence are resources that can be read.
	Evidence  []string `json:"evidence,omitempty"`
	FollowUps []string `json:"follow_ups,omitempty"`
	// Options are the readings of a question that has several: ask again with the intent of one.
	Options  []Option       `json:"options,omitempty"`
	Quality  answer.Quality `json:"data_quality"`
	TimeZone string         `json:"time_zone"`
	Tenant   string         `json:"tenant,omitempty"`
	// Truncated tells that something was left out; NextCursor continues the longest table.
	Truncated  bool   `json:"truncated,omitempty"`
	NextCursor string `json:"next_cursor,omitempty"`
}

// Option is one reading of a question.
type Option struct {
	Label  string `json:"label"`
	Intent string `json:"intent"`
}

// Fact is one figure and where it comes from.
type Fact struct {
	ID     string  `json:"id"`
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit,omitempty"`
	Text   string  `json:"text"`
	Window string  `json:"window,omitempty"`
	Source string  `json:"source,omitempty"`
}

// Table is rows under columns.
type Table struct {
	Title string `json:"title"`
	// Source is where a quoted passage stands, as file#section.
	Source  string     `json:"source,omitempty"`
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
}

// A result is sent twice, as structure and as text for clients that know no structure: both together stay below eight
// thousand tokens when concise.
const (
	conciseBytes, conciseRows, conciseFacts = 11 << 10, 10, 20
	fullBytes, fullRows, fullFacts          = 48 << 10, 100, 200
)

func (s Shape) rows() int {
	if s.Detail == "full" {
		return fullRows
	}
	return conciseRows
}

func (s Shape) facts() int {
	if s.Detail == "full" {
		return fullFacts
	}
	return conciseFacts
}

func (s Shape) bytes() int {
	if s.Detail == "full" {
		return fullBytes
	}
	return conciseBytes
}

// result cuts an answer to shape.
func (s Shape) result(a *answer.Answer) (*Result, error) {
	skip, err := s.skip()
	if err != nil {
		return nil, err
	}
	r := &Result{
		Outcome: string(a.Outcome), Headline: a.Headline.String(), Facts: []Fact{}, FollowUps: a.FollowUps,
		Quality: a.Quality, TimeZone: a.TimeZone, Tenant: a.Tenant,
	}
	if a.Summary != nil {
		sentences := make([]string, len(a.Summary.Sentences))
		for i := range a.Summary.Sentences {
			sentences[i] = a.Summary.Sentences[i].String()
		}
		r.Summary = strings.Join(sentences, " ")
	}
	for i := range a.Options {
		r.Options = append(r.Options, Option{Label: a.Options[i].Label, Intent: a.Options[i].Intent})
	}
	for i := range a.Facts {
		r.Facts = append(r.Facts, fact(&a.Facts[i]))
	}
	if most := s.facts(); len(r.Facts) > most {
		r.Facts, r.Truncated = r.Facts[:most], true
	}
	for i := range a.Findings {
		r.Findings = append(r.Findings, a.Findings[i].Text.String())
		r.evidence(a.Findings[i].Link)
	}
	for i := range a.Evidence {
		r.evidence(&a.Evidence[i])
	}
	return r, s.fit(r, a.Tables, skip)
}

func fact(f *answer.Fact) Fact {
	out := Fact{ID: f.ID, Name: f.Name, Value: f.Value, Unit: f.Unit, Text: f.Text, Source: f.Source}
	if !f.Window.Start.IsZero() {
		const layout = "2006-01-02T15:04:05Z07:00"
		out.Window = f.Window.Start.Format(layout) + "/" + f.Window.End.Format(layout)
	}
	return out
}

// page takes a page of each table; the cursor counts rows in all of them alike.
func (r *Result) page(tables []answer.Table, skip, size int) {
	r.Tables, r.NextCursor = nil, ""
	for i := range tables {
		t := Table{Title: tables[i].Title, Source: tables[i].Source, Rows: [][]string{}}
		for _, c := range tables[i].Columns {
			t.Columns = append(t.Columns, c.Name)
		}
		rows := tables[i].Rows[min(skip, len(tables[i].Rows)):]
		if len(rows) > size {
			rows = rows[:size]
			r.Truncated, r.NextCursor = true, strconv.Itoa(skip+size)
		}
		r.Truncated = r.Truncated || tables[i].Truncated
		for _, row := range rows {
			cells := make([]string, 0, len(row))
			for _, c := range row {
				cells = append(cells, c.Text)
				r.evidence(c.Link)
			}
			t.Rows = append(t.Rows, cells)
		}
		r.Tables = append(r.Tables, t)
	}
}

// skip is how many rows the pages before had.
func (s Shape) skip() (int, error) {
	if s.Cursor == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s.Cursor)
	if err != nil || n < 0 {
		return 0, invalid("cursor", "give a next_cursor as it was returned")
	}
	return n, nil
}

// maxEvidence bounds the resources that a result names.
const maxEvidence = 20

// evidence names the resource behind a link of the page.
func (r *Result) evidence(link *answer.Link) {
	if link == nil || len(r.Evidence) >= maxEvidence {
		return
	}
	if uri, ok := resourceOf(link.Path); ok && !slices.Contains(r.Evidence, uri) {
		r.Evidence = append(r.Evidence, uri)
	}
}

// fit pages the tables and leaves out what matters least until the result is small enough: rows, which the next page
// brings, then sentences and figures beyond the first few, and those only when there is no other way.
func (s Shape) fit(r *Result, tables []answer.Table, skip int) error {
	for size, keep := s.rows(), 4; ; r.Truncated = true {
		r.page(tables, skip, size)
		text, err := json.Marshal(r)
		if err != nil {
			return fmt.Errorf("encoding the result: %w", err)
		}
		switch {
		case len(text) <= s.bytes():
			return nil
		case len(tables) > 0 && size > keep:
			size /= 2
		case r.halve(keep):
		case keep > 1:
			keep /= 2
		case len(tables) > 0:
			tables = nil
		default:
			return nil
		}
	}
}

// halve halves a list that has more than so many entries, and reports whether there was one.
func (r *Result) halve(keep int) bool {
	switch {
	case len(r.Evidence) > keep:
		r.Evidence = r.Evidence[:len(r.Evidence)/2]
	case len(r.Findings) > keep:
		r.Findings = r.Findings[:len(r.Findings)/2]
	case len(r.Facts) > keep:
		r.Facts = r.Facts[:len(r.Facts)/2]
	case len(r.FollowUps) > keep:
		r.FollowUps = r.FollowUps[:len(r.FollowUps)/2]
	default:
		return false
	}
	return true
}

// resourceOf is the resource for a path of the page; false where there is none.
func resourceOf(path string) (string, bool) {
	path, _, _ = strings.Cut(strings.TrimPrefix(path, "#"), "?")
	kind, id, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if !ok || id == "" {
		return "", false
	}
	switch kind {
	case "incidents":
		return "braid://incident/" + id, true
	case "sessions":
		return "braid://evidence/session/" + id, true
	case "traces":
		return "braid://evidence/trace/" + id, true
	default:
		return "", false
	}
}
