package session

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/braidotel/braid/internal/identity"
)

func waits(d time.Duration) func(*Config) { return func(c *Config) { c.Wait = d } }

func promotes(p Promotion) func(*Config) { return func(c *Config) { c.Promote = p } }

func TestJoin_WithinATrace_ReachesWhatCameBeforeAndAfter(t *testing.T) {
	t.Parallel()
	s := newScenario(t)
	s.inner("db", 1, 0)
	s.log("log", 1, 0)
	s.expect("db: held", "log: held")
	s.browser("page", 1, 1, shows("A"))
	s.expect("page: held", "db: held") // the user may still turn up until the web server has spoken
	s.server("web", 1, 1, anonymous(), child)
	s.inner("late db", 1, 1)
	s.log("late log", 1, 1)
	s.expect("db: A -", "log: A -", "page: A -", "web: A -", "late db: A -", "late log: A -")
	assert.Equal(t, identity.SourceAttribute, s.seen["page"].Source)
	assert.Equal(t, identity.SourceTrace, s.seen["db"].Source)
}

func TestJoin_WithinOneBatch_OrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	s := newScenario(t)
	s.arrive("batch",
		s.item(KindInternal, 1, 0, []change{child}),
		s.item(KindServer, 1, 0, []change{child, user("kim")}),
		s.item(KindClient, 1, 0, []change{shows("A")}))
	assert.Equal(t, []string{"batch", "batch", "batch"}, s.order, "nothing is held")
	s.expect("batch: A kim")
}

func TestJoin_CookieAlias_BothDirections(t *testing.T) {
	t.Parallel()
	s := newScenario(t)
	// The log line with the cookie alone comes first: it waits, and finds the session when another trace ties them.
	s.log("access log", 0, 0, cookie("J1"))
	s.expect("access log: held")
	s.browser("page", 1, 0.5, shows("A"))
	s.server("web", 1, 0.5, cookie("J1"), child)
	s.expect("access log: A -")
	// And after: at once, with or without a trace, also under another route to the same server-side session.
	s.log("later log", 0, 60, cookie("J1"))
	s.server("later web", 2, 60, cookie("J1.was2"))
	s.inner("later db", 2, 60)
	s.server("stranger", 3, 60, cookie("J9"))
	s.expect("later log: A -", "later web: A -", "later db: A -", "stranger: held")
}

func TestJoin_CookieAlias_OtherNamesNeverMeet(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0))
	s.browser("page", 1, 0, shows("A"))
	s.server("web", 1, 0, cookie("same"), child)
	s.log("php", 0, 1, func(it *Item) { it.Evidence.Presented = identity.Token{Name: "PHPSESSID", Value: "same"} })
	s.expect("php: - -")
}

func TestJoin_EndedSession_DoesNotTakeTheCookiesNextActivity(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0), promotes(PromoteNever))
	s.browser("page", 1, 0, shows("A"))
	s.server("web", 1, 0, cookie("J1"), child)
	s.server("within", 2, 30*60, cookie("J1"))
	s.server("beyond", 3, 60*60+1, cookie("J1"))
	s.log("told about it", 0, 60*60+2, cookie("J1"))
	s.expect("within: A -", "beyond: - -", "told about it: A -") // a log line is no activity: it may tell of what is over
	s.browser("back", 4, 60*60+3, shows("B"))
	s.server("back web", 4, 60*60+3, cookie("J1"), child)
	s.server("after", 5, 60*60+4, cookie("J1"))
	s.expect("after: B -")
	s.finish()
	s.tells("end", "end A 0..1800 idle requests=2", "end B 3601..3604 idle requests=3")
}

func TestJoin_CookieChangesItsOwner_OldActivityKeepsTheOld(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0))
	s.browser("a", 1, 0, shows("A"))
	s.server("a web", 1, 0, cookie("J1"), child)
	s.browser("b", 2, 100, shows("B"))
	s.server("b web", 2, 100, cookie("J1"), child)
	s.log("late line of a", 0, 95, cookie("J1"))
	s.log("line of b", 0, 101, cookie("J1"))
	s.expect("late line of a: A -", "line of b: B -")
}

func TestJoin_ExplicitValue_IsNeverOverwritten(t *testing.T) {
	t.Parallel()
	s := newScenario(t)
	s.browser("first", 1, 0, shows("A"), user("kim"))
	s.inner("other", 1, 0, shows("B"), user("lee"))
	s.server("web", 1, 0, cookie("J1"), child)
	s.server("tied", 2, 1, cookie("J1"), shows("C"))
	s.inner("rest", 1, 1)
	s.expect("first: A kim", "other: B lee", "web: A kim", "tied: C -", "rest: A kim")
}

func TestJoin_RotationAtLogin_IsOneSessionAndNoDuplicate(t *testing.T) {
	t.Parallel()
	s := newScenario(t)
	s.browser("page", 1, 0, shows("A"))
	s.server("web", 1, 0, issues("J1"), child)
	s.browser("login page", 2, 10, shows("A"))
	s.server("login", 2, 10, cookie("J1"), issues("J2"), user("kim"), does(ActLogin), child)
	s.log("old id", 0, 11, cookie("J1"))
	s.log("new id", 0, 12, cookie("J2"))
	s.finish()
	s.expect("web: A -", "login: A kim", "old id: A kim", "new id: A kim")
	s.tells("start end duplicate", "start A 0", "end A 0..10 idle requests=2")
}

func TestJoin_RotationWithoutBrowser_IsOneSession(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0))
	s.server("first", 1, 0, issues("J1"))
	s.server("login", 2, 10, cookie("J1"), issues("J2"), user("kim"), does(ActLogin))
	s.server("after", 3, 20, cookie("J2"), user("kim"))
	s.finish()
	s.expect("first: J1 -", "login: J1 kim", "after: J1 kim")
	s.tells("start end duplicate", "start J1 0", "end J1 0..20 idle requests=3")
}

func TestJoin_User_KnownFromLoginOnAndNeverBefore(t *testing.T) {
	t.Parallel()
	s := newScenario(t)
	s.browser("before", 1, 0, shows("A"))
	s.server("before web", 1, 0, anonymous(), child)
	s.browser("login", 2, 10, shows("A"))
	s.server("login web", 2, 10, user("kim"), does(ActLogin), child)
	s.browser("after", 3, 20, shows("A")) // no web server's span: known from the session
	s.inner("late line of before", 1, 5)
	s.browser("late trace of before", 4, 5, shows("A"))
	s.finish()
	s.expect("before: A -", "before web: A -", "login: A kim", "login web: A kim", "after: A kim",
		"late line of before: A -", "late trace of before: A -")
}

func TestJoin_User_GoneAfterLogout(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0))
	s.server("login", 1, 0, shows("A"), user("kim"), does(ActLogin))
	s.server("logout", 2, 10, shows("A"), user("kim"), does(ActLogout))
	s.server("lingering", 3, 15, shows("A"))
	s.server("later", 4, 30, shows("A"))
	s.finish()
	s.expect("login: A kim", "logout: A kim", "lingering: A kim", "later: A -")
	s.tells("start end", "start A 0", "end A 0..15 logout requests=3", "start A 30", "end A 30..30 idle requests=1")
}

func TestWait_None_HoldsNothing(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0))
	s.inner("db", 1, 0)
	s.log("log", 0, 0, cookie("J1"))
	s.browser("page", 1, 1, shows("A"))
	s.inner("more", 1, 1)
	s.expect("db: - -", "log: - -", "page: A -", "more: A -")
	assert.Zero(t, s.held)
}

func TestWait_Over_LeavesInEventTimeAndNotBefore(t *testing.T) {
	t.Parallel()
	s := newScenario(t)
	s.inner("db", 1, 0)
	s.log("line", 0, 0, cookie("J1"))
	s.until(1.999)
	s.expect("db: held", "line: held")
	s.until(2)
	s.expect("db: - -", "line: - -")
	s.browser("page", 1, 3, shows("A"))
	s.server("web", 1, 3, cookie("J1"), anonymous(), child)
	s.inner("late", 1, 3)
	s.expect("late: A -")
}

func TestWait_ItemsWithNothingToWaitFor_GoOnAtOnce(t *testing.T) {
	t.Parallel()
	s := newScenario(t)
	s.log("nobody's line", 0, 0)
	s.browser("page", 1, 0, shows("A"))
	s.server("web", 1, 0, user("kim"), child)
	s.inner("db", 1, 0)
	s.expect("nobody's line: - -", "web: A kim", "db: A kim")
}

func TestPromote_Modes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		promote Promotion
		play    func(*scenario)
		want    []string
	}{
		"root_issued": {PromoteRoot, func(s *scenario) {
			s.server("web", 1, 0, issues("J1"))
		}, []string{"web: J1 -"}},
		"root_presented_too_soon": {PromoteRoot, func(s *scenario) {
			s.server("web", 1, 0, cookie("J1"))
			s.until(3)
		}, []string{"web: - -"}},
		"root_presented_for_a_while": {PromoteRoot, func(s *scenario) {
			s.server("web", 1, 0, cookie("J1"))
			s.until(3)
			s.server("again", 2, 61, cookie("J1"))
		}, []string{"web: - -", "again: J1 -"}},
		"root_behind_a_browser": {PromoteRoot, func(s *scenario) {
			s.server("web", 1, 0, issues("J1"), child)
		}, []string{"web: - -"}},
		"root_refused_login": {PromoteRoot, func(s *scenario) {
			s.server("login", 1, 0, issues("J1"), does(ActLogin|ActRefused))
		}, []string{"login: - -"}},
		"always_presented": {PromoteAlways, func(s *scenario) {
			s.server("web", 1, 0, cookie("J1"), child)
		}, []string{"web: J1 -"}},
		"always_refused_login": {PromoteAlways, func(s *scenario) {
			s.server("login", 1, 0, cookie("J1"), does(ActLogin|ActRefused))
		}, []string{"login: - -"}},
		"never": {PromoteNever, func(s *scenario) {
			s.server("web", 1, 0, issues("J1"))
		}, []string{"web: - -"}},
	} {
		for _, wait := range []time.Duration{0, 2 * time.Second} {
			t.Run(name+"_"+wait.String(), func(t *testing.T) {
				t.Parallel()
				s := newScenario(t, waits(wait), promotes(tc.promote))
				tc.play(s)
				s.finish()
				s.expect(tc.want...)
			})
		}
	}
}

func TestPromote_NextVisitUnderTheSameCookie_IsASessionOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0))
	s.server("first", 1, 0, issues("J1"))
	s.server("next day", 2, 24*3600, cookie("J1"))
	s.finish()
	s.expect("first: J1 -", "next day: J1 -")
	s.tells("start end", "start J1 0", "end J1 0..0 idle requests=1", "start J1 86400", "end J1 86400..86400 idle requests=1")
}

func TestResolve_Client_IsTheOutermostServers(t *testing.T) {
	t.Parallel()
	s := newScenario(t)
	s.server("was", 1, 0.2, from("10.20.0.5"), child)
	s.server("nginx", 1, 0.1, from("192.0.2.1"), child, taking(time.Second))
	s.browser("page", 1, 0, shows("A"))
	s.finish()
	assert.Equal(t, "192.0.2.1", s.seen["was"].Client)
	assert.Equal(t, "192.0.2.1", s.seen["page"].Client)
}
