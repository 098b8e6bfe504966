package query

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/query/measure"
	"github.com/braidotel/braid/internal/query/wording"
	"github.com/braidotel/braid/internal/question"
	"github.com/braidotel/braid/internal/slo"
)

// promises are the objectives that the documents hold, as of one generation of them.
type promises struct {
	mu         sync.Mutex
	generation int64
	list       []*slo.Objective
	errs       []error
}

// maxObjectives bounds how many are answered at once; each takes some twenty queries.
const maxObjectives = 50

// objectives reads the documents' objectives, once for each state of them. One that cannot be read is an error beside the
// others.
func (e *Engine) objectives() ([]*slo.Objective, []error) {
	library := e.options.Knowledge
	if library == nil {
		return nil, nil
	}
	p := &e.promises
	p.mu.Lock()
	defer p.mu.Unlock()
	if g := library.Generation(); g != p.generation {
		p.list, p.errs, p.generation = nil, nil, g
		for _, source := range library.Objectives() {
			o, err := slo.Parse(source.File, source.Line, source.YAML)
			if err != nil {
				p.errs = append(p.errs, err)
			} else if o != nil {
				p.list = append(p.list, o)
			}
		}
	}
	return p.list, p.errs
}

// ObjectiveErrors are the mistakes in the objectives of the documents, each naming file, line and field.
func (e *Engine) ObjectiveErrors() []error {
	_, errs := e.objectives()
	return errs
}

// kept is an objective and how it stands.
type kept struct {
	*slo.Objective
	slo.Status
	window question.Interval
	source string
}

// standing finds how objectives stand, the one most in need of a look first.
func (in *inquiry) standing(ctx context.Context, list []*slo.Objective) ([]kept, error) {
	out := make([]kept, len(list))
	g, gctx := group(ctx)
	for i, o := range list {
		g.Go(func() (err error) { out[i], err = in.stand(gctx, o); return err })
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	slices.SortStableFunc(out, func(a, b kept) int {
		return cmp.Or(cmp.Compare(urgency(b.Severity), urgency(a.Severity)), cmp.Compare(a.Left, b.Left))
	})
	return out, nil
}

func urgency(s slo.Severity) int {
	return map[slo.Severity]int{slo.Ticket: 1, slo.Page: 2}[s]
}

// stand counts what an objective wants counted. A time that the question names goes before the objective's own window.
func (in *inquiry) stand(ctx context.Context, o *slo.Objective) (kept, error) {
	from, to := o.Window.At(in.now)
	if in.q.Time.Kind != question.ExprDefault && !in.q.Range.IsZero() {
		from, to = in.q.Range.Start, in.q.Range.End
	}
	end := to
	if end.After(in.now) {
		end = in.now
	}
	k := kept{Objective: o, window: question.Interval{Start: from, End: end}}
	whole, source, err := in.count(ctx, o, end.Sub(from), end)
	if err != nil {
		return k, err
	}
	k.source = source
	by := map[time.Duration]slo.Counts{}
	for _, span := range slo.Spans(o.Window.Length) {
		if by[span], _, err = in.count(ctx, o, span, in.now); err != nil {
			return k, err
		}
	}
	k.Status = o.Judge(whole, end.Sub(from), by)
	return k, nil
}

// count counts good and all events of a time.
func (in *inquiry) count(ctx context.Context, o *slo.Objective, width time.Duration, end time.Time) (slo.Counts, string, error) {
	if width < time.Minute {
		return slo.Counts{}, "", nil
	}
	total, source, err := in.indicator(ctx, o, &o.Total, width, end)
	if err != nil || total <= 0 {
		return slo.Counts{}, source, err
	}
	if !o.Good.IsZero() {
		good, of, err := in.indicator(ctx, o, &o.Good, width, end)
		return slo.Counts{Good: good, Total: total}, of + " ÷ " + source, err
	}
	bad, of, err := in.indicator(ctx, o, &o.Bad, width, end)
	return slo.Counts{Good: total - bad, Total: total}, "1 − " + of + " ÷ " + source, err
}

// indicator counts one kind of event: the sum over all series of its query; nothing where there are none.
func (in *inquiry) indicator(ctx context.Context, o *slo.Objective, i *slo.Indicator, width time.Duration, end time.Time) (float64, string, error) {
	query := strings.ReplaceAll(i.Query, "$window", measure.Duration(width))
	if i.Own {
		c := measure.Cut{Where: map[measure.Dim][]string{measure.Service: {o.Service}}}
		if i.Operation != "" {
			c.Where[measure.Operation] = []string{i.Operation}
		}
		var ok bool
		if query, ok = (measure.Transactions{Outcome: i.Outcome, Below: i.FasterThan}).Count(in.lore.has, c, width); !ok {
			return 0, "", nil
		}
	}
	result, err := in.metrics.Query(ctx, query, end)
	if err != nil {
		return 0, query, err
	}
	sum := 0.0
	for _, series := range result.Series {
		if v := last(series.Points); !math.IsNaN(v) {
			sum += max(0, v)
		}
	}
	return sum, query, nil
}

// tellPromises says how objectives stand.
func (in *inquiry) tellPromises(list []kept, errs []error) {
	missed := 0
	for i := range list {
		if !math.IsNaN(list[i].Reached) && list[i].Left < 0 {
			missed++
		}
	}
	now := answer.Window{Start: in.now, End: in.now}
	in.fact(answer.Fact{ID: "objectives", Name: in.phrase("slo.count"), Value: float64(len(list)), Unit: "{objective}", Window: now, Source: "knowledge"})
	in.fact(answer.Fact{ID: "missed", Name: in.phrase("slo.missed"), Value: float64(missed), Unit: "{objective}", Window: now, Source: "knowledge"})
	for i := range list {
		in.promiseFacts(&list[i], i)
		in.promiseFindings(&list[i], i)
	}
	in.promiseTable(list)
	in.promiseChart(list)
	for _, err := range errs {
		in.answer.Quality.Complete = false
		in.note("slo.bad_file", nil)
		in.answer.Quality.Notes = append(in.answer.Quality.Notes, long(err.Error()))
	}
	first := slices.IndexFunc(list, func(k kept) bool { return !math.IsNaN(k.Reached) })
	if first < 0 {
		return
	}
	w := with{"n": "objectives", "missed": "missed", "@who": list[first].Title, "left": "left" + place(first), "reached": "reached" + place(first), "target": "target" + place(first)}
	in.answer.Key = []string{"objectives", "missed", "left" + place(first)}
	if missed > 0 {
		in.headline("slo.some_missed", w)
	} else {
		in.headline("slo.all_kept", w)
	}
	in.follow("compare.follow_why", "top.follow_errors")
}

// promiseFacts adds the figures of one objective, by its place.
func (in *inquiry) promiseFacts(k *kept, i int) {
	if math.IsNaN(k.Reached) {
		in.answer.Quality.Complete = false
		in.note("slo.unmeasured", with{"@who": k.Title})
		return
	}
	fact := func(id, name string, v float64, unit, text string, w question.Interval, source string) {
		in.fact(answer.Fact{ID: id + place(i), Name: in.text("slo.of", with{"@who": k.Title, "@what": name}), Value: v, Unit: unit, Text: text, Window: window(w), Source: source})
	}
	fact("reached", in.phrase("slo.reached"), 100*k.Reached, "%", "", k.window, k.source)
	fact("target", in.phrase("slo.objective"), 100*k.Target, "%", share(k.Target), k.window, k.File)
	fact("left", in.phrase("slo.budget"), 100*k.Left, "%", "", k.window, "1 − (1 − reached) ÷ (1 − target)")
	for _, b := range k.Burns {
		if !math.IsNaN(b.Rate) {
			span := question.Interval{Start: in.now.Add(-b.Span), End: in.now}
			fact("burn."+measure.Duration(b.Span)+".", in.text("slo.burn", with{"@span": wording.Figure(b.Span.Seconds(), "s", in.lang)}), b.Rate, "{time}", "", span, "(1 − reached) ÷ (1 − target)")
		}
	}
	if k.Exhausted > 0 {
		fact("lasts", in.text("slo.lasts", with{"@what": in.phrase("slo.budget")}), k.Exhausted.Seconds(), "s", "", k.window, "left ÷ burn rate of the last hour")
	}
}

// share writes a target as it was promised: 99.9 %, not 99.900 %.
func share(target float64) string {
	return strconv.FormatFloat(math.Round(target*1e7)/1e5, 'f', -1, 64) + " %"
}

func (in *inquiry) promiseFindings(k *kept, i int) {
	if math.IsNaN(k.Reached) {
		return
	}
	w := with{"@who": k.Title, "reached": "reached" + place(i), "target": "target" + place(i)}
	if k.Severity != slo.Fine {
		severity := answer.SeverityWarning
		if k.Severity == slo.Page {
			severity = answer.SeverityCritical
		}
		w["rate"] = "burn." + measure.Duration(k.Because.Long) + "." + place(i)
		w["@span"] = wording.Figure(k.Because.Long.Seconds(), "s", in.lang)
		in.find(severity, -k.Left, nil, "slo."+string(k.Severity), w)
	}
	if k.Left <= 0 {
		in.find(answer.SeverityWarning, -k.Left, nil, "slo.spent", w)
	}
	if k.Exhausted > 0 && k.Severity != slo.Fine {
		w["last"] = "lasts" + place(i)
		in.find(answer.SeverityWarning, 1-k.Left, nil, "slo.ends", w)
	}
}

// shownSpans are the burn rates of the table: those of the long windows.
var shownSpans = []time.Duration{time.Hour, 6 * time.Hour, 72 * time.Hour}

func (in *inquiry) promiseTable(list []kept) {
	t := answer.Table{Title: in.phrase("slo.name"), Columns: []answer.Column{
		in.column("slo.name", ""), in.column("common.service", ""), in.column("slo.objective", "%"), in.column("slo.reached", "%"), in.column("slo.budget", "%"),
	}}
	for _, span := range shownSpans {
		t.Columns = append(t.Columns, answer.Column{Name: in.text("slo.burn", with{"@span": wording.Figure(span.Seconds(), "s", in.lang)}), Unit: "{time}"})
	}
	t.Columns = append(t.Columns, in.column("slo.window", ""))
	for i := range list {
		k := &list[i]
		left := 100 * k.Left
		if math.IsNaN(k.Reached) {
			left = math.NaN()
		}
		target := 100 * k.Target
		row := []answer.Cell{called(k.Title, ""), called(k.Service, ""), {Text: share(k.Target), Value: &target}, in.cell(100*k.Reached, "%"), in.cell(left, "%")}
		for _, span := range shownSpans {
			rate := math.NaN()
			if at := slices.IndexFunc(k.Burns, func(b slo.Burn) bool { return b.Span == span }); at >= 0 {
				rate = k.Burns[at].Rate
			}
			row = append(row, in.cell(rate, "{time}"))
		}
		t.Rows = append(t.Rows, append(row, called(wording.Interval(k.window.Start.In(in.now.Location()), k.window.End.In(in.now.Location()), in.now), "")))
	}
	in.answer.Tables = append(in.answer.Tables, t)
}

func (in *inquiry) promiseChart(list []kept) {
	c := answer.Chart{Title: in.phrase("slo.chart"), Kind: "bar", Unit: "%", Series: []answer.Series{{Name: in.phrase("slo.budget"), Style: "now"}}}
	for i := range list {
		if math.IsNaN(list[i].Reached) {
			continue
		}
		left := 100 * list[i].Left
		c.Labels = append(c.Labels, wording.Name(list[i].Title))
		c.Series[0].Values = append(c.Series[0].Values, &left)
	}
	if len(c.Labels) > 1 {
		in.answer.Charts = append(in.answer.Charts, c)
	}
}
