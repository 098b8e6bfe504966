package session

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/eventtime"
)

func TestIdle_GapOfExactlyIdle_StaysOneSession(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		gap  time.Duration
		want []string
	}{
		"exactly":         {30 * time.Minute, []string{"start A 0", "end A 0..1800 idle requests=2"}},
		"a_nanosecond_on": {30*time.Minute + 1, []string{"start A 0", "end A 0..0 idle requests=1", "start A 1800.000000001", "end A 1800.000000001..1800.000000001 idle requests=1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScenario(t, waits(0))
			s.server("first", 1, 0, shows("A"))
			second := s.item(KindServer, 2, 0, []change{shows("A")})
			second.Start, second.End = second.Start.Add(tc.gap), second.End.Add(tc.gap)
			s.arrive("second", second)
			s.finish()
			s.tells("start end", tc.want...)
		})
	}
}

func TestIdle_VisitsOutOfOrder_Merge(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0), func(c *Config) { c.Lateness = 2 * time.Hour })
	s.server("first", 1, 0, shows("A"), from("192.0.2.1"), on("/in"))
	s.server("third", 3, 3000, shows("A"), cookie("J3"), user("kim"), on("/out"))
	s.server("fourth", 4, 6000, shows("A"))
	s.tells("start", "start A 0") // what comes between may still join them
	s.server("between", 2, 1500, shows("A"))
	s.log("token of the third", 0, 3001, cookie("J3"))
	s.finish()
	s.expect("token of the third: A kim")
	s.tells("start end", "start A 0", "end A 0..3000 idle requests=3", "start A 6000", "end A 6000..6000 idle requests=1")
	sum := s.told[len(s.told)-3].Session
	assert.Equal(t, "kim 192.0.2.1 /in /out", fmt.Sprint(sum.User, " ", sum.Client, " ", sum.EntryPage, " ", sum.ExitPage))
}

func TestIdle_LateDataToAnEndedSession_IsStampedAndNotCounted(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0))
	s.server("first", 1, 0, shows("A"), cookie("J1"))
	s.until(1900)
	s.tells("end", "end A 0..0 idle requests=1")
	s.server("late", 2, 60, shows("A"))
	s.server("late cookie", 3, 61, cookie("J1"))
	s.finish()
	s.expect("late: A -", "late cookie: A -")
	s.tells("start end", "start A 0", "end A 0..0 idle requests=1")
	assert.EqualValues(t, 2, s.table.Stats().Late)
}

func TestLogout_LingersThenANewVisitBegins(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0))
	s.server("in", 1, 0, shows("A"), user("kim"))
	s.server("refused logout", 2, 5, shows("A"), does(ActLogout|ActError))
	s.server("out", 3, 10, shows("A"), does(ActLogout))
	s.browser("beacon", 3, 20, shows("A"))
	s.browser("next", 4, 20.001, shows("A"))
	s.finish()
	s.tells("start end", "start A 0", "end A 0..20 logout requests=3", "start A 20.001", "end A 20.001..20.001 idle requests=0")
	out := s.told[1]
	assert.Equal(t, second(20), out.At, "the end is told no earlier than the last activity")
	assert.EqualValues(t, 1, out.Session.Errors)
}

func TestReplaced_PreviousID_EndsWhatCameBefore(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0))
	s.browser("old", 1, 0, shows("A"), user("kim"))
	s.browser("new", 2, 10, shows("B"), replaces("A"), user("kim"))
	s.browser("newer", 3, 60, shows("B"), user("kim"))
	s.finish()
	assert.Equal(t, "A", s.table.sessions[s.table.hash.session(s.seen["new"].Session)].previous())
	s.tells("start end duplicate", "start A 0", "start B 10", "end A 0..0 replaced requests=0", "end B 10..60 idle requests=0")
}

func TestReplaced_TwoTabs_GoOnBesideEachOther(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0))
	for i := range 20 {
		at := float64(60 * i)
		s.browser("tab a", byte(2*i+1), at, shows("A"), user("kim"))
		s.server("web a", byte(2*i+1), at, cookie("J1"), child)
		s.browser("tab b", byte(2*i+2), at+30, shows("B"), user("kim"))
		s.server("web b", byte(2*i+2), at+30, cookie("J1"), child)
	}
	s.finish()
	s.tells("start duplicate", "start A 0", "start B 30") // two tabs are one person at one browser
	for _, e := range s.told {
		if e.Kind == EventEnd {
			assert.GreaterOrEqual(t, e.Session.Last, second(19*60), "neither tab ends while it goes on")
		}
	}
}

func TestDuplicateLogin_AndItsDecoys(t *testing.T) {
	t.Parallel()
	login := func(s *scenario, n byte, at float64, session, who string) {
		s.browser("page", n, at, shows(session))
		s.server("login", n, at, user(who), does(ActLogin), cookie("J"+session), child)
	}
	for name, tc := range map[string]struct {
		play func(*scenario)
		want []string
	}{
		"two_browsers": {func(s *scenario) {
			login(s, 1, 0, "A", "kim")
			login(s, 2, 60, "B", "kim")
		}, []string{"duplicate kim A+B"}},
		"two_browsers_out_of_order": {func(s *scenario) {
			login(s, 2, 5, "B", "kim")
			login(s, 1, 0, "A", "kim")
		}, []string{"duplicate kim A+B"}},
		"told_once": {func(s *scenario) {
			for i := range byte(10) {
				login(s, 2*i+1, float64(60*i), "A", "kim")
				login(s, 2*i+2, float64(60*i+30), "B", "kim")
			}
		}, []string{"duplicate kim A+B"}},
		"three_browsers": {func(s *scenario) {
			login(s, 1, 0, "A", "kim")
			login(s, 2, 60, "B", "kim")
			login(s, 3, 120, "C", "kim")
		}, []string{"duplicate kim A+B", "duplicate kim B+C", "duplicate kim A+C"}},
		"two_users": {func(s *scenario) {
			login(s, 1, 0, "A", "kim")
			login(s, 2, 60, "B", "lee")
		}, nil},
		"another_users_session_taken_over": {func(s *scenario) {
			login(s, 1, 0, "A", "lee")
			login(s, 2, 60, "A", "kim")
			login(s, 3, 120, "B", "kim")
		}, []string{"duplicate kim A+B"}},
		"anonymous_twice": {func(s *scenario) {
			login(s, 1, 0, "A", "")
			login(s, 2, 60, "B", "")
		}, nil},
		"logout_then_login": {func(s *scenario) {
			login(s, 1, 0, "A", "kim")
			s.server("out", 2, 30, shows("A"), does(ActLogout))
			login(s, 3, 30, "B", "kim")
		}, nil},
		"login_then_logout": {func(s *scenario) {
			login(s, 1, 0, "A", "kim")
			login(s, 2, 30, "B", "kim")
			s.server("out", 3, 31, shows("A"), does(ActLogout))
		}, []string{"duplicate kim A+B"}},
		"idle_then_return": {func(s *scenario) {
			login(s, 1, 0, "A", "kim")
			login(s, 2, 1800, "B", "kim")
		}, nil},
		"idle_not_quite": {func(s *scenario) {
			login(s, 1, 0, "A", "kim")
			login(s, 2, 1799, "B", "kim")
		}, []string{"duplicate kim A+B"}},
		"idle_then_return_under_the_same_id": {func(s *scenario) {
			login(s, 1, 0, "A", "kim")
			login(s, 2, 4000, "A", "kim")
		}, nil},
		"two_tabs_of_one_cookie": {func(s *scenario) {
			s.browser("tab a", 1, 0, shows("A"))
			s.server("web a", 1, 0, cookie("J1"), user("kim"), child)
			s.browser("tab b", 2, 1, shows("B"))
			s.server("web b", 2, 1, cookie("J1"), user("kim"), child)
			s.browser("tab a", 3, 2, shows("A"))
			s.browser("tab b", 4, 3, shows("B"))
		}, nil},
		"id_rotation": {func(s *scenario) {
			s.server("first", 1, 0, issues("J1"))
			s.server("login", 2, 10, cookie("J1"), issues("J2"), user("kim"), does(ActLogin))
			s.server("after", 3, 11, cookie("J2"), user("kim"))
		}, nil},
		"second_copies": {func(s *scenario) {
			for range 2 {
				login(s, 1, 0, "A", "kim")
			}
		}, nil},
		"other_tenants_never_meet": {func(s *scenario) {
			login(s, 1, 0, "A", "kim")
			other := newScenario(s.TB)
			login(other, 2, 1, "B", "kim")
			other.finish()
			other.tells("duplicate")
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScenario(t)
			tc.play(s)
			s.finish()
			s.tells("duplicate", tc.want...)
		})
	}
}

func TestDuplicateLogin_ManySessionsOfOneUser_StayCheap(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0), func(c *Config) { c.MaxSessions, c.MaxTraces = 5000, 10 })
	for i := range 5000 {
		it := s.item(KindServer, 1, float64(i)/10, []change{shows(fmt.Sprint("S", i)), user("robot")})
		it.Trace = TraceID{1, byte(i >> 8), byte(i)}
		s.arrive("call", it)
	}
	listed := 0
	for at := s.table.users[s.table.hash.user("robot")]; at != nil; at = at.sameUser {
		listed++
	}
	assert.Equal(t, maxListed, listed)
	s.finish()
}

func TestLong_ToldOncePerSession(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0), func(c *Config) { c.MaxTraces = 200 })
	for i := range 100 { // every ten minutes for 16 h 30 min
		s.server("poll", byte(i+1), float64(600*i), shows("A"))
	}
	for i := range 47 { // 7 h 40 min
		s.server("poll", byte(i+101), float64(600*i+60_000), shows("B"))
	}
	s.finish()
	s.tells("long", "long A 28800")
}

func TestRequests_CountedOncePerTrace(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0))
	s.browser("page", 1, 0, shows("A"))
	s.server("nginx", 1, 0, child, does(ActError))
	s.server("was", 1, 0, child, does(ActError))
	s.inner("db", 1, 0, does(ActError))
	s.until(300) // the trace is forgotten
	s.server("second copy", 1, 0, shows("A"), does(ActError))
	s.log("access line", 0, 301, shows("A"), does(ActRequest))
	s.finish()
	s.tells("end", "end A 0..301 idle requests=2")
	assert.EqualValues(t, 1, s.told[1].Session.Errors)
}

func TestFirst_SecondCopies_CountOncePerRule(t *testing.T) {
	t.Parallel()
	s := newScenario(t)
	order := s.item(KindServer, 1, 0, nil)
	again := *order
	assert.True(t, s.table.First(order, 0))
	assert.False(t, s.table.First(&again, 0))
	assert.True(t, s.table.First(order, 1), "another rule counts for itself")
	assert.True(t, s.table.First(s.item(KindServer, 1, 0, nil), 0), "another span of the trace")
	nameless := s.item(KindLog, 0, 0, nil)
	assert.True(t, s.table.First(nameless, 0))
	assert.True(t, s.table.First(nameless, 0), "what has no ids cannot be told from its copy")
}

func TestSummary_TellsWhatTheVisitTouched(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0))
	at := func(service, host string) change {
		return func(it *Item) { it.Place = s.table.Place(PlaceKey{Service: service, Host: host, Region: "seoul"}) }
	}
	s.browser("page", 1, 0, shows("A"), at("shop-browser", ""), on("/late"))
	s.server("web", 1, 0, child, at("nginx", "web-1"), on("/in"), from("192.0.2.1"), taking(2*time.Second))
	s.server("was", 2, 5, shows("A"), at("was", "pod-2"), on("/out"))
	require.Equal(t, 1, s.table.Open())
	active := map[PlaceKey]int{}
	s.table.Active(func(p PlaceKey, n int) { active[p] = n })
	assert.Len(t, active, 3)
	s.finish()
	sum := s.told[len(s.told)-1].Session
	assert.Equal(t, []string{"nginx", "shop-browser", "was"}, sum.Services)
	assert.Equal(t, []string{"pod-2", "web-1"}, sum.Servers)
	assert.Equal(t, "/out", sum.ExitPage)
	assert.Equal(t, "seoul", sum.Region)
	assert.Equal(t, [2]eventtime.Instant{second(0), second(5)}, [2]eventtime.Instant{sum.Start, sum.Last})
	assert.EqualValues(t, 1, s.table.Stats().Durations.Count)
	assert.EqualValues(t, 1, s.table.Stats().Ended[EndIdle])
}
