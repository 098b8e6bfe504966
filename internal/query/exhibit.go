package query

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/question"
)

// exhibit is where failed transactions broke, and one of them to look at.
type exhibit struct {
	service, operation, statement string
	trace                         string
	n                             int
}

// where names an exhibit: its service and what it did.
func (x *exhibit) where() string {
	if x.statement != "" {
		return x.service + ": " + x.operation
	}
	return strings.TrimSpace(x.service + " " + x.operation)
}

// Bounds of what is taken as evidence.
const (
	failedLooked = 16
	exhibitsSaid = 3
)

// exhibits looks into failed transactions for the span in each that failed first of all: the deepest.
func (in *inquiry) exhibits(ctx context.Context, w question.Interval) ([]exhibit, error) {
	page, err := in.records.Traces(ctx, history.TraceQuery{
		Tenant: in.tenant, Window: history.Window{From: w.Start, To: w.End}, Service: in.q.Filters.Service, FailedOnly: true, Order: history.BySlowness, Limit: failedLooked,
	})
	if err != nil {
		return nil, err
	}
	var out []exhibit
	for _, summary := range page.Items {
		t, ok, err := in.records.Trace(ctx, in.tenant, summary.ID)
		if err != nil {
			return nil, err
		}
		s := deepest(t.Spans)
		if !ok || s == nil {
			continue
		}
		x := exhibit{service: s.Service, operation: s.Name, statement: attributes(s.Attributes).text("db.query.text"), trace: t.ID, n: 1}
		if i := slices.IndexFunc(out, func(o exhibit) bool { return o.service == x.service && o.operation == x.operation }); i >= 0 {
			out[i].n++
			continue
		}
		out = append(out, x)
	}
	slices.SortStableFunc(out, func(a, b exhibit) int { return b.n - a.n })
	return out[:min(len(out), exhibitsSaid)], nil
}

// deepest is the failed span with the most spans above it: where the failure began. Nil where none failed.
func deepest(spans []history.Span) *history.Span {
	parents := make(map[string]string, len(spans))
	for _, s := range spans {
		parents[s.ID] = s.Parent
	}
	var best *history.Span
	most := -1
	for i := range spans {
		if !spans[i].Failed {
			continue
		}
		depth := 0
		for at := spans[i].Parent; at != "" && depth < len(spans); at = parents[at] {
			depth++
		}
		if depth > most {
			best, most = &spans[i], depth
		}
	}
	return best
}

func (in *inquiry) tellExhibits(list []exhibit) {
	for i := range list {
		x := &list[i]
		id := in.fact(answer.Fact{
			ID: "failed" + place(i), Name: in.phrase("cause.failed_name"), Value: float64(x.n), Unit: "{trace}", Window: window(in.recent()), Source: "failed traces",
		})
		link := &answer.Link{Label: in.phrase("incident.trace"), Path: "/traces/" + url.PathEscape(x.trace)}
		in.find(answer.SeverityWarning, 39-float64(i), link, "cause.broke", with{"@where": x.where(), "n": id})
		in.link(x.where(), link.Path)
	}
}
