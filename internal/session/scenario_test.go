package session

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/identity"
)

// began is when every scenario begins; its times are seconds after that.
var began = eventtime.Of(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))

func second(s float64) eventtime.Instant {
	return began.Add(time.Duration(s * float64(time.Second)))
}

// testConfig is the component's default, on recorded time.
func testConfig() Config {
	return Config{
		Wait: 2 * time.Second, Idle: 30 * time.Minute, Linger: 10 * time.Second, Lateness: 10 * time.Second,
		MaxSkew: 10 * time.Minute, Replay: true, TraceTTL: time.Minute, Remember: time.Hour, PromoteAfter: time.Minute,
		LongAfter: 8 * time.Hour, FloodAttempts: 60,
		MaxSessions: 1000, MaxTraces: 1000, MaxHeld: 1000, MaxTokens: 1000, MaxRemembered: 10_000, MaxPlaces: 100,
		MaxPages: 100, MaxClients: 100, Key: [2]uint64{1, 2},
	}
}

// scenario drives a table the way the component does: learn, resolve, hold what may wait, let time pass.
type scenario struct {
	testing.TB
	table *Table
	spans uint64
	held  int
	// seen is what left with each label, whether at once or after a wait; events is what happened, as text.
	seen   map[string]Identity
	order  []string
	events []string
	told   []Event
}

func newScenario(tb testing.TB, change ...func(*Config)) *scenario {
	tb.Helper()
	cfg := testConfig()
	for _, c := range change {
		c(&cfg)
	}
	return &scenario{TB: tb, table: NewTable(cfg), seen: map[string]Identity{}}
}

// change is something an item of a scenario shows.
type change func(*Item)

func shows(session string) change {
	return func(it *Item) {
		it.Evidence.Session, it.Evidence.SessionSource = session, identity.SourceAttribute
	}
}

func cookie(value string) change {
	return func(it *Item) {
		it.Evidence.Presented = identity.Token{Name: "JSESSIONID", Value: value}
		it.Evidence.SessionSource, it.Evidence.Credentials = identity.SourceCookie, true
	}
}

func issues(value string) change {
	return func(it *Item) {
		it.Evidence.Issued = identity.Token{Name: "JSESSIONID", Value: value}
		it.Evidence.SessionSource, it.Evidence.Credentials = identity.SourceCookie, true
	}
}

func user(id string) change {
	return func(it *Item) { it.Evidence.User, it.Evidence.Credentials = id, true }
}

func anonymous() change { return func(it *Item) { it.Evidence.Credentials = true } }

func from(client string) change { return func(it *Item) { it.Evidence.Client = client } }

func replaces(session string) change { return func(it *Item) { it.Evidence.Previous = session } }

func does(act Act) change { return func(it *Item) { it.Act |= act } }

func on(page string) change { return func(it *Item) { it.Page = page } }

func child(it *Item) { it.Parent = SpanID{9} }

func taking(d time.Duration) change { return func(it *Item) { it.End = it.Start.Add(d) } }

func traceID(n byte) TraceID {
	if n == 0 {
		return TraceID{}
	}
	return TraceID{15: n}
}

// item makes an item that begins and ends at a second.
func (s *scenario) item(kind Kind, n byte, at float64, changes []change) *Item {
	s.spans++
	it := &Item{Trace: traceID(n), Kind: kind, Start: second(at), End: second(at), Evidence: &identity.Evidence{}}
	if kind != KindLog {
		it.Span = SpanID{0, 0, byte(s.spans >> 16), byte(s.spans >> 8), byte(s.spans)}
	}
	for _, change := range changes {
		change(it)
	}
	if it.Evidence.Empty() {
		it.Evidence = nil
	}
	return it
}

// browser, server, inner and log are what the tiers of a shop tell. A trace of 0 is none.
func (s *scenario) browser(label string, n byte, at float64, changes ...change) {
	s.arrive(label, s.item(KindClient, n, at, changes))
}

func (s *scenario) server(label string, n byte, at float64, changes ...change) {
	s.arrive(label, s.item(KindServer, n, at, changes))
}

func (s *scenario) inner(label string, n byte, at float64, changes ...change) {
	s.arrive(label, s.item(KindInternal, n, at, append([]change{child}, changes...)))
}

func (s *scenario) log(label string, n byte, at float64, changes ...change) {
	s.arrive(label, s.item(KindLog, n, at, changes))
}

func (s *scenario) arrive(label string, items ...*Item) {
	s.Helper()
	now := time.Unix(0, int64(began))
	for _, it := range items {
		s.table.Learn(it, now)
	}
	for _, it := range items {
		var id Identity
		if wait := s.table.Resolve(it, &id); wait && s.table.cfg.Wait > 0 {
			s.table.Hold(it, label)
			s.held++
		} else {
			s.leaves(label, id)
		}
	}
	s.table.Advance(now)
	s.take()
}

func (s *scenario) leaves(label string, id Identity) {
	s.seen[label] = id
	s.order = append(s.order, label)
}

func (s *scenario) take() {
	s.Helper()
	events, released := s.table.Take()
	for _, r := range released {
		require.Equal(s, r.Identity.Session != "", r.Known)
		s.leaves(r.Payload.(string), r.Identity)
	}
	for i := range events {
		s.told = append(s.told, events[i])
		s.events = append(s.events, describe(&events[i]))
	}
}

// until lets time pass.
func (s *scenario) until(at float64) {
	s.Helper()
	s.table.clock.AdvanceTo(second(at), time.Time{})
	s.table.Advance(time.Time{})
	s.take()
}

func (s *scenario) finish() {
	s.Helper()
	s.table.Finish(time.Time{})
	s.take()
	require.Zero(s, s.table.Open(), "every session has ended")
	require.Zero(s, s.table.Held(), "nothing is held any more")
}

// who is "session user" of what left with a label, "-" where one is not known.
func (s *scenario) who(label string) string {
	s.Helper()
	id, ok := s.seen[label]
	if !ok {
		return "held"
	}
	return or(id.Session) + " " + or(id.User)
}

func or(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// expect compares who was behind each label: "label: session user".
func (s *scenario) expect(want ...string) {
	s.Helper()
	got := make([]string, len(want))
	for i, line := range want {
		label, _, _ := strings.Cut(line, ":")
		got[i] = label + ": " + s.who(label)
	}
	assert.Equal(s, want, got)
}

// tells compares the events of some kinds in order.
func (s *scenario) tells(kinds string, want ...string) {
	s.Helper()
	got := []string{}
	for _, e := range s.events {
		kind, _, _ := strings.Cut(e, " ")
		if slices.Contains(strings.Fields(kinds), kind) {
			got = append(got, e)
		}
	}
	if want == nil {
		want = []string{}
	}
	assert.Equal(s, want, got)
}

func describe(e *Event) string {
	at := func(i eventtime.Instant) float64 { return i.Sub(began).Seconds() }
	switch e.Kind {
	case EventStart:
		return fmt.Sprintf("start %s %g", e.Session.ID, at(e.At))
	case EventEnd:
		return fmt.Sprintf("end %s %g..%g %s requests=%d", e.Session.ID, at(e.Session.Start), at(e.Session.Last), e.Reason, e.Session.Requests)
	case EventLong:
		return fmt.Sprintf("long %s %g", e.Session.ID, at(e.At))
	case EventDuplicateLogin:
		return fmt.Sprintf("duplicate %s %s+%s", e.Session.User, e.Other, e.Session.ID)
	case EventLoginFlood:
		return fmt.Sprintf("flood %s %d", e.Client, e.Attempts)
	}
	return "unknown"
}
