package edges

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/braidotel/braid/internal/eventtime"
)

// storedEdge is one edge in storage.
type storedEdge struct {
	Through eventtime.Instant `json:"through"`
	Silent  bool              `json:"silent,omitempty"`
	Early   []uint32          `json:"early,omitempty"`
	Reports []uint32          `json:"reports,omitempty"`
	Pending []storedReport    `json:"pending,omitempty"`
}

type storedReport struct {
	From    eventtime.Instant `json:"from"`
	Through eventtime.Instant `json:"through"`
	Missing []uint32          `json:"missing,omitempty"`
}

var errBounds = errors.New("more than one edge may have")

// Store encodes what is known of the edges. When they were last heard is not: who was away for an hour has heard nobody.
func (t *Table) Store() ([]byte, error) {
	all := make(map[string]storedEdge, len(t.edges))
	for name, e := range t.edges {
		s := storedEdge{Through: e.through, Silent: e.silent, Early: e.early.list(), Reports: e.reports.list()}
		for _, r := range e.pending {
			s.Pending = append(s.Pending, storedReport{r.from, r.through, slices.Sorted(maps.Keys(r.missing))})
		}
		all[name] = s
	}
	b, err := json.Marshal(all)
	if err != nil {
		return nil, fmt.Errorf("storing edges: %w", err)
	}
	return b, nil
}

// Restore replaces what is known by what Store encoded.
func (t *Table) Restore(b []byte) error {
	var all map[string]storedEdge
	if err := json.Unmarshal(b, &all); err != nil {
		return fmt.Errorf("restoring edges: %w", err)
	}
	fresh := New(t.cfg)
	for name, s := range all {
		if len(s.Pending) > maxPending || len(s.Early) > maxEarly || len(s.Reports) > maxReports {
			return fmt.Errorf("restoring edge %q: %w", name, errBounds)
		}
		e := fresh.edge(name)
		if e == nil {
			continue
		}
		e.through, e.silent = s.Through, s.Silent
		for _, p := range s.Early {
			e.early.add(p, maxEarly)
		}
		for _, p := range s.Reports {
			e.reports.add(p, maxReports)
		}
		for _, stored := range s.Pending {
			r := &report{from: stored.From, through: stored.Through, missing: map[uint32]struct{}{}}
			for _, p := range stored.Missing {
				r.missing[p], e.awaited[p] = struct{}{}, r
			}
			e.pending = append(e.pending, r)
		}
		slices.SortStableFunc(e.pending, byStart)
	}
	t.edges = fresh.edges
	return nil
}
