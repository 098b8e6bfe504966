// Package edges follows the collectors that send a center their sketches: which are there, which are silent, and up to
// when everything they made has come, whatever order it came in. It knows names, moments of event time and the prints of
// frames only, and asks no clock.
package edges

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
)

// Bounds of what is remembered of one edge.
const (
	maxPending = 10_000  // reports not all of whose frames have come
	maxAwaited = 1 << 20 // frames that were reported and have not come
	maxEarly   = 1 << 16 // frames that came before their report
	maxReports = 1 << 14 // reports that are recognised when they come again
)

// Config bounds a Table.
type Config struct {
	// SilentAfter is how long an edge may say nothing.
	SilentAfter time.Duration
	// Reach is how long is waited for what is missing, and for an edge that says nothing.
	Reach time.Duration
	// Limit is the most edges; of further ones nothing is remembered.
	Limit int
	// Expected are edges that must be there though nothing ever came from them.
	Expected []string
}

// Table follows the edges of one tenant. It is not safe for concurrent use.
type Table struct {
	cfg   Config
	edges map[string]*edge
	lost  uint64
}

func byStart(a, b *report) int { return cmp.Compare(a.from, b.from) }

type edge struct {
	heard   eventtime.Instant // when it was last heard, by the clock of who listens; 0 since the start never
	through eventtime.Instant // everything up to it has come; 0 unknown
	pending []*report         // by where they begin
	awaited map[uint32]*report
	early   recent // frames that came before their report
	reports recent // reports that came
	silent  bool
}

// report is one whose frames have not all come, or before which one is missing.
type report struct {
	from, through eventtime.Instant
	missing       map[uint32]struct{}
}

// New returns a table of the expected edges.
func New(cfg Config) *Table {
	t := &Table{cfg: cfg, edges: map[string]*edge{}}
	for _, name := range cfg.Expected {
		t.edge(name)
	}
	return t
}

func (t *Table) edge(name string) *edge {
	e := t.edges[name]
	if e == nil && len(t.edges) < t.cfg.Limit {
		e = &edge{awaited: map[uint32]*report{}}
		t.edges[name] = e
	}
	return e
}

// Frame notes that a frame of that edge came at a moment of the center's event time.
func (t *Table) Frame(name string, frame uint32, head eventtime.Instant) {
	e := t.edge(name)
	if e == nil {
		return
	}
	e.heard = max(e.heard, head)
	if r := e.awaited[frame]; r != nil {
		delete(e.awaited, frame)
		delete(r.missing, frame)
		e.settle()
		return
	}
	e.early.add(frame, maxEarly)
}

// Report is what an edge says it made of what happened between two moments.
type Report struct {
	// Print names the report itself.
	Print uint32
	// From is where the one before ended. A Through of zero only says that the edge is there.
	From, Through eventtime.Instant
	// Fresh says that the edge remembers no report before.
	Fresh bool
	// Frames are the prints of the frames.
	Frames []uint32
}

// Report notes that a report of that edge came at a moment of the center's event time.
func (t *Table) Report(name string, said Report, head eventtime.Instant) {
	e := t.edge(name)
	if e == nil {
		return
	}
	e.heard = max(e.heard, head)
	if said.Through <= 0 || !e.reports.add(said.Print, maxReports) {
		return
	}
	if e.through == 0 || said.Fresh && said.From > e.through {
		e.through = said.From
	}
	r := &report{from: said.From, through: said.Through, missing: map[uint32]struct{}{}}
	for _, p := range said.Frames {
		if !e.early.remove(p) && e.awaited[p] == nil {
			r.missing[p] = struct{}{}
			e.awaited[p] = r
		}
	}
	i, _ := slices.BinarySearchFunc(e.pending, r, byStart)
	e.pending = slices.Insert(e.pending, i, r)
	e.settle()
	for len(e.pending) > maxPending || len(e.awaited) > maxAwaited {
		t.giveUp(e)
	}
}

// settle takes the reports off all of whose frames have come and that no gap divides from what came before.
func (e *edge) settle() {
	n := 0
	for ; n < len(e.pending) && e.pending[n].from <= e.through; n++ { // they are in order
		if r := e.pending[n]; len(r.missing) == 0 {
			e.through = max(e.through, r.through)
		}
	}
	reached := slices.DeleteFunc(e.pending[:n:n], func(r *report) bool { return len(r.missing) == 0 })
	if len(reached) < n {
		e.pending = slices.Delete(e.pending, len(reached), n)
	}
}

// giveUp stops waiting for the earliest report.
func (t *Table) giveUp(e *edge) {
	r := e.pending[0]
	for p := range r.missing {
		delete(e.awaited, p)
		t.lost++
	}
	e.through = max(e.through, r.through)
	e.pending = slices.Delete(e.pending, 0, 1)
	e.settle()
}

// complete is up to when everything of the edge has come.
func (e *edge) complete() eventtime.Instant {
	for _, r := range e.pending {
		if len(r.missing) > 0 {
			return min(e.through, r.from)
		}
	}
	return e.through
}

// Settled is up to when everything has come of every edge that is not given up; false while nothing is known.
func (t *Table) Settled(head eventtime.Instant) (at eventtime.Instant, ok bool) {
	for _, e := range t.edges {
		if e.heard > 0 && head.Sub(e.heard) > t.cfg.Reach {
			continue
		}
		if c := e.complete(); !ok || c < at {
			at, ok = c, true
		}
	}
	return at, ok
}

// Change is an edge that fell silent, or speaks again.
type Change struct {
	Edge   string
	Silent bool
	// Since is when it was last heard.
	Since eventtime.Instant
}

// Advance moves on to a moment of event time and returns whom that finds silent, and who is back. It gives up what is
// missing for too long.
func (t *Table) Advance(head eventtime.Instant) (changes []Change) {
	for _, name := range slices.Sorted(maps.Keys(t.edges)) {
		e := t.edges[name]
		if e.heard == 0 {
			e.heard = head // waiting begins now
		}
		for len(e.pending) > 0 && head.Sub(e.pending[0].through) > t.cfg.Reach {
			t.giveUp(e)
		}
		if silent := head.Sub(e.heard) > t.cfg.SilentAfter; silent != e.silent {
			e.silent = silent
			changes = append(changes, Change{name, silent, e.heard})
		}
	}
	return changes
}

// TakeLost is how many frames were given up since the last call.
func (t *Table) TakeLost() uint64 {
	n := t.lost
	t.lost = 0
	return n
}

// State is how one edge stands.
type State struct {
	Edge string
	// Silent says that nothing was heard for too long. One that is heard and has nobody to count is quiet.
	Silent bool
	// Silence is how long it has said nothing, Delay how far behind everything of it has come; negative if not known.
	Silence, Delay time.Duration
	// Ahead is how far everything of it has come beyond now: its clock is that far ahead at least.
	Ahead time.Duration
	// Missing is how many frames it made that have not come.
	Missing int
}

// States are all edges by name.
func (t *Table) States(head eventtime.Instant) []State {
	out := make([]State, 0, len(t.edges))
	for _, name := range slices.Sorted(maps.Keys(t.edges)) {
		e := t.edges[name]
		s := State{Edge: name, Silent: e.silent, Missing: len(e.awaited), Delay: -1}
		if e.heard > 0 {
			s.Silence = max(0, head.Sub(e.heard))
		}
		if e.through > 0 {
			delay := head.Sub(e.complete())
			s.Delay, s.Ahead = max(0, delay), max(0, -delay)
		}
		out = append(out, s)
	}
	return out
}

// Behind names the edges of which something up to a moment may be missing.
func (t *Table) Behind(at eventtime.Instant) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(t.edges)) {
		if t.edges[name].complete() < at {
			names = append(names, name)
		}
	}
	return names
}

// Len is how many edges are known.
func (t *Table) Len() int { return len(t.edges) }
