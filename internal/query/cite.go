package query

import (
	"context"
	"strings"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/knowledge"
)

// cited is the most passages that an incident cites.
const cited = 2

// cite quotes what the organisation has written about the kind of an incident's cause, as it is. The words looked for are
// the catalogue's: nothing of telemetry but the name of the service, by which passages are preferred, chooses them.
func (in *inquiry) cite(ctx context.Context, e *history.Event) {
	library := in.engine.options.Knowledge
	a := attributes(e.Attributes)
	key := "cite." + a.text(incidentKind)
	words, known := in.engine.book[key]
	if library == nil || !known {
		return
	}
	hits := library.Search(ctx, knowledge.Query{Text: words.In(in.lang), Language: string(in.lang), Service: a.text(incidentService), Limit: cited})
	for i := range hits {
		if hits[i].Covered >= enough && hits[i].Score >= passageWorth*hits[0].Score {
			in.answer.Tables = append(in.answer.Tables, in.quote(&hits[i].Passage))
			in.find(answer.SeverityInfo, 0.2-float64(i)/100, nil, "cite.found", with{"@what": hits[i].Heading(), "@where": strings.TrimSuffix(hits[i].Title, "."), "@file": hits[i].ID})
		}
	}
}
