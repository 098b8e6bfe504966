package session

import "time"

// maxSpare bounds the traces kept for reuse.
const maxSpare = 1 << 10

// retire takes the traces touched since the last call out of the table of those that still form. With checkpoints they
// stay: records refer to them.
func (t *Table) retire() {
	t.latest = nil
	for _, tr := range t.fresh {
		tr.fresh = false
		if t.dirty.enabled || !tr.finished() || t.traces[tr.id] != tr {
			continue
		}
		e := retired{id: tr.id, start: tr.start, touched: tr.touched, is: tr.state()}
		if s := tr.session.current(); tr.client != s.client || tr.user != s.userAt(tr.start) {
			e.is |= isTold
			t.retired.told[tr.id] = told{user: tr.user, client: tr.client}
		}
		t.retired.put(e, tr.session)
		delete(t.traces, tr.id)
		t.traceLRU.remove(tr)
		if !tr.listed && len(t.spare) < maxSpare {
			*tr = trace{}
			t.spare = append(t.spare, tr)
		}
	}
	clear(t.fresh)
	t.fresh = t.fresh[:0]
}

// finished reports whether a trace can retire.
func (tr *trace) finished() bool {
	return tr.explicit && tr.settled && tr.session != nil && tr.held == nil && tr.pending == nil &&
		len(tr.tokens) == 0 && tr.login == 0
}

func (tr *trace) state() state {
	is := isRetired
	for _, fact := range [...]struct {
		holds bool
		is    state
	}{
		{tr.requested, isRequested}, {tr.failed, isFailed}, {tr.outermost, isOutermost},
		{tr.rootServer, isRootServer}, {tr.serverSeen, isServerSeen},
	} {
		if fact.holds {
			is |= fact.is
		}
	}
	return is
}

// newTrace returns an empty trace.
func (t *Table) newTrace(id TraceID) *trace {
	if n := len(t.spare); n > 0 {
		tr := t.spare[n-1]
		t.spare = t.spare[:n-1]
		tr.id = id
		return tr
	}
	return &trace{id: id}
}

// revive returns a trace that had retired, nil if there is none.
func (t *Table) revive(id TraceID) *trace {
	e := t.retired.find(&id)
	if e == nil {
		return nil
	}
	tr := t.newTrace(id)
	tr.session, tr.start, tr.clientAt = t.retired.owners.sessions[e.owner], e.start, e.start
	tr.explicit, tr.settled = true, true
	tr.requested, tr.failed = e.is&isRequested != 0, e.is&isFailed != 0
	tr.outermost, tr.rootServer = e.is&isOutermost != 0, e.is&isRootServer != 0
	tr.serverSeen = e.is&isServerSeen != 0
	if e.is&isTold != 0 {
		own := t.retired.told[id]
		tr.user, tr.client = own.user, own.client
	} else {
		s := tr.session.current()
		tr.user, tr.client = s.userAt(tr.start), s.client
	}
	t.retired.drop(e)
	return tr
}

// memory is how long a trace is remembered after its last item.
func (t *Table) memory() time.Duration { return max(t.cfg.TraceTTL, 2*t.cfg.Wait) }
