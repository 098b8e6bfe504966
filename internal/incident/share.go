package incident

import (
	"slices"
	"time"
)

// Span is when an incident began and ended.
type Span struct{ Start, End time.Time }

// Share groups the alerts of one storm, ascending by time, among incidents whose begins and ends are known, as it would if
// it had found those itself, and learns from the outcome: what grouping could be at best if time told all that it can.
func (g *Grouper) Share(alerts []Alert, spans []Span) [][]Alert {
	if len(alerts) == 0 || len(spans) == 0 {
		return nil
	}
	apart := &Grouper{options: g.options, durations: g.durations, pasts: g.pasts, topology: g.topology}
	ids := make([]int, len(alerts))
	for i, a := range alerts {
		ids[i] = i
		apart.live = append(apart.live, member{Alert: a, fingerprint: a.key()})
	}
	origin := alerts[0].Time
	known := make([]span, len(spans))
	for i, s := range spans {
		known[i] = span{s.Start.Sub(origin).Seconds(), s.End.Sub(origin).Seconds()}
	}
	book := apart.past(alerts[0].Scope)
	s, slots := apart.storm(ids, slices.MaxFunc(spans, func(a, b Span) int { return a.End.Compare(b.End) }).End, book)
	parts := s.among(known, slots, book)
	out := make([][]Alert, len(parts))
	for i, members := range parts {
		for _, id := range members {
			out[i] = append(out[i], alerts[id])
		}
		apart.learn(members)
	}
	return out
}
