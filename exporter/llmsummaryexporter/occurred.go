package llmsummaryexporter

import (
	"hash/fnv"
	"time"

	"github.com/braidotel/braid/internal/history"
)

// occurred takes what reports need out of an event.
func (s *summarizer) occurred(e *event) {
	if s.table == nil {
		return
	}
	s.tableMu.Lock()
	defer s.tableMu.Unlock()
	s.table.Tell(time.Now())
	once := func(figure string) { s.table.Once(e.tenant, figure, e.thing(figure), e.began) }
	switch history.Kind(e.name) {
	case history.KindIncident:
		once(figureIncidents)
		s.table.Latest(e.tenant, figureTrouble, e.thing(figureTrouble), e.at, max(0, e.at.Sub(e.began).Seconds()))
		if lost, ok := e.number("braid.incident.revenue.lost"); ok {
			figure := figureLost + currency(e.text("braid.incident.currency"))
			s.table.Latest(e.tenant, figure, e.thing(figure), e.at, lost)
		}
	case history.KindAnomaly:
		once(figureAnomalies)
	case history.KindLoginFlood:
		s.table.Once(e.tenant, figureFloods, e.thing(figureFloods+e.at.String()), e.at) // an address may come again
	case history.KindDuplicateLogin:
		once(figureDuplicate)
	default:
	}
}

// thing names what an event is about to the table.
func (e *event) thing(figure string) uint64 {
	h := fnv.New64a()
	for _, part := range []string{figure, e.tenant, e.name, e.id} {
		_, _ = h.Write([]byte(part))
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}
