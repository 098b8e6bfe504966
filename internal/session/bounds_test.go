package session

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/identity"
)

func numbered(n int) TraceID { return TraceID{2, byte(n >> 16), byte(n >> 8), byte(n)} }

func TestBounds_Sessions_EvictTheLeastRecentlySeen(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0), func(c *Config) { c.MaxSessions = 3 })
	for i := range 5 {
		s.browser("page", byte(i+1), float64(i), shows(fmt.Sprint("S", i)), cookie(fmt.Sprint("J", i)))
		s.browser("regular", 99, float64(i), shows("S0"))
	}
	s.tells("start end", "start S0 0", "start S1 1", "start S2 2",
		"end S1 1..1 evicted requests=0", "start S3 3", "end S2 2..2 evicted requests=0", "start S4 4")
	assert.Equal(t, 3, s.table.Open())
	assert.Len(t, s.table.aliases, 3, "the cookies of evicted sessions are forgotten with them")
	assert.EqualValues(t, 2, s.table.Stats().EvictedSessions)
	s.finish()
	assert.EqualValues(t, 5, s.table.Stats().Started)
	assert.Equal(t, map[EndReason]uint64{EndEvicted: 2, EndIdle: 3}, s.table.Stats().Ended)
}

func TestBounds_Sessions_TimersOfThoseThatWereEvictedGoWithThem(t *testing.T) {
	t.Parallel()
	const limit = 1000
	s := newScenario(t, waits(0), func(c *Config) { c.MaxSessions = limit })
	s.browser("page", 1, 0, shows("first"))
	for i := range 20 * limit { // within the idle time of the first: none comes up
		s.browser("page", 2, 1+float64(i)/1e3, shows(fmt.Sprint("S", i)))
		require.LessOrEqual(t, s.table.wheel.size, 2*limit+unswept+2)
	}
	values := 0
	for _, bucket := range s.table.wheel.buckets {
		values += len(bucket)
	}
	assert.Equal(t, s.table.wheel.size, values)
	assert.Len(t, s.table.wheel.times, len(s.table.wheel.buckets))
	s.finish()
	stats := s.table.Stats()
	assert.EqualValues(t, limit, stats.Ended[EndIdle])
	assert.EqualValues(t, 19*limit+1, stats.Ended[EndEvicted])
}

func TestBounds_Sessions_VisitsThatAreNotToldYetGoInOrder(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{1, 2, 3} {
		s := newScenario(t, waits(0), func(c *Config) { c.MaxSessions, c.Lateness = limit, 10*time.Hour })
		for i := range 4 { // visits two hours apart under one id: none may end before the lateness is over
			s.browser("a", byte(2*i+1), float64(7200*i), shows("A"))
			s.browser("b", byte(2*i+2), float64(7200*i+1), shows("B"))
		}
		s.finish()
		require.LessOrEqual(t, s.table.lru.count, limit)
		starts, ends := 0, 0
		for _, e := range s.told {
			switch e.Kind {
			case EventStart:
				starts++
			case EventEnd:
				ends++
			default:
			}
			require.GreaterOrEqual(t, starts, ends)
		}
		assert.Equal(t, starts, ends)
		assert.Equal(t, 8, starts, "limit %d: every visit is told", limit)
	}
}

func TestBounds_Traces_EvictAndReleaseWhatTheyHold(t *testing.T) {
	t.Parallel()
	s := newScenario(t, func(c *Config) { c.MaxTraces = 2 })
	s.inner("first", 1, 0)
	s.inner("second", 2, 0)
	s.expect("first: held")
	s.inner("third", 3, 0)
	s.expect("first: - -", "second: held", "third: held")
	assert.EqualValues(t, 1, s.table.Stats().EvictedTraces)
	assert.Len(t, s.table.traces, 2)
	s.finish()
}

func TestBounds_Held_ReleaseTheOldest(t *testing.T) {
	t.Parallel()
	s := newScenario(t, func(c *Config) { c.MaxHeld = 2 })
	s.inner("first", 1, 0)
	s.inner("second", 2, 0)
	s.inner("third", 3, 0)
	s.until(0.001)
	s.expect("first: - -", "second: held", "third: held")
	assert.EqualValues(t, 1, s.table.Stats().EvictedHolds)
	assert.Equal(t, 2, s.table.Held())
	s.finish()
}

func TestBounds_Held_QueueDoesNotGrowBehindOneThatWaits(t *testing.T) {
	t.Parallel()
	s := newScenario(t, func(c *Config) { c.MaxTraces, c.MaxSessions = 20_000, 20_000 })
	s.inner("stuck", 1, 0)
	for i := range 10_000 {
		it := s.item(KindInternal, 1, 0, []change{child})
		it.Trace = numbered(i)
		s.arrive("waits", it)
		page := s.item(KindClient, 1, 0, []change{shows("A"), user("kim")})
		page.Trace = it.Trace
		s.arrive("page", page)
	}
	s.expect("stuck: held", "waits: A kim")
	assert.Less(t, len(s.table.holds.queue), 2000)
}

func TestBounds_Tokens_OfNobody(t *testing.T) {
	t.Parallel()
	s := newScenario(t, func(c *Config) { c.MaxTokens = 10 })
	for i := range 25 {
		s.log("line", 0, float64(i)/100, cookie(fmt.Sprint("J", i)))
	}
	assert.Len(t, s.table.waiting, 10)
	assert.EqualValues(t, 15, s.table.Stats().EvictedTokens)
	s.until(31 * 60)
	assert.Empty(t, s.table.waiting, "a token that stays nobody's is forgotten")
	s.expect("line: - -")
}

func TestBounds_TokenOfNobody_ManyTracesShowIt(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0), promotes(PromoteNever), func(c *Config) { c.MaxTraces = 100 })
	for i := range 10_000 {
		it := s.item(KindServer, 1, float64(i)/10, []change{cookie("J1")})
		it.Trace = numbered(i)
		s.arrive("web", it)
	}
	for _, w := range s.table.waiting {
		assert.Less(t, len(w.traces.all), 500, "traces that are over are not kept for their token")
	}
}

func TestBounds_TokensOfASession(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0), func(c *Config) { c.MaxSessions = 2 })
	for i := range 200 {
		s.browser("page", byte(i), float64(i), shows("A"), cookie(fmt.Sprint("J", i)))
		s.browser("page", byte(i), float64(i), shows("B"), cookie(fmt.Sprint("J", i)))
	}
	assert.LessOrEqual(t, len(s.table.aliases), 2*maxTokensPerSession)
	s.browser("page", 250, 300, shows("C"))
	s.browser("page", 251, 300, shows("D"))
	assert.Empty(t, s.table.aliases, "no token outlives its session")
}

func TestBounds_Timers_OfASessionThatFlips(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0))
	for i := range 10_000 {
		at := float64(i) / 10
		name := []string{"A", "B"}[i%2]
		it := s.item(KindClient, 1, at, []change{shows(name), cookie("J1")})
		it.Trace = numbered(i)
		s.arrive("tab", it)
	}
	timers := 0
	for _, bucket := range s.table.wheel.buckets {
		timers += len(bucket)
	}
	assert.Less(t, timers, 500)
	s.finish()
}

func TestBounds_PlacesAndPages_ShareOne(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0), func(c *Config) { c.MaxPlaces, c.MaxPages = 2, 2 })
	for i := range 5 {
		s.server("web", byte(i+1), float64(i), shows("A"), on(fmt.Sprint("/page/", i)), func(it *Item) {
			it.Place = s.table.Place(PlaceKey{Service: fmt.Sprint("service-", i)})
		})
	}
	s.finish()
	end := s.told[len(s.told)-1].Session
	assert.Equal(t, []string{"other", "service-0", "service-1"}, end.Services)
	assert.Equal(t, "other", end.ExitPage)
	assert.EqualValues(t, 3, s.table.Stats().Unplaced)
	assert.EqualValues(t, 3, s.table.Stats().Unpaged)
}

func TestBounds_Remembered_TwoGenerations(t *testing.T) {
	t.Parallel()
	r := newRecent(100)
	for i := range tokenHash(1000) {
		require.True(t, r.add(i))
		require.False(t, r.add(i))
		require.LessOrEqual(t, r.young.Len()+r.old.Len(), 200)
		if i >= 100 {
			require.True(t, r.has(i-99))
		}
	}
	assert.False(t, r.has(1))
}

func TestBounds_ZeroConfig_KeepsWorking(t *testing.T) {
	t.Parallel()
	table := NewTable(Config{Replay: true})
	for i := range 10 {
		for kind := KindInternal; kind <= KindLog; kind++ {
			it := Item{Trace: numbered(i % 3), Kind: kind, End: second(float64(i)), Act: 1<<i - 1, Page: "/"}
			it.Evidence = &identity.Evidence{Session: fmt.Sprint(i), User: "kim", Client: "c", Presented: identity.Token{Name: "J", Value: "1"}}
			it.Place = table.Place(PlaceKey{Service: "s"})
			table.Learn(&it, time.Time{})
			table.Resolve(&it, &Identity{})
			table.Advance(time.Time{})
		}
	}
	table.Finish(time.Time{})
	assert.Zero(t, table.Open())
}

func TestHostile_EmptyEverything(t *testing.T) {
	t.Parallel()
	table := NewTable(testConfig())
	it := Item{}
	table.Learn(&it, time.Time{})
	var id Identity
	table.Resolve(&it, &id)
	assert.Equal(t, Identity{}, id)
	assert.NotNil(t, table.Hold(&it, nil))
	table.Advance(time.Time{})
	table.Finish(time.Time{})
	events, released := table.Take()
	assert.Empty(t, events)
	assert.Len(t, released, 1)
	NewTable(testConfig()).Finish(time.Time{})
}

func TestHostile_Times(t *testing.T) {
	t.Parallel()
	year := func(y int) eventtime.Instant { return eventtime.Of(time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC)) }
	at := func(start, end eventtime.Instant) change {
		return func(it *Item) { it.Start, it.End = start, end }
	}
	for name, tc := range map[string]struct {
		start, end eventtime.Instant
		count      func(*Stats) uint64
	}{
		"a_span_of_1970":            {1, 2, func(s *Stats) uint64 { return s.Late }},
		"no_times_at_all":           {0, 0, func(s *Stats) uint64 { return s.Untimed }},
		"negative_times":            {-5, math.MinInt64, func(s *Stats) uint64 { return s.Untimed }},
		"began_in_1970":             {1, second(1), nil},
		"began_after_its_end":       {second(100), second(1), nil},
		"a_span_of_2100":            {year(2100), year(2100), func(s *Stats) uint64 { return s.Clamped }},
		"the_last_instant":          {math.MaxInt64, math.MaxInt64, func(s *Stats) uint64 { return s.Clamped }},
		"longer_than_a_day":         {second(-25 * 3600), second(1), nil},
		"a_visit_before_this_one's": {second(-3 * 3600), second(-3*3600 + 1), func(s *Stats) uint64 { return s.Late }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScenario(t, waits(0), func(c *Config) { c.Replay = false })
			s.server("first", 1, 0, shows("A"), user("kim"))
			s.server("hostile", 2, 0, shows("A"), user("kim"), at(tc.start, tc.end))
			s.server("last", 3, 2, shows("A"), user("kim"))
			s.finish()
			s.expect("hostile: A kim")
			s.tells("long")
			s.tells("start", "start A 0")
			for _, e := range s.told {
				require.Equal(t, second(0), e.Session.Start)
				require.Less(t, e.Session.Last, second(3600))
			}
			if tc.count != nil {
				assert.EqualValues(t, 1, tc.count(s.table.Stats()))
			}
		})
	}
}

func TestHostile_LongTexts_AreCutOrKeptOnce(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0))
	s.server("web", 1, 0, shows("A"), on(strings.Repeat("x", 1<<20)))
	s.finish()
	assert.Len(t, s.told[len(s.told)-1].Session.ExitPage, maxPageBytes)
}
