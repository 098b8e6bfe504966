package query

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/wording"
)

// Attributes of braid.summary events.
const (
	summaryNarrator   = "braid.summary.narrator"
	summaryVerdict    = "braid.summary.verdict"
	summaryPrompt     = "braid.summary.prompt"
	summaryPromptHash = "braid.summary.prompt_hash"
	summaryFacts      = "braid.summary.facts"     // JSON of the facts
	summarySentences  = "braid.summary.sentences" // JSON of the sentences in pieces
)

// summaryFact is before the ids of a summary's facts, which are not those of the answer.
const summaryFact = "summary."

// summarize puts the summary of an event on its answer: in the reader's language, else in the other. An event without one is
// told without.
func (in *inquiry) summarize(ctx context.Context, e *history.Event) {
	languages := []wording.Language{wording.Korean, wording.English}
	if in.lang != wording.Korean {
		slices.Reverse(languages)
	}
	for _, language := range languages {
		id := history.SummaryID(in.tenant, e.Kind, e.ID, string(language))
		page, err := in.records.Events(ctx, history.EventQuery{Tenant: in.tenant, Kinds: []history.Kind{history.KindSummary}, ID: id, Limit: 1})
		if err != nil {
			in.note("summary.unavailable", nil)
			return
		}
		if len(page.Items) > 0 && in.readSummary(&page.Items[0], language) {
			return
		}
	}
}

// readSummary reads a summary as it was stored; false where it cannot be understood.
func (in *inquiry) readSummary(e *history.Event, language wording.Language) bool {
	a := attributes(e.Attributes)
	var facts []answer.Fact
	out := &answer.Summary{
		Language: string(language), Narrator: wording.Name(a.text(summaryNarrator)), Verdict: a.text(summaryVerdict),
		Prompt: wording.Name(a.text(summaryPrompt)), PromptHash: wording.Name(a.text(summaryPromptHash)), Written: inZone(e.Revised, in.now),
	}
	if json.Unmarshal([]byte(a.text(summaryFacts)), &facts) != nil || json.Unmarshal([]byte(a.text(summarySentences)), &out.Sentences) != nil || len(out.Sentences) == 0 {
		return false
	}
	for i := range facts {
		f := &facts[i]
		f.ID, f.Name = summaryFact+f.ID, in.phrase("summary."+f.Name)
		f.Window = answer.Window{Start: inZone(f.Window.Start, in.now), End: inZone(f.Window.End, in.now)}
		in.answer.Facts = append(in.answer.Facts, *f)
	}
	for _, sentence := range out.Sentences {
		for i := range sentence {
			if sentence[i].Fact != "" {
				sentence[i].Fact = summaryFact + sentence[i].Fact
			}
		}
	}
	in.answer.Summary = out
	return true
}
