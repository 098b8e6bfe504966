package view

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/stored"
)

var start = time.Unix(1_700_000_000, 0)

func anyTwo(_, _ Store) bool { return true }

func small() *View { return New(2, Config{MaxSessions: 4, MaxPerUser: 3, Compare: anyTwo}) }

func (e Event) String() string {
	names := map[Kind]string{Started: "start", LoggedIn: "login", Ended: "end", Duplicate: "duplicate"}
	text := fmt.Sprintf("%s %d %s", names[e.Kind], e.Session.Token, e.Session.User)
	if e.Kind == Duplicate {
		text += fmt.Sprintf(" of %d", e.Other.Token)
	}
	return text + " " + e.Reason
}

func told(v *View) (lines []string) {
	for _, e := range v.Take() {
		lines = append(lines, e.String())
	}
	return lines
}

func TestView_SessionsComeAndGo_AreTold(t *testing.T) {
	v := small()
	v.Begin(0)
	v.Observe(0, 1, stored.Session{User: "mina", Created: start}, start.Add(time.Minute))
	v.Observe(0, 2, stored.Session{Expires: start.Add(time.Hour)}, start.Add(time.Minute))
	assert.False(t, v.Counts(0).Whole)
	v.Finish(0, start.Add(time.Minute))
	events := v.Take()
	require.Len(t, events, 2)
	assert.Equal(t, start, events[0].At, "a session that was there begins when it was created")
	assert.Equal(t, start.Add(time.Minute), events[1].At, "or when it was seen")

	v.Observe(0, 2, stored.Session{User: "jun", Expires: start.Add(2 * time.Hour)}, start.Add(2*time.Minute))
	v.Observe(0, 3, stored.Session{}, start.Add(2*time.Minute))
	v.Remove(0, 1, "logout", start.Add(3*time.Minute))
	v.Remove(0, 9, "logout", start.Add(3*time.Minute))
	v.Observe(0, 3, stored.Session{Over: true}, start.Add(3*time.Minute))
	assert.Equal(t, []string{"login 2 jun ", "start 3  ", "end 1 mina logout", "end 3  logout"}, told(v))

	v.Begin(0)
	v.Finish(0, start.Add(3*time.Hour))
	events = v.Take()
	require.Len(t, events, 1)
	assert.Equal(t, "end 2 jun idle", events[0].String())
	assert.Equal(t, start.Add(2*time.Hour), events[0].At, "it ended when it ran out")
	counts := v.Counts(0)
	assert.Equal(t, Counts{Created: 1, Ended: map[string]uint64{"logout": 2, "idle": 1}, Whole: true}, counts)
	assert.Zero(t, v.Len())
	assert.Zero(t, v.Users())
}

func TestView_PartialFullView_EndsNothing(t *testing.T) {
	v := small()
	v.Begin(0)
	v.Observe(0, 1, stored.Session{}, start)
	v.Finish(0, start)
	v.Begin(0) // and it fails
	v.Begin(0)
	v.Observe(0, 1, stored.Session{}, start)
	v.Finish(0, start)
	assert.Equal(t, []string{"start 1  "}, told(v))
}

func TestView_OneUserInTwoStores_IsADuplicate(t *testing.T) {
	v := small()
	v.Observe(0, 1, stored.Session{User: "mina", Created: start}, start)
	v.Observe(1, 2, stored.Session{User: "mina", Created: start.Add(time.Minute)}, start.Add(time.Minute))
	assert.Equal(t, []string{"start 1 mina ", "start 2 mina ", "duplicate 2 mina of 1 "}, told(v))
	v.Observe(1, 2, stored.Session{User: "mina", Created: start.Add(time.Minute)}, start.Add(time.Minute))
	assert.Empty(t, told(v), "once")
	v.Remove(0, 1, "logout", start.Add(2*time.Minute))
	v.Take()
	v.Observe(0, 3, stored.Session{}, start.Add(3*time.Minute))
	v.Login(0, 3, "mina", start.Add(3*time.Minute))
	assert.Equal(t, []string{"start 3  ", "login 3 mina ", "duplicate 3 mina of 2 "}, told(v))
	assert.Equal(t, 1, v.Users())

	apart := New(2, Config{MaxSessions: 4, MaxPerUser: 3, Compare: func(a, b Store) bool { return a == b }})
	apart.Observe(0, 1, stored.Session{User: "mina"}, start)
	apart.Observe(1, 2, stored.Session{User: "mina"}, start)
	assert.Len(t, told(apart), 2, "each store by itself")
}

func TestView_SharedAccount_IsToldOncePerSession(t *testing.T) {
	v := New(1, Config{MaxSessions: 100, MaxPerUser: 3, Compare: anyTwo})
	for token := range Token(50) {
		v.Observe(0, token, stored.Session{User: "kiosk"}, start)
	}
	assert.Len(t, told(v), 50+49)
	for token := range Token(50) {
		v.Remove(0, token, "logout", start)
	}
	assert.Zero(t, v.Users())
}

func TestView_UserListedBeforeTheSession_IsItsUser(t *testing.T) {
	v := small()
	v.Begin(0)
	v.Login(0, 1, "mina", start)
	v.Observe(0, 1, stored.Session{}, start)
	v.Finish(0, start)
	assert.Equal(t, []string{"start 1 mina "}, told(v))
	assert.Equal(t, 1, v.Counts(0).LoggedIn)
}

func TestView_TwoStoresOneSession_BelongsToTheFirst(t *testing.T) {
	v := small()
	v.Observe(0, 1, stored.Session{}, start)
	v.Observe(1, 1, stored.Session{User: "jun"}, start)
	v.Remove(1, 1, "logout", start)
	v.Finish(1, start)
	assert.Equal(t, []string{"start 1  "}, told(v))
}

func TestView_Full_CountsWhatItDoesNotKnow(t *testing.T) {
	v := small()
	for token := range Token(6) {
		v.Observe(0, token, stored.Session{User: "mina"}, start)
	}
	assert.Equal(t, 4, v.Len())
	assert.Equal(t, uint64(2), v.Counts(0).Refused)
	v.Remove(0, 0, "logout", start)
	v.Observe(0, 5, stored.Session{}, start)
	assert.Equal(t, 4, v.Len(), "there is room again")
}

// However changes come, counts are those of the sessions that are there.
func TestView_RandomChanges_CountsAgree(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	v := New(3, Config{MaxSessions: 40, MaxPerUser: 4, Compare: anyTwo})
	for step := range 20_000 {
		now := start.Add(time.Duration(step) * time.Second)
		of, token := Store(random.IntN(3)), Token(random.IntN(60))
		user := ""
		if random.IntN(2) == 0 {
			user = fmt.Sprint("user", random.IntN(8))
		}
		switch random.IntN(12) {
		case 0:
			v.Begin(of)
		case 1:
			v.Finish(of, now)
		case 2, 3, 4:
			v.Remove(of, token, "", now)
		case 5:
			v.Login(of, token, "user1", now)
		default:
			v.Observe(of, token, stored.Session{User: user, Created: now, Over: random.IntN(9) == 0}, now)
		}
		v.Take()
	}
	active, loggedIn := map[Store]int{}, map[Store]int{}
	users := map[string]bool{}
	for _, s := range v.sessions {
		active[s.store]++
		if s.user != "" {
			loggedIn[s.store]++
			users[s.user] = true
		}
	}
	for of := range Store(3) {
		assert.Equal(t, active[of], v.Counts(of).Active)
		assert.Equal(t, loggedIn[of], v.Counts(of).LoggedIn)
	}
	for user := range v.users {
		assert.True(t, users[user], user)
	}
}
