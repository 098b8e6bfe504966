package session

import (
	"time"

	"github.com/braidotel/braid/internal/eventtime"
)

// retired is a trace of which nothing more has to be found out: whose it is was said outright, and who was logged in is
// known. Nearly all traces get there within the batch that brings them, and most are never heard of again; this is a
// third of what a trace that forms takes, and little for the garbage collector to follow.
type retired struct {
	session        *Session
	own            *ownTexts // nil where the session has the same
	start, touched eventtime.Instant

	requested, failed, outermost, rootServer, serverSeen bool
}

// ownTexts is what a trace knows otherwise than its session.
type ownTexts struct{ user, client string }

// retirement keeps retired traces in order of their last touch.
type retirement struct {
	traces map[TraceID]retired
	queue  []retiredAt
	front  int
}

type retiredAt struct {
	id      TraceID
	touched eventtime.Instant
}

func (r *retirement) put(id TraceID, tr retired) {
	r.traces[id] = tr
	if r.front > 1<<12 && 2*r.front > len(r.queue) {
		r.queue = append(r.queue[:0], r.queue[r.front:]...)
		r.front = 0
	}
	r.queue = append(r.queue, retiredAt{id: id, touched: tr.touched})
}

// oldest returns the trace that was touched longest ago; false if there is none.
func (r *retirement) oldest() (retiredAt, bool) {
	for ; r.front < len(r.queue); r.front++ {
		at := r.queue[r.front]
		if tr, ok := r.traces[at.id]; ok && tr.touched == at.touched {
			return at, true
		}
	}
	if r.front > 1<<12 {
		r.traces, r.queue = make(map[TraceID]retired), nil // none is left: give the memory of the peak back
	}
	r.queue, r.front = r.queue[:0], 0
	return retiredAt{}, false
}

// expire forgets at most n traces that were last touched before an instant, and returns how many more there might be.
func (r *retirement) expire(before eventtime.Instant, n int) int {
	for ; n > 0; n-- {
		at, ok := r.oldest()
		if !ok || at.touched >= before {
			break
		}
		delete(r.traces, at.id)
	}
	return n
}

// retire takes the traces touched since the last call out of the table of those that still form. With checkpoints they
// stay: records refer to them.
func (t *Table) retire() {
	for _, tr := range t.fresh {
		tr.fresh = false
		if t.dirty.enabled || !tr.finished() || t.traces[tr.id] != tr {
			continue
		}
		r := retired{
			session: tr.session, start: tr.start, touched: tr.touched,
			requested: tr.requested, failed: tr.failed, outermost: tr.outermost,
			rootServer: tr.rootServer, serverSeen: tr.serverSeen,
		}
		if s := tr.session.current(); tr.client != s.client || tr.user != s.userAt(tr.start) {
			r.own = &ownTexts{user: tr.user, client: tr.client}
		}
		delete(t.traces, tr.id)
		t.traceLRU.remove(tr)
		t.retired.put(tr.id, r)
	}
	clear(t.fresh)
	t.fresh = t.fresh[:0]
}

// finished reports whether a trace can retire.
func (tr *trace) finished() bool {
	return tr.explicit && tr.settled && tr.session != nil && tr.held == nil && tr.pending == nil &&
		len(tr.tokens) == 0 && tr.login == 0
}

// revive returns a trace that had retired, nil if there is none.
func (t *Table) revive(id TraceID) *trace {
	r, ok := t.retired.traces[id]
	if !ok {
		return nil
	}
	delete(t.retired.traces, id)
	tr := &trace{
		id: id, session: r.session, start: r.start, clientAt: r.start, explicit: true, settled: true,
		requested: r.requested, failed: r.failed, outermost: r.outermost,
		rootServer: r.rootServer, serverSeen: r.serverSeen,
	}
	if r.own != nil {
		tr.user, tr.client = r.own.user, r.own.client
	} else {
		s := r.session.current()
		tr.user, tr.client = s.userAt(r.start), s.client
	}
	return tr
}

// memory is how long a trace is remembered after its last item.
func (t *Table) memory() time.Duration { return max(t.cfg.TraceTTL, 2*t.cfg.Wait) }
