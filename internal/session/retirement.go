package session

import (
	"hash/maphash"

	"github.com/braidotel/braid/internal/eventtime"
)

// retired is a trace of which nothing more has to be found out: whose it is was said outright, and who was logged in is
// known. Nearly all traces get there within the batch that brings them, and most are never heard of again; hence it holds
// no pointer for the garbage collector to follow.
type retired struct {
	id             TraceID
	start, touched eventtime.Instant
	owner          uint32 // of the trace's session, in owners
	older          uint32 // position of the one before it in its chain
	is             state
}

// state is a set of facts about a retired trace; zero: it is none any more.
type state uint8

const (
	isRetired state = 1 << iota
	isRequested
	isFailed
	isOutermost
	isRootServer
	isServerSeen
	isTold // it knows otherwise than its session who was there: see retirement.told
)

// told is what a trace knows otherwise than its session.
type told struct{ user, client string }

// retirement keeps retired traces in a ring in order of their last touch. They are found through chains, one for each
// value of a hash, from younger to older. What leaves the ring's old end needs no removal from its chain, which ends where
// positions are older than that: to look a trace up that is not here mostly touches one place of memory, to add and to
// forget one none or two.
type retirement struct {
	ring        []retired // position p is at p modulo the length, a power of two
	front, back uint32    // positions of the oldest, and of the next to come; they wrap around
	heads       []uint32  // position of the youngest of each chain
	live        int
	seed        maphash.Seed
	owners      owners
	told        map[TraceID]told
}

// minRing is the smallest length of a ring, and what an idle table may keep of a peak.
const minRing = 1 << 12

func newRetirement() retirement {
	return retirement{seed: maphash.MakeSeed(), told: make(map[TraceID]told), owners: newOwners()}
}

func (r *retirement) at(position uint32) *retired { return &r.ring[position&uint32(len(r.ring)-1)] }

func (r *retirement) head(id *TraceID) *uint32 {
	return &r.heads[maphash.Bytes(r.seed, id[:])&uint64(len(r.heads)-1)]
}

// find returns a retired trace, nil if there is none of that id. It is valid until the next put.
func (r *retirement) find(id *TraceID) *retired {
	if r.live == 0 {
		return nil
	}
	position := *r.head(id)
	for age := r.back - position; age-1 < r.back-r.front; { // age 0 is one that wrapped around
		e := r.at(position)
		if e.id == *id && e.is != 0 {
			return e
		}
		before := age
		position = e.older
		if age = r.back - position; age <= before {
			return nil // what it followed is so long gone that positions have wrapped around
		}
	}
	return nil
}

// put adds a trace that is not here; the owner of its session counts one more.
func (r *retirement) put(e retired, s *Session) {
	if int(r.back-r.front) == len(r.ring) {
		r.grow()
	}
	e.owner = r.owners.take(s)
	r.link(e)
	r.live++
}

func (r *retirement) link(e retired) {
	head := r.head(&e.id)
	e.older = *head
	*r.at(r.back) = e
	*head = r.back
	r.back++
}

// grow leaves out what was dropped, and makes the ring longer unless that was half of it.
func (r *retirement) grow() {
	old := *r
	size := max(len(old.ring), minRing)
	if 2*r.live > len(old.ring) && len(old.ring) > 0 {
		size *= 2
	}
	r.ring, r.heads = make([]retired, size), make([]uint32, 2*size)
	r.front, r.back = 1<<31, 1<<31 // far from zero, which an unused chain has for its youngest
	for p := old.front; p != old.back; p++ {
		if e := old.at(p); e.is != 0 {
			r.link(*e)
		}
	}
}

// drop forgets a trace.
func (r *retirement) drop(e *retired) {
	r.owners.giveBack(e.owner)
	if e.is&isTold != 0 {
		delete(r.told, e.id)
	}
	e.is = 0
	if r.live--; r.live == 0 && len(r.ring) > minRing {
		r.ring, r.heads = nil, nil // give the memory of the peak back
		r.front, r.back = 0, 0
	}
}

// oldest returns the trace that was touched longest ago, nil if there is none.
func (r *retirement) oldest() *retired {
	if r.live == 0 {
		return nil
	}
	for r.at(r.front).is == 0 {
		r.front++
	}
	return r.at(r.front)
}

// expire forgets at most n traces that were last touched before an instant.
func (r *retirement) expire(before eventtime.Instant, n int) {
	for ; n > 0; n-- {
		e := r.oldest()
		if e == nil || e.touched >= before {
			return
		}
		r.drop(e)
	}
}

// owners gives small numbers to the sessions that retired traces belong to.
type owners struct {
	sessions []*Session // by number; 0 is none
	traces   []uint32   // by number: how many belong to it
	free     []uint32
}

func newOwners() owners { return owners{sessions: make([]*Session, 1), traces: make([]uint32, 1)} }

func (o *owners) take(s *Session) uint32 {
	if s.owner == 0 {
		if n := len(o.free); n > 0 {
			s.owner, o.free = o.free[n-1], o.free[:n-1]
		} else {
			s.owner = uint32(len(o.sessions))
			o.sessions, o.traces = append(o.sessions, nil), append(o.traces, 0)
		}
		o.sessions[s.owner] = s
	}
	o.traces[s.owner]++
	return s.owner
}

func (o *owners) giveBack(number uint32) {
	if o.traces[number]--; o.traces[number] == 0 {
		o.sessions[number].owner = 0
		o.sessions[number] = nil
		o.free = append(o.free, number)
	}
}
