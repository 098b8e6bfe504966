package transaction

import (
	"encoding/hex"
	"time"

	"github.com/braidotel/braid/internal/history"
)

// maxWorth bounds the traces that wait to be written while that fails.
const maxWorth = 1_000

// pick hands out a trace that is worth keeping: all of it when that becomes clear, and then every further part.
func (t *Table) pick(tr *trace) {
	if !tr.kept {
		for i := range tr.items {
			item := &tr.items[i]
			tr.kept = tr.kept || item.Rank > history.RankInner && (item.Failed || item.duration() >= t.cfg.Slow)
		}
	}
	if tr.kept && tr.handed < len(tr.items) {
		t.worth = append(t.worth, tr.record())
		tr.handed = len(tr.items)
	}
}

// record is the part of a trace that was not handed out yet.
func (tr *trace) record() history.Trace {
	best := &tr.items[0]
	for i := range tr.items {
		item := &tr.items[i]
		if item.Rank > best.Rank || item.Rank == best.Rank && item.Start < best.Start {
			best = item
		}
	}
	r := history.Trace{
		Tenant: tr.key.tenant, ID: hex.EncodeToString(tr.key.id[:]), At: time.Unix(0, best.Start).UTC(),
		Duration: time.Duration(best.duration()), Rank: best.Rank, Service: best.Service, Operation: best.Operation, Region: best.Region,
	}
	for i := range tr.items {
		item := &tr.items[i]
		r.Failed = r.Failed || item.Failed && item.Rank > history.RankInner
		if r.Session == "" {
			r.Session = item.Session
		}
		if r.User == "" {
			r.User = item.User
		}
		if i >= tr.handed {
			r.Spans = append(r.Spans, item.Span)
			item.Span = history.Span{}
		}
	}
	return r
}

// Take returns the traces to write.
func (t *Table) Take() []history.Trace {
	worth := t.worth
	t.worth = nil
	return worth
}

// GiveBack returns traces that could not be written; the oldest are given up where there are too many.
func (t *Table) GiveBack(traces []history.Trace) {
	t.worth = append(traces, t.worth...)
	if over := len(t.worth) - maxWorth; over > 0 {
		t.worth = t.worth[over:]
		t.dropped += over
	}
}

// Dropped is how many traces and tenants' spans were given up since it was last asked.
func (t *Table) Dropped() int {
	n := t.dropped
	t.dropped = 0
	return n
}
