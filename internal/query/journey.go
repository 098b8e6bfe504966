package query

import (
	"context"
	"slices"
	"strings"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/measure"
)

// journeys are the steps of what people come for, each by the words that the routes of its step have.
var journeys = map[string][][]string{
	"checkout": {{"product", "item"}, {"cart", "basket"}, {"checkout", "order"}, {"payment", "pay"}},
	"signup":   {{"signup", "register", "join"}, {"verify", "confirm"}, {"welcome", "complete"}},
}

// step is one step of a journey and how often it was reached.
type step struct {
	name string
	n    float64
}

// journeyDropoff says between which steps of a journey the most are lost, and where sessions end.
func journeyDropoff(ctx context.Context, in *inquiry) error {
	words, ok := journeys[in.q.Args.Journey]
	if !ok {
		words = journeys["checkout"]
	}
	cut := in.cut(measure.Operation, measure.Service)
	delete(cut.Where, measure.Service)
	var counts *reading
	var ended history.Page[history.Session]
	g, gctx := group(ctx)
	g.Go(func() (err error) { counts, err = in.read(gctx, "requests", cut, in.q.Range); return err })
	g.Go(func() (err error) {
		ended, err = in.records.Sessions(gctx, history.SessionQuery{Tenant: in.tenant, State: history.EndedSession, Window: history.Window{From: in.q.Range.Start, To: in.q.Range.End}, Limit: 5000})
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	steps := stepsOf(counts, words)
	if len(steps) < 2 && len(ended.Items) == 0 {
		return lacking([]string{"requests"})
	}
	in.dropFacts(steps)
	in.exitTable(&ended)
	in.follow("cause.follow_slow", "impact.follow")
	return nil
}

// stepsOf finds the operation that stands for each step: of those of one service whose words it has, the one asked most. What
// several services do for one visit is counted once. An operation belongs to the first step whose words it has.
func stepsOf(counts *reading, words [][]string) []step {
	out := make([]step, len(words))
	for _, r := range counts.rowsOr() {
		op := strings.ToLower(r.names[0])
		i := slices.IndexFunc(words, func(list []string) bool {
			return slices.ContainsFunc(list, func(w string) bool { return strings.Contains(op, w) })
		})
		if i >= 0 && r.value > out[i].n {
			out[i] = step{r.names[0], r.value}
		}
	}
	return slices.DeleteFunc(out, func(s step) bool { return s.name == "" })
}

func (in *inquiry) dropFacts(steps []step) {
	if len(steps) < 2 {
		in.headline("journey.unknown", nil)
		in.lacks(in.phrase("journey.steps"))
		return
	}
	w := window(in.q.Range)
	worst, share := 0, -1.0
	t := answer.Table{Title: in.phrase("journey.steps"), Columns: []answer.Column{in.column("journey.step", ""), in.column("common.requests", "{request}"), in.column("journey.lost", "%")}}
	c := answer.Chart{Title: in.phrase("journey.steps"), Kind: "bar", Unit: "{request}"}
	series := answer.Series{Name: in.phrase("common.requests"), Style: "now"}
	for i, s := range steps {
		lost := answer.Cell{Text: "–"}
		if i > 0 && steps[i-1].n > 0 {
			v := max(0, 100*(1-s.n/steps[i-1].n))
			lost = in.cell(v, "%")
			if v > share {
				worst, share = i, v
			}
		}
		t.Rows = append(t.Rows, []answer.Cell{called(s.name, ""), in.cell(s.n, "{request}"), lost})
		c.Labels = append(c.Labels, s.name)
		series.Values = append(series.Values, &steps[i].n)
	}
	c.Series = []answer.Series{series}
	in.answer.Tables, in.answer.Charts = append(in.answer.Tables, t), append(in.answer.Charts, c)
	from := in.fact(answer.Fact{ID: "from", Name: in.text("common.of", with{"@who": steps[max(0, worst-1)].name, "@what": in.phrase("common.requests")}), Value: steps[max(0, worst-1)].n, Unit: "{request}", Window: w, Source: "transactions"})
	to := in.fact(answer.Fact{ID: "to", Name: in.text("common.of", with{"@who": steps[worst].name, "@what": in.phrase("common.requests")}), Value: steps[worst].n, Unit: "{request}", Window: w, Source: "transactions"})
	drop := in.fact(answer.Fact{ID: "drop", Name: in.phrase("journey.lost"), Value: max(0, share), Unit: "%", Window: w, Source: "1 − to ÷ from"})
	in.answer.Key = []string{drop, from, to}
	in.headline("journey.headline", with{"@from": steps[max(0, worst-1)].name, "@to": steps[worst].name, "drop": drop})
	in.find(answer.SeverityInfo, 1, nil, "journey.counts", with{"@from": steps[max(0, worst-1)].name, "@to": steps[worst].name, "from": from, "to": to})
}

// exitTable lists the pages at which sessions ended.
func (in *inquiry) exitTable(ended *history.Page[history.Session]) {
	count := map[string]float64{}
	for i := range ended.Items {
		if p := ended.Items[i].ExitPage; p != "" {
			count[p]++
		}
	}
	if len(count) == 0 {
		return
	}
	pages := make([]step, 0, len(count))
	for name, n := range count {
		pages = append(pages, step{name, n})
	}
	slices.SortFunc(pages, func(a, b step) int {
		if c := compareDesc(a.n, b.n); c != 0 {
			return c
		}
		return strings.Compare(a.name, b.name)
	})
	t := answer.Table{Title: in.phrase("journey.exits"), Total: len(pages), Truncated: len(pages) > defaultTop || ended.Truncated, Columns: []answer.Column{in.column("common.last_page", ""), in.column("common.session", "{session}")}}
	for _, p := range pages[:min(len(pages), defaultTop)] {
		t.Rows = append(t.Rows, []answer.Cell{called(p.name, ""), in.cell(p.n, "{session}")})
	}
	in.answer.Tables = append(in.answer.Tables, t)
}
