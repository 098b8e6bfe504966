package query

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/knowledge"
)

const (
	passagesQuoted = 3
	// passageWorth is the share of the best passage's score that another needs to be quoted beside it.
	passageWorth = 0.6
	// Below enough, the share of a question's words that a passage holds, it is called near; below some it is not quoted.
	enough = 0.22
	some   = 0.08
	// maxQuote bounds a quoted block, in bytes.
	maxQuote = 2000
)

// runbook quotes what the organisation has written about a topic. Passages are shown as they are, with where they stand;
// nothing in them is followed, and no figure of them is a fact.
func runbook(ctx context.Context, in *inquiry) error {
	library := in.engine.options.Knowledge
	if library == nil {
		in.follow("compare.follow_why")
		return &missingError{what: "runbook", line: "assistant::knowledge::dirs"}
	}
	text := in.q.Text
	if in.q.Corrected != "" {
		text = in.q.Corrected
	}
	hits := library.Search(ctx, knowledge.Query{Text: text, Language: string(in.lang), Service: in.q.Filters.Service, Limit: passagesQuoted})
	files, _ := library.Size()
	documents := in.fact(answer.Fact{
		ID: "documents", Name: in.phrase("runbook.documents"), Value: float64(files), Unit: "{document}", Window: answer.Window{Start: in.now, End: in.now}, Source: "knowledge",
	})
	if len(hits) == 0 || hits[0].Covered < some {
		in.answer.Outcome = answer.OutcomeUnavailable
		in.headline("runbook.none", with{"n": documents})
		in.follow("runbook.follow_incidents", "compare.follow_why")
		return nil
	}
	key := "runbook.found"
	if hits[0].Covered < enough {
		key = "runbook.near"
	}
	in.headline(key, with{"@what": hits[0].Heading(), "@where": hits[0].Title})
	for i := range hits {
		if hits[i].Score >= passageWorth*hits[0].Score {
			in.answer.Tables = append(in.answer.Tables, in.quote(&hits[i].Passage))
		}
	}
	in.follow("runbook.follow_incidents", "compare.follow_why")
	return nil
}

// quote shows a passage.
func (in *inquiry) quote(p *knowledge.Passage) answer.Table {
	t := answer.Table{
		Title: strings.Join(slices.Compact(append([]string{p.Title}, p.Headings...)), " › ") + " — " + p.ID, Source: p.ID,
		Columns: []answer.Column{in.column("runbook.step", ""), in.column("runbook.text", "")},
	}
	for _, b := range p.Blocks {
		mark := ""
		switch b.Kind {
		case knowledge.Step:
			mark = strconv.Itoa(b.Number)
		case knowledge.Item:
			mark = "•"
		case knowledge.Code:
			mark = "$"
		default: // paragraphs and rows stand as they are
		}
		text := b.Text
		if len(text) > maxQuote {
			text = strings.ToValidUTF8(text[:maxQuote], "") + " …"
			t.Truncated = true
		}
		t.Rows = append(t.Rows, []answer.Cell{{Text: mark}, {Text: text}})
	}
	return t
}
