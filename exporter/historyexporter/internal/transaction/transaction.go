// Package transaction measures requests and queries by operation, and picks the traces worth keeping. It knows neither
// where spans come from nor where results go, and asks nobody what time it is.
package transaction

import (
	"container/list"
	"hash/maphash"
	"math"
	"time"

	"github.com/braidotel/braid/internal/history"
)

// Item is a span, with what it means.
type Item struct {
	Tenant     history.Tenant
	Trace      [16]byte
	ID         [8]byte
	Parent     [8]byte
	Start, End int64 // nanoseconds since 1970
	Failed     bool
	Rank       history.Rank // an entry or root is a transaction
	Service    string
	Operation  string
	Region     string
	Session    string
	User       string
	System     string       // of a database that was asked
	Query      string       // sanitised; empty if none was asked
	Database   string       // that was asked: its system and name; empty if none was
	Sampled    bool         // it stands for more than itself
	Span       history.Span // as it is kept

	again bool // it was counted when it came before
}

// measured says whether a span is counted by itself.
func (i *Item) measured() bool {
	return i.Rank > history.RankInner || i.Query != "" || i.Database != ""
}

func (i *Item) duration() int64 { return max(0, i.End-i.Start) }

// Config bounds a Table. Every field must be positive.
type Config struct {
	Slow   int64 // nanoseconds from which a transaction's trace is kept
	Spans  int   // most spans held for traces that may yet be kept
	Series int   // most series of one tenant
	Recent int   // spans that are recognised when they come again
}

// Table follows traces. It is not safe for concurrent use.
type Table struct {
	cfg     Config
	seed    maphash.Seed
	traces  map[traceKey]*trace
	order   *list.List // of *trace, the least recently seen first
	held    int
	seen    [2]map[uint64]struct{} // the current generation and the one before
	meters  map[history.Tenant]*Meters
	worth   []history.Trace
	waiting []waiting // in order of arrival
	latest  int64
	dropped int
}

type traceKey struct {
	tenant history.Tenant
	id     [16]byte
}

// trace is what is known of one.
type trace struct {
	key     traceKey
	element *list.Element
	items   []Item // of which Span is empty once it was handed out
	seen    int64  // Table.latest when a span of it came last
	kept    bool
	handed  int // items before it were handed out
}

const maxTenants = 1_000

// NewTable returns an empty table.
func NewTable(cfg Config) *Table {
	return &Table{
		cfg: cfg, seed: maphash.MakeSeed(), traces: map[traceKey]*trace{}, order: list.New(),
		seen:   [2]map[uint64]struct{}{{}, {}},
		meters: map[history.Tenant]*Meters{},
	}
}

// Add takes the spans of one batch. The same span again counts for nothing, and is handed out again with its trace.
func (t *Table) Add(items []Item) {
	var touched []*trace // in order
	known := map[*trace]int{}
	for i := range items {
		item := &items[i]
		t.latest = max(t.latest, item.End)
		tr := t.trace(traceKey{item.Tenant, item.Trace})
		if _, ok := known[tr]; !ok {
			known[tr] = len(tr.items)
			touched = append(touched, tr)
		}
		if len(tr.items) < maxSpans && !tr.has(item.ID) {
			tr.items = append(tr.items, *item)
			t.held++
		}
	}
	for _, tr := range touched {
		for i := known[tr]; i < len(tr.items); i++ {
			t.await(tr, i)
		}
		t.pick(tr)
	}
	t.expire()
}

// hold is how long after its last span, in nanoseconds of event time, a trace may still get more.
const hold = int64(time.Minute)

// expire forgets the traces that are over, and those beyond the bound.
func (t *Table) expire() {
	for t.order.Len() > 0 {
		oldest := t.order.Front().Value.(*trace)
		if t.held <= t.cfg.Spans && oldest.seen >= t.latest-hold {
			return
		}
		t.forget(oldest)
	}
}

// maxSpans bounds one trace.
const maxSpans = 2_000

func (t *Table) trace(key traceKey) *trace {
	tr := t.traces[key]
	if tr == nil {
		tr = &trace{key: key}
		tr.element = t.order.PushBack(tr)
		t.traces[key] = tr
	}
	tr.seen = t.latest
	t.order.MoveToBack(tr.element)
	return tr
}

func (t *Table) forget(tr *trace) {
	t.held -= len(tr.items)
	t.order.Remove(tr.element)
	delete(t.traces, tr.key)
}

func (tr *trace) has(id [8]byte) bool {
	for i := range tr.items {
		if tr.items[i].ID == id {
			return true
		}
	}
	return false
}

// waiting is a span that is not counted yet: what it called, and what ended before it, may still come.
type waiting struct {
	trace  *trace
	index  int // of its items
	caller int // index of the item that called it, to count the call; nobody to count the span itself
}

const nobody = -1

func (w waiting) item() *Item { return &w.trace.items[w.index] }

// await has a span, and the calls it makes known, wait to be counted, unless they were or there is nothing to count.
func (t *Table) await(tr *trace, index int) {
	item := &tr.items[index]
	if item.measured() {
		if item.again = t.counted(item); !item.again {
			t.wait(waiting{tr, index, nobody})
		}
	}
	tr.calls(index, func(caller, called int) { t.wait(waiting{tr, called, caller}) })
}

func (t *Table) wait(w waiting) {
	if len(t.waiting) >= t.cfg.Spans {
		t.Settle(math.MaxInt64)
	}
	t.waiting = append(t.waiting, w)
}

// Settle counts what ended until a time. However batches were cut, the figures at a
// time are then the same, as long as nothing comes after it was settled.
func (t *Table) Settle(until int64) {
	later := t.waiting[:0]
	for _, w := range t.waiting {
		if w.item().End > until {
			later = append(later, w)
		} else {
			t.measure(w)
		}
	}
	clear(t.waiting[len(later):]) // lets go of their traces
	t.waiting = later
}

// Earliest is the end of the first span that waits to be counted, in nanoseconds since 1970; false if none does.
func (t *Table) Earliest() (int64, bool) {
	first := int64(math.MaxInt64)
	for _, w := range t.waiting {
		first = min(first, w.item().End)
	}
	return first, len(t.waiting) > 0
}

func (t *Table) measure(w waiting) {
	item := w.item()
	m := t.meters[item.Tenant]
	if m == nil {
		if len(t.meters) >= maxTenants {
			t.dropped++
			return
		}
		m = newMeters(t.cfg.Series)
		t.meters[item.Tenant] = m
	}
	if w.caller != nobody {
		m.call(w.trace.items[w.caller].Service, item.Service, item)
		return
	}
	if item.Sampled {
		m.sampled.add(item)
	}
	if item.Query != "" {
		m.query(item)
	}
	if item.Database != "" && item.Service != "" {
		m.call(item.Service, item.Database, item)
	}
	if item.Rank > history.RankInner {
		m.transaction(item, w.trace.self(item))
	}
}

// counted remembers a span and says whether it was known. Two generations bound what is remembered.
func (t *Table) counted(item *Item) bool {
	key := maphash.Comparable(t.seed, struct {
		tenant history.Tenant
		trace  [16]byte
		id     [8]byte
	}{item.Tenant, item.Trace, item.ID})
	for _, generation := range t.seen {
		if _, ok := generation[key]; ok {
			return true
		}
	}
	if len(t.seen[0]) >= max(1, t.cfg.Recent/2) {
		t.seen[1] = t.seen[0]
		t.seen[0] = map[uint64]struct{}{}
	}
	t.seen[0][key] = struct{}{}
	return false
}

// Latest is the end of the latest span, in nanoseconds since 1970; 0 if there was none.
func (t *Table) Latest() int64 { return t.latest }

// Held is how many spans are held.
func (t *Table) Held() int { return t.held }

// Meters calls f with the measurements of each tenant.
func (t *Table) Meters(f func(history.Tenant, *Meters)) {
	for tenant, m := range t.meters {
		f(tenant, m)
	}
}
