package query

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/wording"
	"github.com/braidotel/braid/internal/question"
)

// edge is a site's collector that a center has not heard of late, or not everything. An edge is called after its region
// unless its configuration says otherwise.
type edge struct {
	name   string
	silent bool          // it says nothing, not even that nobody is there
	ahead  time.Duration // by which its clock is wrong; its people count later than they came
	until  time.Time     // up to when everything of it has come; when it was last heard if it is silent
}

// behindFrom is how far behind an edge may be without a word: it reports each minute and sends again what did not arrive.
const behindFrom = 5 * time.Minute

// aheadFrom is by how much an edge's clock may be wrong without a word.
const aheadFrom = time.Minute

// lookAtEdges finds the edges of which the figures asked about lack something. A quiet edge is none: it reports.
func (in *inquiry) lookAtEdges(ctx context.Context) []edge {
	if !in.lore.metrics["braid_edge_up"] {
		return nil
	}
	var out []edge
	ask := func(query string) []history.Series {
		result, err := in.metrics.Query(ctx, query, in.now)
		if err != nil {
			return nil // the answer itself says that the history does not
		}
		return result.Series
	}
	add := func(query string, silent bool) {
		for _, s := range ask(query) {
			name, ago := s.Labels["braid_edge"], last(s.Points)
			if name == "" || math.IsNaN(ago) {
				continue
			}
			until := in.now.Add(-time.Duration(ago * float64(time.Second)))
			if end := in.q.Range.End; end.IsZero() || end.After(until) {
				out = append(out, edge{name: name, silent: silent, until: until})
			}
		}
	}
	add("braid_edge_silence_seconds and braid_edge_up == 0", true)
	add(fmt.Sprintf("braid_edge_delay_seconds > %.0f and braid_edge_up == 1", behindFrom.Seconds()), false)
	for _, s := range ask(fmt.Sprintf("braid_edge_ahead_seconds > %.0f", aheadFrom.Seconds())) {
		if v := last(s.Points); s.Labels["braid_edge"] != "" && !math.IsNaN(v) {
			out = append(out, edge{name: s.Labels["braid_edge"], ahead: time.Duration(v) * time.Second})
		}
	}
	return out
}

// provisional reports whether a region's figures are of less than all: its edge is silent or behind.
func (in *inquiry) provisional(region string) bool {
	for i := range in.edges {
		if in.edges[i].name == region {
			return true
		}
	}
	return false
}

// tellEdges says of which edges something is missing, in every answer with figures of a time at which it is.
func (in *inquiry) tellEdges() {
	for i := range in.edges {
		e := &in.edges[i]
		in.answer.Quality.Complete = false
		name := in.region(e.name)
		if e.ahead > 0 {
			in.note("common.edge_ahead", with{"@edge": name, "@ahead": wording.Figure(e.ahead.Seconds(), "s", in.lang)})
			continue
		}
		key := "common.edge_behind"
		if e.silent {
			key = "common.edge_silent"
		}
		in.note(key, with{"@edge": name, "@since": e.until.In(in.now.Location()).Format("2006-01-02 15:04")})
		if in.q.Intent != question.IntentSystemStatus && in.q.Intent != question.IntentRegionLoad {
			continue
		}
		severity, key := answer.SeverityInfo, "region.edge_behind"
		if e.silent {
			severity, key = answer.SeverityCritical, "region.edge_silent"
		}
		ago := in.fact(answer.Fact{
			ID: "edge." + place(i), Name: in.text("region.edge_ago", with{"@edge": name}), Value: in.now.Sub(e.until).Round(time.Second).Seconds(), Unit: "s",
			Window: answer.Window{Start: e.until, End: in.now}, Source: "braid_edge_silence_seconds",
		})
		in.find(severity, 50, nil, key, with{"@edge": name, "ago": ago})
	}
}
