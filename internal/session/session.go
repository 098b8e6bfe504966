package session

import (
	"slices"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
)

const (
	maxPlacesPerSession = 64
	maxTokensPerSession = 16
	maxUsersPerSession  = 8
	maxPageBytes        = 256
	// touchEvery is how exact the order of last touch is while the table is less than half full: moving a session in it
	// touches the memory of five.
	touchEvery = 10 * time.Second
)

// Session is one visit: activity under one session id without a gap longer than the idle time. A million of them are
// expected to be open at once, hence the small fields: pages and places are interned, tokens are kept as hashes, and what
// few sessions have lives in succession.
type Session struct {
	id      string
	client  string
	login   [1]userSince // the only one, if users has no others
	places  places
	tokens  tokens
	start   eventtime.Instant
	last    eventtime.Instant // end of the latest activity
	logout  eventtime.Instant // zero: none seen
	entryAt eventtime.Instant
	exitAt  eventtime.Instant
	timer   eventtime.Instant // when due looks at it next, to forget it once it is closed; zero: never

	links[Session]
	sameUser   *Session // next in the list of the user's sessions
	succession *succession

	serial              uint64            // names the session in checkpoints
	touched             eventtime.Instant // when last moved in the order of touch
	segment             uint64            // of the journal, where its latest state is
	requests, errors    uint32
	entryPage, exitPage page
	owner               uint32 // its number among those that retired traces belong to; 0: no trace does

	announced bool
	outermost bool // client is what an outermost server saw
	promoted  bool // the id is a token's value: nothing better was known
	closed    bool
	long      bool
	dirty     bool
	listed    bool // in the user's list
}

// succession ties a session to those before and after it.
type succession struct {
	previous   string
	next       *Session          // a later visit under the same id, unannounced while this one may still grow into it
	merged     *Session          // set when this visit turned out to be part of that one
	lineage    *lineage          // shared with those before and after it
	replacedAt eventtime.Instant // zero: no successor seen
	users      []userSince       // where there was more than one
}

// ties returns the session's succession, making it if there is none.
func (s *Session) ties() *succession {
	if s.succession == nil {
		s.succession = &succession{}
	}
	return s.succession
}

func (s *Session) replacedAt() eventtime.Instant {
	if s.succession == nil {
		return 0
	}
	return s.succession.replacedAt
}

func (s *Session) previous() string {
	if s.succession == nil {
		return ""
	}
	return s.succession.previous
}

type userSince struct {
	since eventtime.Instant
	id    string // empty: logged out
}

// current follows merges.
func (s *Session) current() *Session {
	for s != nil && s.succession != nil && s.succession.merged != nil {
		s = s.succession.merged
	}
	return s
}

// bound is the last instant at which activity still belongs to this visit.
func (s *Session) bound(idle, linger time.Duration) eventtime.Instant {
	switch replacedAt := s.replacedAt(); {
	case s.logout != 0:
		return s.logout.Add(linger)
	case replacedAt != 0:
		return max(s.last, replacedAt).Add(linger)
	}
	return s.last.Add(idle)
}

// end is when the visit ended, if it has: the half-open end of [log-in, end).
func (s *Session) end(idle time.Duration) eventtime.Instant {
	switch replacedAt := s.replacedAt(); {
	case s.logout != 0:
		return s.logout
	case replacedAt != 0:
		return replacedAt
	}
	return s.last.Add(idle)
}

func (s *Session) reason() EndReason {
	switch {
	case s.logout != 0:
		return EndLogout
	case s.replacedAt() != 0:
		return EndReplaced
	}
	return EndIdle
}

// users are those who were logged in, oldest first; an empty id is nobody.
func (s *Session) users() []userSince {
	switch {
	case s.succession != nil && s.succession.users != nil:
		return s.succession.users
	case s.login[0] == userSince{}:
		return nil
	}
	return s.login[:]
}

// setUsers keeps users: most sessions have one, which needs no list.
func (s *Session) setUsers(users []userSince) {
	if len(users) == 1 {
		s.login[0] = users[0]
		return
	}
	s.ties().users = users
}

// userAt is who was logged in at an instant, empty if nobody is known to have been.
func (s *Session) userAt(at eventtime.Instant) string {
	users := s.users()
	for i := len(users) - 1; i >= 0; i-- {
		if users[i].since <= at {
			return users[i].id
		}
	}
	return ""
}

// user is the last user known, and since when.
func (s *Session) user() (string, eventtime.Instant) {
	users := s.users()
	for i := len(users) - 1; i >= 0; i-- {
		if users[i].id != "" {
			return users[i].id, users[i].since
		}
	}
	return "", 0
}

// learnUser notes that user was there at an instant and reports whether that changed anything.
func (s *Session) learnUser(user string, at eventtime.Instant) bool {
	users := s.users()
	i := len(users)
	for i > 0 && users[i-1].since > at {
		i--
	}
	if i > 0 && users[i-1].id == user {
		return false
	}
	if i < len(users) && users[i].id == user {
		users[i].since = at
		return true
	}
	if len(users) >= maxUsersPerSession {
		return false
	}
	s.setUsers(slices.Insert(slices.Clip(users), i, userSince{since: at, id: strings.Clone(user)}))
	return true
}
