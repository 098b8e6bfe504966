// Package answer holds what Braid says to a question: one form for the page, the JSON API, MCP and the terminal. Every
// number in its sentences is a reference to a fact, so that a reader can always ask where it comes from.
package answer

import (
	"time"

	"github.com/braidotel/braid/internal/action"
)

// Outcome says what became of a question.
type Outcome string

const (
	// OutcomeAnswer is an answer with its facts.
	OutcomeAnswer Outcome = "answer"
	// OutcomeConfirm asks a person to confirm in the approvals; nothing has been done.
	OutcomeConfirm Outcome = "confirm"
	// OutcomeClarify offers readings of a question that has several.
	OutcomeClarify Outcome = "clarify"
	// OutcomeDecline is for what lies outside; it names what can be asked instead.
	OutcomeDecline Outcome = "decline"
	// OutcomeUnavailable is for a question that was understood but whose data is missing or out of reach.
	OutcomeUnavailable Outcome = "unavailable"
)

// Answer is what the query service says to one question. Its texts are in Language.
type Answer struct {
	Outcome  Outcome `json:"outcome"`
	Question string  `json:"question,omitempty"`
	// Intent is one of the closed set of things that can be asked; empty where nothing was understood.
	Intent string `json:"intent,omitempty"`
	// Language is "ko" or "en".
	Language string `json:"language"`
	// Reading shows how the question was understood, part by part.
	Reading []Reading `json:"reading,omitempty"`
	// Headline is the answer in a sentence.
	Headline Text `json:"headline"`
	// Summary tells an event in a few sentences, where one was written.
	Summary *Summary `json:"summary,omitempty"`
	// Key names the two to four facts to show large.
	Key []string `json:"key,omitempty"`
	// Facts are all figures of the answer, by the ids that the texts refer to.
	Facts    []Fact    `json:"facts"`
	Findings []Finding `json:"findings,omitempty"`
	Tables   []Table   `json:"tables,omitempty"`
	Charts   []Chart   `json:"charts,omitempty"`
	Evidence []Link    `json:"evidence,omitempty"`
	// FollowUps are questions that lead on; those of a decline or clarification are what can be asked instead.
	FollowUps []string `json:"follow_ups,omitempty"`
	// Options are the readings that a clarification offers, the likeliest first.
	Options []Option `json:"options,omitempty"`
	// Proposal is the action that the question orders, for a person to propose. Nothing has been filed or done.
	Proposal *action.Order `json:"proposal,omitempty"`
	Quality  Quality       `json:"data_quality"`
	Tenant   string        `json:"tenant,omitempty"`
	TimeZone string        `json:"time_zone"`
	// At is the time the answer is of.
	At time.Time `json:"at"`
}

// Reading is one part of how a question was understood: a chip that a reader can correct.
type Reading struct {
	// Part is intent, metric, time, compare, filter or argument.
	Part string `json:"part"`
	// Label says it in words, such as "2026-11-17 14:25-14:30" or "concurrent users".
	Label string `json:"label"`
	// Value is its canonical form, such as "shift:P1D".
	Value string `json:"value"`
	// Source is the piece of the question it was read from; empty for a default.
	Source string `json:"source,omitempty"`
	// Choices are other readings of the part that a reader may put in its place; an empty Value takes the part away.
	Choices []Choice `json:"choices,omitempty"`
}

// Choice is another reading of one part of a question.
type Choice struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// Text is a sentence in pieces. Written one after the other they are the sentence.
type Text []Piece

// Piece is plain words, or a fact as it was formatted for the reader.
type Piece struct {
	Text string `json:"text"`
	// Fact is the id of the fact that Text shows; empty for plain words.
	Fact string `json:"fact,omitempty"`
}

// String is the sentence.
func (t Text) String() string {
	size := 0
	for _, p := range t {
		size += len(p.Text)
	}
	b := make([]byte, 0, size)
	for _, p := range t {
		b = append(b, p.Text...)
	}
	return string(b)
}

// Fact is one figure and where it comes from.
type Fact struct {
	ID string `json:"id"`
	// Name says what it is a figure of, in the language of the answer.
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	// Unit is a UCUM unit ("%", "ms", "By", "{user}"), or an ISO 4217 currency.
	Unit string `json:"unit,omitempty"`
	// Text is the value as a reader would write it, with its unit.
	Text string `json:"text"`
	// Window is the time it is of.
	Window Window `json:"window"`
	// Source is the query, table or sketch it was read from.
	Source string `json:"source"`
	// Usual is what is normal for that time, where it is known.
	Usual *Band `json:"usual,omitempty"`
	// Then and Change are the ids of the facts it is compared with and of the difference between the two, where there are
	// such facts.
	Then   string `json:"then,omitempty"`
	Change string `json:"change,omitempty"`
	// Among names the set of facts it is ranked in, such as "regions"; empty where it is in none.
	Among string `json:"among,omitempty"`
}

// Window is a span of time, [Start, End).
type Window struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// Band is a median with the bounds that hold nine of ten values.
type Band struct {
	Low    float64 `json:"low"`
	Median float64 `json:"median"`
	High   float64 `json:"high"`
}

// Severity ranks a finding.
type Severity string

const (
	// SeverityCritical wants somebody now.
	SeverityCritical Severity = "critical"
	// SeverityWarning wants a look today.
	SeverityWarning Severity = "warning"
	// SeverityInfo is worth knowing.
	SeverityInfo Severity = "info"
	// SeverityGood is good news.
	SeverityGood Severity = "good"
)

// Finding is one thing worth saying besides the headline, the most unusual first.
type Finding struct {
	Severity Severity `json:"severity"`
	Text     Text     `json:"text"`
	// Link leads to what stands behind it.
	Link *Link `json:"link,omitempty"`
}

// Table is rows of cells under named columns.
type Table struct {
	Title   string   `json:"title"`
	Columns []Column `json:"columns"`
	Rows    [][]Cell `json:"rows"`
	// Source is where a quoted passage stands, as file#section; its rows are then the passage as it was written.
	Source string `json:"source,omitempty"`
	// Truncated tells that there are more rows than these; Total says how many, where that is known.
	Truncated bool `json:"truncated,omitempty"`
	Total     int  `json:"total,omitempty"`
}

// Column is the head of a column.
type Column struct {
	Name string `json:"name"`
	// Unit is a UCUM unit; a column with one holds numbers and is aligned to the right.
	Unit string `json:"unit,omitempty"`
}

// Cell is text to read, and for numbers the value to sort by.
type Cell struct {
	Text  string   `json:"text"`
	Value *float64 `json:"value,omitempty"`
	Link  *Link    `json:"link,omitempty"`
}

// Chart is one or more series over the same times.
type Chart struct {
	Title string `json:"title"`
	// Kind is "line", "bar", "waterfall", "map" or "graph".
	Kind string `json:"kind"`
	Unit string `json:"unit,omitempty"`
	// Times are seconds since 1970; a series that is compared is shifted onto them.
	Times []int64 `json:"times,omitempty"`
	// Labels name the bars of a bar chart.
	Labels []string `json:"labels,omitempty"`
	Series []Series `json:"series"`
	// Edges are the arrows of a graph; what stands at their ends are its nodes.
	Edges []Edge `json:"edges,omitempty"`
	// Limit is drawn across.
	Limit *float64 `json:"limit,omitempty"`
	// Peak names the greatest value of the first series and its time, for readers and screen readers.
	Peak Text `json:"peak,omitempty"`
}

// Series is one line of a chart. A nil value is a gap.
type Series struct {
	Name string `json:"name"`
	// Style is "now", "then" (drawn dashed), "usual", "forecast" or "other".
	Style  string     `json:"style"`
	Values []*float64 `json:"values"`
	// Low and High are the band around the values, where there is one.
	Low  []*float64 `json:"low,omitempty"`
	High []*float64 `json:"high,omitempty"`
}

// Link leads to something within Braid, such as /sessions/ID.
type Link struct {
	Label string `json:"label"`
	// Path is relative to the page; it never leaves it.
	Path string `json:"path"`
}

// Quality says how far the data behind an answer can be trusted.
type Quality struct {
	// Complete is false where a part of the window, or of the sources, had no data.
	Complete bool `json:"complete"`
	// LateSeconds is how far the newest data is behind the time of the answer.
	LateSeconds float64 `json:"late_s"`
	// Sampled tells that some counts come from sampled traces.
	Sampled bool `json:"sampled"`
	// Notes say what is missing, in words.
	Notes []string `json:"notes,omitempty"`
}
