package session

import (
	"fmt"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/eventtime"
)

// floodWindow is the sliding window over which attempts are counted, in seconds.
const floodWindow = 60

// maxFloodUsers bounds the users remembered of one client.
const maxFloodUsers = 1 << 12

// floods finds clients that make too many suspicious attempts to log in within a minute. Refused attempts are suspicious,
// and so are repeated log-ins of one user. A client is not a flood while more different users get in than attempts are
// suspicious: that is an office behind one address.
type floods struct {
	threshold int
	limit     int
	clients   map[string]*attempts
	recent    lru[attempts, *attempts]
	evicted   uint64
}

// attempts is one client's recent past by second; the ring holds a window before and after the newest.
type attempts struct {
	links[attempts]
	client     string
	segment    uint64 // of the journal, where its latest state is
	dirty      bool
	forgotten  bool
	newest     int64 // second
	suspicious [2 * floodWindow]uint16
	users      map[tokenHash]int64 // second of the last log-in
	flooding   int64               // last second of the flood that was told; zero: none
}

func newFloods(threshold, limit int) *floods {
	return &floods{threshold: threshold, limit: limit, clients: make(map[string]*attempts)}
}

// attempt counts one attempt and returns its client and the number of suspicious attempts in the minute that makes it a flood, zero if
// it makes none. A flood is told once, until a minute has passed without.
func (f *floods) attempt(client string, at eventtime.Instant, refused bool, user tokenHash) (*attempts, int) {
	if f.threshold <= 0 {
		return nil, 0
	}
	c := f.client(client)
	second := int64(at) / int64(time.Second)
	if second <= c.newest-int64(len(c.suspicious)) {
		return c, 0 // older than anything that is kept
	}
	c.advance(second)
	if !refused && c.loggedIn(user, second) {
		return c, 0
	}
	i := second % int64(len(c.suspicious))
	if c.suspicious[i] < 1<<16-1 {
		c.suspicious[i]++
	}
	n := c.busiest(second)
	if n < f.threshold || n <= len(c.users) {
		return c, 0
	}
	told := c.flooding != 0 && second-c.flooding <= floodWindow
	c.flooding = max(c.flooding, second)
	if told {
		return c, 0
	}
	return c, n
}

func (f *floods) client(client string) *attempts {
	c := f.clients[client]
	if c == nil {
		if oldest := f.recent.oldest; oldest != nil && len(f.clients) >= f.limit {
			f.recent.remove(oldest)
			delete(f.clients, oldest.client)
			oldest.forgotten = true
			f.evicted++
		}
		c = &attempts{client: strings.Clone(client), users: make(map[tokenHash]int64)}
		f.clients[c.client] = c
	}
	f.recent.touch(c)
	return c
}

// advance empties the seconds between the newest and a newer one.
func (c *attempts) advance(second int64) {
	if second <= c.newest {
		return
	}
	size := int64(len(c.suspicious))
	for s := max(c.newest+1, second-size+1); s <= second; s++ {
		c.suspicious[s%size] = 0
	}
	c.newest = second
	for user, last := range c.users {
		if last <= second-floodWindow {
			delete(c.users, user)
		}
	}
}

// loggedIn notes a log-in and reports whether it is an honest one: the user's first in the window.
func (c *attempts) loggedIn(user tokenHash, second int64) bool {
	_, again := c.users[user]
	if !again && len(c.users) < maxFloodUsers {
		c.users[user] = second
	}
	return !again
}

// busiest is the largest count of a window that contains the second.
func (c *attempts) busiest(second int64) int {
	size := int64(len(c.suspicious))
	count := func(s int64) int {
		if s > c.newest || s <= c.newest-size || s < 0 {
			return 0
		}
		return int(c.suspicious[s%size])
	}
	n := 0
	for s := second - floodWindow + 1; s <= second; s++ {
		n += count(s)
	}
	best := n
	for end := second + 1; end < second+floodWindow && end <= c.newest; end++ {
		n += count(end) - count(end-floodWindow)
		best = max(best, n)
	}
	return best
}

// encode is the client's record in a checkpoint.
func (c *attempts) encode() []byte {
	var e encoder
	e.instant(eventtime.Instant(c.newest))
	e.instant(eventtime.Instant(c.flooding))
	for _, n := range c.suspicious {
		e.uint(uint64(n))
	}
	e.uint(uint64(len(c.users)))
	for user, second := range c.users {
		e.hash(user)
		e.instant(eventtime.Instant(second))
	}
	return e.b
}

func (f *floods) restore(segment uint64, client string, b []byte) error {
	d := decoder{b: b}
	c := attempts{client: client, segment: segment, users: make(map[tokenHash]int64)}
	c.newest, c.flooding = int64(d.instant()), int64(d.instant())
	for i := range c.suspicious {
		c.suspicious[i] = uint16(d.uint())
	}
	for range d.count(maxFloodUsers) {
		user := d.hash()
		c.users[user] = int64(d.instant())
	}
	if d.err != nil || c.newest < 0 || f.clients[client] != nil {
		return fmt.Errorf("client: %w", errTorn)
	}
	entered := f.client(client)
	c.links = entered.links
	*entered = c
	return nil
}
