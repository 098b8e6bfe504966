// Package narrate writes sentences in which nothing stands that the facts do not say. A draft, whether from a template or
// from a language model, refers to facts by id; the renderer puts the figures in, and refuses a draft with a number, a
// direction or a name of its own. The idea is that of proof-carrying numbers (arXiv 2509.06902), closed at its weak side:
// what is not bound to a fact is not rendered.
package narrate

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/braidotel/braid/internal/answer"
)

// MaxRunes is the longest draft: a paragraph.
const MaxRunes = 1200

// Reason says why a draft was refused.
type Reason string

// The reasons.
const (
	ReasonReference Reason = "reference" // refers to a fact that does not exist, or is not closed
	ReasonNumber    Reason = "number"    // a digit or number word of its own
	ReasonDirection Reason = "direction" // a direction that its facts do not have
	ReasonName      Reason = "name"      // a name that the answer does not speak of
	ReasonMetric    Reason = "metric"    // says of one metric what is a fact of another
	ReasonMarkup    Reason = "markup"    // markup, a link, or characters that cannot be seen
	ReasonLength    Reason = "length"    // longer than MaxRunes, or empty
)

// Reasons are all reasons, for those who count them.
var Reasons = []Reason{
	ReasonReference, ReasonNumber, ReasonDirection, ReasonName, ReasonMetric, ReasonMarkup, ReasonLength,
}

// UngroundedError tells what in a draft the facts do not say.
type UngroundedError struct {
	Reason Reason
	// Word is the offending piece of the draft.
	Word string
}

func (e *UngroundedError) Error() string {
	return fmt.Sprintf("the draft is not grounded: %s %q", e.Reason, e.Word)
}

// Ground is what a draft may speak of.
type Ground struct {
	// Facts are the figures it may refer to.
	Facts []answer.Fact
	// Names are the services, hosts, regions, operations and users it may name.
	Names []string
	// Foreign are names that exist and that this answer does not speak of; saying one is an error. Names wins.
	Foreign []string
}

// Render checks a draft and puts the facts in. A fact is referred to as {{id}}, shown as its text; {{id|abs}} shows it
// without its sign, for "12 % more". The error is an *UngroundedError.
func (g *Ground) Render(draft string) (answer.Text, error) {
	if err := checkForm(draft); err != nil {
		return nil, err
	}
	pieces, err := g.parse(draft)
	if err != nil {
		return nil, err
	}
	for _, c := range clauses(pieces) {
		for _, check := range []func(*clause) error{g.checkNames, checkNumbers, g.checkMetrics, g.checkDirections} {
			if err := check(&c); err != nil {
				return nil, err
			}
		}
	}
	text := make(answer.Text, 0, len(pieces))
	for _, p := range pieces {
		text = append(text, answer.Piece{Text: p.text, Fact: p.id()})
	}
	return text, nil
}

// piece is a stretch of plain words, or a reference to a fact.
type piece struct {
	text string
	fact *answer.Fact
}

func (p *piece) id() string {
	if p.fact == nil {
		return ""
	}
	return p.fact.ID
}

const (
	opening, closing = "{{", "}}"

	absolute = "abs"
)

func (g *Ground) parse(draft string) ([]piece, error) {
	var out []piece
	for draft != "" {
		plain, rest, found := strings.Cut(draft, opening)
		if plain != "" {
			out = append(out, piece{text: plain})
		}
		if !found {
			break
		}
		reference, after, closed := strings.Cut(rest, closing)
		fact, form := g.lookUp(reference)
		if !closed || fact == nil {
			return nil, &UngroundedError{ReasonReference, reference}
		}
		out = append(out, piece{text: form(fact), fact: fact})
		draft = after
	}
	return out, nil
}

// lookUp returns the fact of a reference, and how to write it.
func (g *Ground) lookUp(reference string) (*answer.Fact, func(*answer.Fact) string) {
	id, form, formed := strings.Cut(reference, "|")
	if formed && form != absolute {
		return nil, nil
	}
	for i := range g.Facts {
		if g.Facts[i].ID == id {
			if formed {
				return &g.Facts[i], func(f *answer.Fact) string { return strings.TrimLeft(f.Text, "+-−") }
			}
			return &g.Facts[i], func(f *answer.Fact) string { return f.Text }
		}
	}
	return nil, nil
}

// checkForm refuses what no sentence needs.
func checkForm(draft string) error {
	switch n := utf8.RuneCountInString(draft); {
	case n > MaxRunes:
		return &UngroundedError{ReasonLength, fmt.Sprintf("%d characters", n)}
	case strings.TrimSpace(draft) == "":
		return &UngroundedError{ReasonLength, draft}
	case !utf8.ValidString(draft):
		return &UngroundedError{ReasonMarkup, "invalid UTF-8"}
	}
	for _, r := range draft {
		if strings.ContainsRune("<>`[]\\", r) || unicode.Is(unicode.Cf, r) || (unicode.IsControl(r) && r != '\n') {
			return &UngroundedError{ReasonMarkup, string(r)}
		}
	}
	if lower := strings.ToLower(draft); strings.Contains(lower, "://") || strings.Contains(lower, "www.") {
		return &UngroundedError{ReasonMarkup, "://"}
	}
	return nil
}
