package session

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/braidotel/braid/internal/identity"
)

// inStore is what a store says of the session whose JSESSIONID is value.
func inStore(value, user string, at float64) Stored {
	return Stored{Token: TokenHash(Key{1, 2}, "JSESSIONID", value), ID: "stored-" + value, User: user, At: second(at)}
}

func gone(value string, at float64) Stored {
	s := inStore(value, "", at)
	s.Gone = true
	return s
}

func storing(c *Config) { c.MaxStored = 3 }

func TestStored_TrafficKnowsIt_IsNothingNew(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0), storing)
	s.server("first", 1, 0, shows("A"), cookie("J1.route"))
	assert.True(t, s.table.LearnStored(inStore("J1", "kim", 1)))
	s.server("second", 2, 2, shows("A"))
	views, ok := s.table.Compare()
	assert.True(t, ok)
	assert.Equal(t, Views{Both: 1}, views)
	assert.True(t, s.table.LearnStored(gone("J1", 3)), "traffic tells of the end as well")
	_, ok = s.table.Compare()
	assert.False(t, ok)
	s.finish()
	s.expect("first: A -", "second: A kim")
	s.tells("start end", "start A 0", "end A 0..2 idle requests=2")
}

func TestStored_BeforeTraffic_IsReplacedByIt(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0), storing)
	assert.False(t, s.table.LearnStored(inStore("J1", "kim", 0)))
	assert.False(t, s.table.LearnStored(inStore("J2", "", 0)))
	views, _ := s.table.Compare()
	assert.Equal(t, Views{Store: 2}, views)
	s.server("first", 1, 5, shows("A"), cookie("J1"))
	s.server("other", 2, 6, shows("B"), cookie("J9"))
	s.server("bare", 3, 6, shows("C"))
	views, _ = s.table.Compare()
	assert.Equal(t, Views{Both: 1, Store: 1, Traffic: 1}, views, "a session without a cookie cannot be compared")
	assert.True(t, s.table.LearnStored(inStore("J1", "kim", 7)))
	assert.True(t, s.table.LearnStored(gone("J1", 8)))
	assert.False(t, s.table.LearnStored(gone("J2", 8)))
	s.finish()
	s.expect("first: A kim")
	assert.Equal(t, "stored-J1", s.ended(EndReplaced).Session.ID)
	assert.Equal(t, second(5), s.ended(EndReplaced).At)
}

// ended is the first end with a reason.
func (s *scenario) ended(reason EndReason) Event {
	for _, e := range s.told {
		if e.Kind == EventEnd && e.Reason == reason {
			return e
		}
	}
	return Event{}
}

func TestStored_TrafficEndedFirst_EndIsNotToldAgain(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0), storing)
	s.server("first", 1, 0, shows("A"), cookie("J1"))
	s.table.LearnStored(inStore("J1", "", 1))
	s.until(4000)
	views, _ := s.table.Compare()
	assert.Equal(t, Views{Store: 1}, views, "the store keeps it longer")
	assert.True(t, s.table.LearnStored(gone("J1", 4000)), "its end has been told of")
}

func TestStored_UserOfTraffic_IsKept(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0), storing)
	s.server("first", 1, 0, shows("A"), cookie("J1"), user("kim@example.org"))
	s.table.LearnStored(inStore("J1", "kim", 0))
	s.server("second", 2, 1, shows("A"))
	s.finish()
	s.expect("second: A kim@example.org")
}

func TestStored_TooMany_AreCounted(t *testing.T) {
	t.Parallel()
	s := newScenario(t, waits(0), storing)
	for _, value := range []string{"1", "2", "3", "4", "3"} {
		s.table.LearnStored(inStore(value, "", 0))
	}
	assert.EqualValues(t, 1, s.table.Stats().EvictedStored)
	views, _ := s.table.Compare()
	assert.Equal(t, 3, views.Store)
}

func TestKeys_OfOneSecret_Agree(t *testing.T) {
	t.Parallel()
	key := DeriveKey("secret")
	assert.Equal(t, key, DeriveKey("secret"))
	assert.NotEqual(t, KeyID(key), KeyID(DeriveKey("other")))
	assert.Equal(t, TokenHash(key, "JSESSIONID", "A.node1"), TokenHash(key, "JSESSIONID", "A.node2"), "a failover")
	assert.NotEqual(t, TokenHash(key, "JSESSIONID", "A"), TokenHash(key, "PHPSESSID", "A"))
	h := hasher{k0: key[0], k1: key[1]}
	assert.Equal(t, uint64(h.token("SID", "x")), TokenHash(key, "SID", "x"))
	assert.Equal(t, "A", normalise(identity.Token{Name: "JSESSIONID", Value: "A.node1"}))
}

// Comparing walks every session: what it takes bounds how long the table is held.
func BenchmarkCompare_200kSessions(b *testing.B) {
	cfg := testConfig()
	cfg.MaxSessions, cfg.MaxTokens, cfg.MaxStored, cfg.Wait = 200_000, 200_000, 200_000, 0
	table := NewTable(cfg)
	for n := range uint64(200_000) {
		value := string([]byte{byte(n), byte(n >> 8), byte(n >> 16), 'x'})
		at := began.Add(time.Duration(n) * time.Millisecond)
		it := Item{Kind: KindServer, Span: SpanID{byte(n), byte(n >> 8), byte(n >> 16), 1}, Start: at, End: at, Evidence: &identity.Evidence{
			Session: "session-" + value, SessionSource: identity.SourceAttribute, Presented: identity.Token{Name: "JSESSIONID", Value: value},
		}}
		table.Learn(&it, time.Now())
		table.LearnStored(Stored{Token: TokenHash(cfg.Key, "JSESSIONID", value), At: at})
	}
	b.ReportAllocs()
	for b.Loop() {
		if views, _ := table.Compare(); views.Both == 0 {
			b.Fatal(views)
		}
	}
}
