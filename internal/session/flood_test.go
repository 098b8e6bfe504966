package session

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

// attempt is one trace that tries to log in.
func (s *scenario) attempt(n int, at float64, client, who string, refused bool) {
	s.Helper()
	act := ActLogin
	if refused {
		act |= ActRefused
	}
	it := s.item(KindServer, 1, at, []change{from(client), user(who), does(act)})
	it.Trace = TraceID{1, byte(n >> 16), byte(n >> 8), byte(n)}
	s.arrive("login", it)
}

func TestFlood_AttemptsOfOneMinute(t *testing.T) {
	t.Parallel()
	const attacker = "192.0.2.195"
	for name, tc := range map[string]struct {
		play func(*scenario)
		want []string
	}{
		"one_less_than_the_threshold": {func(s *scenario) {
			for i := range 59 {
				s.attempt(i, float64(i), attacker, "", true)
			}
		}, nil},
		"the_threshold": {func(s *scenario) {
			for i := range 60 {
				s.attempt(i, float64(i), attacker, "", true)
			}
		}, []string{"flood 192.0.2.195 60"}},
		"the_threshold_over_more_than_a_minute": {func(s *scenario) {
			for i := range 600 {
				s.attempt(i, float64(i)*1.1, attacker, "", true)
			}
		}, nil},
		"across_the_minutes_boundary": {func(s *scenario) {
			for i := range 60 {
				s.attempt(i, 30+float64(i)/2, attacker, "", true)
			}
		}, []string{"flood 192.0.2.195 60"}},
		"once_per_episode": {func(s *scenario) {
			for i := range 600 {
				s.attempt(i, float64(i)/2, attacker, fmt.Sprint("name", i%189), true)
			}
		}, []string{"flood 192.0.2.195 60"}},
		"two_episodes": {func(s *scenario) {
			for i := range 60 {
				s.attempt(i, float64(i)/2, attacker, "", true)
			}
			for i := range 60 {
				s.attempt(100+i, 600+float64(i)/2, attacker, "", true)
			}
		}, []string{"flood 192.0.2.195 60", "flood 192.0.2.195 60"}},
		"two_addresses": {func(s *scenario) {
			for i := range 118 {
				s.attempt(i, float64(i)/2, fmt.Sprint("192.0.2.", i%2), "", true)
			}
		}, nil},
		"second_copies_count_once": {func(s *scenario) {
			for i := range 80 {
				s.attempt(i%40, float64(i%40), attacker, "", true)
			}
		}, nil},
		"spans_of_one_attempt_count_once": {func(s *scenario) {
			for i := range 80 {
				s.attempt(i/2, float64(i)/2, attacker, "", true)
			}
		}, nil},
		"honest_users_behind_one_address": {func(s *scenario) {
			for i := range 500 {
				s.attempt(i, float64(i)/10, "192.0.2.2", fmt.Sprint("member", i), false)
			}
		}, nil},
		"honest_users_who_mistype": {func(s *scenario) {
			for i := range 300 {
				s.attempt(i, float64(i)/6, "192.0.2.2", fmt.Sprint("member", i), i%3 == 0)
			}
		}, nil},
		"one_user_again_and_again": {func(s *scenario) {
			for i := range 61 {
				s.attempt(i, float64(i)/2, attacker, "robot", false)
			}
		}, []string{"flood 192.0.2.195 60"}},
		"an_attacker_among_honest_users": {func(s *scenario) {
			for i := range 25 {
				s.attempt(i, float64(i), "192.0.2.2", fmt.Sprint("member", i), false)
			}
			for i := range 100 {
				s.attempt(100+i, 25+float64(i)/10, "192.0.2.2", "", true)
			}
		}, []string{"flood 192.0.2.2 60"}},
		"no_address": {func(s *scenario) {
			for i := range 100 {
				s.attempt(i, float64(i)/10, "", "", true)
			}
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScenario(t)
			tc.play(s)
			s.finish()
			s.tells("flood", tc.want...)
			s.tells("start") // a refused log-in is nobody's session
		})
	}
}

func TestFlood_OutOfOrder_ToldAllTheSame(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 0))
		s := newScenario(t)
		for _, i := range random.Perm(80) {
			s.attempt(i, float64(i)/8, "192.0.2.195", "", true)
		}
		s.finish()
		s.tells("flood", "flood 192.0.2.195 60")
	}
}

func TestFlood_Off_TellsNothing(t *testing.T) {
	t.Parallel()
	s := newScenario(t, func(c *Config) { c.FloodAttempts = 0 })
	for i := range 200 {
		s.attempt(i, float64(i)/10, "192.0.2.195", "", true)
	}
	s.finish()
	s.tells("flood")
}

func TestFlood_MoreClientsThanFit_ForgetsTheOldestAndCounts(t *testing.T) {
	t.Parallel()
	s := newScenario(t, func(c *Config) { c.MaxClients = 10 })
	for i := range 25 {
		s.attempt(i, float64(i), fmt.Sprint("192.0.2.", i), "", true)
	}
	s.finish()
	assert.Len(t, s.table.floods.clients, 10)
	assert.EqualValues(t, 15, s.table.Stats().EvictedClients)
}
