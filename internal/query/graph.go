package query

import (
	"math"
	"net/url"
	"slices"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/wording"
)

// maxEdges bounds a drawn map: those with the fewest calls are left to the table.
const maxEdges = 60

// graph draws calls, and marks those along a path of names that lie next to each other, in either direction. Steps of the
// path that no call is known of are drawn too.
func (in *inquiry) graph(calls []call, unit string, path []string) answer.Chart {
	c := answer.Chart{Title: in.phrase("map.title"), Kind: "graph", Unit: unit, Series: []answer.Series{}}
	marked := func(from, to string) bool {
		for i := 1; i < len(path); i++ {
			if path[i-1] == from && path[i] == to || path[i-1] == to && path[i] == from {
				return true
			}
		}
		return false
	}
	for i := 1; i < len(path); i++ {
		if !slices.ContainsFunc(calls, func(c call) bool {
			return c.from == path[i-1] && c.to == path[i] || c.from == path[i] && c.to == path[i-1]
		}) {
			c.Edges = append(c.Edges, answer.Edge{From: wording.Name(path[i-1]), To: wording.Name(path[i]), Marked: true})
		}
	}
	for _, x := range calls {
		on := marked(x.from, x.to)
		if len(c.Edges) >= maxEdges && !on {
			continue
		}
		c.Edges = append(c.Edges, answer.Edge{
			From: wording.Name(x.from), To: wording.Name(x.to), Store: x.store, Marked: on,
			Calls: known(x.n), Failed: known(100 * x.failed / x.n), Latency: known(x.latency), Link: in.callLink(x),
		})
	}
	return c
}

// callLink leads to a trace that went over an edge, or else to the sessions of what is called.
func (in *inquiry) callLink(x call) *answer.Link {
	label := wording.Name(x.from) + " → " + wording.Name(x.to)
	switch {
	case x.trace != "":
		return &answer.Link{Label: label, Path: "/traces/" + url.PathEscape(x.trace)}
	case x.store:
		return &answer.Link{Label: label, Path: "/sessions?service=" + url.QueryEscape(x.from)}
	default:
		return &answer.Link{Label: label, Path: "/sessions?service=" + url.QueryEscape(x.to)}
	}
}

// known is nil for what is not a number.
func known(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	v = round(v)
	return &v
}

// witness keeps what one trace showed of a call: how long it took, and the trace itself where it tells most of it, which is
// the one that failed, and of those the slowest.
func (c *call) witness(t *history.Trace, s *history.Span) {
	took := float64(s.Duration.Microseconds()) / 1000
	c.took = append(c.took, took)
	if c.trace == "" || s.Failed && !c.worstFailed || s.Failed == c.worstFailed && took > c.worst {
		c.trace, c.worst, c.worstFailed = t.ID, took, s.Failed
	}
}
