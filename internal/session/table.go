// Package session joins what spans and log records say about who is behind them, and follows each session's life.
//
// A [Table] holds one tenant's sessions, traces and tokens. Callers first [Table.Learn] every item of a batch, then
// [Table.Resolve] each: what is known goes on at once, what is not may be handed over with [Table.Hold] and comes back as
// a [Release] when something else in its trace, or a session's token, tells whose it is, or when its wait is over.
// Everything runs on event time; [Table.Advance] lets time pass where no data does. A Table is not safe for concurrent use.
package session

import (
	"strings"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
)

// Table is one tenant's state.
type Table struct {
	cfg   Config
	clock *eventtime.Clock
	hash  hasher

	sessions map[tokenHash]*Session // by hashed session id: the current or, for a while, the ended visit
	aliases  map[tokenHash]alias    // by hashed token
	before   map[tokenHash]*Session // by hashed token: whose it was, of the few that changed their session
	users    map[tokenHash]*Session // by hashed user: list through sameUser
	stored   map[tokenHash]stored   // by hashed token: what session stores hold
	traces   map[TraceID]*trace     // that still form
	retired  retirement             // that do not
	latest   *trace                 // the last one touched, nil if it has left traces since
	fresh    []*trace               // touched since the last settle
	spare    []*trace               // retired, for reuse
	waiting  map[tokenHash]*waiter  // tokens that belong to no session yet
	lru      lru[Session, *Session]
	traceLRU lru[trace, *trace]

	wheel     *wheel[*Session] // ends and forgets sessions
	checks    *wheel[check]    // looks at log-ins once their traces are whole
	tokenEnds *wheel[tokenHash]
	holds     holds
	bound     []*trace // have found their session and hold items
	woken     []*Held  // have found their session without a trace
	counted   *recent
	places    *intern[PlaceKey, Place]
	pages     *intern[string, page]
	shown     []bool // by Place: Active has told of open sessions there
	open      []int  // open sessions by Place; 0 counts them all
	floods    *floods

	events   []Event
	released []Release
	stats    Stats

	dirty         dirt
	serials       map[uint64]*Session
	serial        uint64            // the last given
	chunks        uint64            // of counted hashes, the last put
	saved         eventtime.Instant // head at the last checkpoint
	totalsSegment uint64
	relink        []link
}

// Stats counts since the Table, or the one it was restored from, was made.
type Stats struct {
	Since                                        eventtime.Instant // event time of the first item
	Late, Clamped, Untimed                       uint64
	EvictedSessions, EvictedTraces, EvictedHolds uint64
	EvictedTokens, EvictedClients, EvictedStored uint64
	Unplaced, Unpaged                            uint64 // items whose place or page was one too many to be told apart
	Started                                      uint64
	Ended                                        map[EndReason]uint64
	Durations                                    Histogram
}

// NewTable returns an empty table.
func NewTable(cfg Config) *Table {
	return &Table{
		cfg:       cfg,
		clock:     eventtime.NewClock(eventtime.Config{Lateness: cfg.Lateness, MaxSkew: cfg.MaxSkew, Replay: cfg.Replay}),
		hash:      hasher{k0: cfg.Key[0], k1: cfg.Key[1]},
		sessions:  make(map[tokenHash]*Session),
		aliases:   make(map[tokenHash]alias),
		before:    make(map[tokenHash]*Session),
		users:     make(map[tokenHash]*Session),
		stored:    make(map[tokenHash]stored),
		traces:    make(map[TraceID]*trace),
		retired:   newRetirement(),
		waiting:   make(map[tokenHash]*waiter),
		serials:   make(map[uint64]*Session),
		wheel:     newWheel[*Session](),
		checks:    newWheel[check](),
		tokenEnds: newWheel[tokenHash](),
		counted:   newRecent(cfg.MaxRemembered),
		places:    newIntern[PlaceKey, Place](cfg.MaxPlaces, PlaceKey{Service: "other"}),
		pages:     newIntern[string, page](cfg.MaxPages, "other"),
		open:      make([]int, 1),
		floods:    newFloods(cfg.FloodAttempts, cfg.MaxClients),
		stats:     Stats{Ended: make(map[EndReason]uint64)},
	}
}

// Place interns a place for Item.Place.
func (t *Table) Place(key PlaceKey) Place {
	if place, ok := t.places.known(key); ok {
		return place
	}
	key.Service, key.Region = strings.Clone(key.Service), strings.Clone(key.Region)
	key.Host, key.Pod = strings.Clone(key.Host), strings.Clone(key.Pod)
	return t.places.number(key)
}

// Head is the greatest event time seen.
func (t *Table) Head() eventtime.Instant { return t.clock.Head() }

// maxSpan is the longest that an item may have taken; one that claims more had no clock when it began.
const maxSpan = 24 * time.Hour

// Learn takes in what an item that arrived at wall time now says.
func (t *Table) Learn(it *Item, now time.Time) {
	t.observe(it, now)
	if it.Trace == (TraceID{}) {
		t.learnLoose(it)
		t.releaseBound()
		return
	}
	tr := t.trace(it.Trace)
	it.trace = tr
	if tr.learnShape(it) {
		t.markTrace(tr)
	}
	if it.Evidence != &nothing {
		t.learnEvidence(tr, it)
	}
	t.learnActivity(tr, it)
	if it.Act&ActLogin != 0 && it.Kind != KindClient {
		t.learnLogin(tr, it)
	}
	t.releaseBound()
	if tr.held != nil && t.resolved(tr) {
		t.releaseTrace(tr)
	}
}

func (t *Table) observe(it *Item, now time.Time) {
	if it.Evidence == nil || it.Evidence.Empty() {
		it.Evidence = &nothing
	}
	at, verdict := t.clock.Observe(it.End, now)
	it.at = at
	if t.stats.Since == 0 {
		t.stats.Since = at
	}
	if it.Start <= 0 || it.Start > at || at.Sub(it.Start) > maxSpan {
		it.Start = at
	}
	switch verdict {
	case eventtime.Late:
		t.stats.Late++
	case eventtime.Clamped:
		t.stats.Clamped++
	case eventtime.Untimed:
		t.stats.Untimed++
	case eventtime.OnTime:
	}
}

// trace finds or makes the trace and touches it.
func (t *Table) trace(id TraceID) *trace {
	if t.latest != nil && t.latest.id == id { // neighbours mostly are of one trace
		t.latest.touched = t.clock.Head()
		return t.latest
	}
	tr := t.traces[id]
	if tr == nil {
		if tr = t.revive(id); tr == nil {
			t.makeRoom()
			tr = t.newTrace(id)
		}
		t.traces[id] = tr
	}
	if !tr.fresh {
		tr.fresh = true
		t.fresh = append(t.fresh, tr)
	}
	tr.touched = t.clock.Head()
	t.traceLRU.touch(tr)
	t.latest = tr
	return tr
}

// makeRoom forgets a trace if there are too many: a retired one, which is less likely to be heard of again.
func (t *Table) makeRoom() {
	if len(t.traces)+t.retired.live < t.cfg.MaxTraces {
		return
	}
	t.stats.EvictedTraces++
	if e := t.retired.oldest(); e != nil {
		t.retired.drop(e)
	} else if t.traceLRU.oldest != nil {
		t.forgetTrace(t.traceLRU.oldest)
	}
}

// What is remembered as counted, apart from each other.
const (
	countRequest byte = iota
	countError
	countLogin
	countPair
	countBusiness // and up: one for each rule
)

// First reports whether the item is seen for the first time by the counting rule called rule, and remembers it. Items
// without ids are always first.
func (t *Table) First(it *Item, rule byte) bool {
	if it.Trace == (TraceID{}) && it.Span == (SpanID{}) {
		return true
	}
	return t.counted.add(t.hash.item(it.Trace, it.Span, countBusiness+rule))
}

// learnActivity credits the item to its trace's session, or keeps it for when that is known.
func (t *Table) learnActivity(tr *trace, it *Item) {
	if it.Kind == KindLog && it.Act == 0 && it.Evidence.Session == "" {
		return // a log line within a trace adds nothing to what its spans say
	}
	shown := t.page(it.Page)
	if tr.session == nil {
		if tr.pending == nil {
			tr.pending = &activity{}
		}
		tr.pending.add(it, shown)
		t.markTrace(tr)
		return
	}
	s := t.visitOf(tr.session, it.Start)
	tr.session = s
	if s.closed || s.covers(it, shown) {
		return // late: its end has been told; or within what is known already
	}
	var a activity
	a.add(it, shown)
	t.creditTrace(tr, s, &a)
}

// creditTrace credits an activity, counting request and error once a trace.
func (t *Table) creditTrace(tr *trace, s *Session, a *activity) {
	request := a.request && !tr.requested && t.counted.add(t.hash.item(tr.id, SpanID{}, countRequest))
	failed := a.failed && !tr.failed && t.counted.add(t.hash.item(tr.id, SpanID{}, countError))
	tr.requested = tr.requested || a.request
	tr.failed = tr.failed || a.failed
	t.credit(s, a, request, failed)
}

func (t *Table) page(shown string) page {
	if shown == "" {
		return 0
	}
	if len(shown) > maxPageBytes {
		shown = shown[:maxPageBytes]
	}
	if number, ok := t.pages.known(shown); ok {
		return number
	}
	return t.pages.number(strings.Clone(shown))
}
