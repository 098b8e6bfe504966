package session

// dirt collects what changed since the last checkpoint.
type dirt struct {
	enabled  bool
	sessions []*Session
	traces   []*trace
	clients  []*attempts
	totals   bool
}

func (t *Table) markSession(s *Session) {
	if t.dirty.enabled && !s.dirty {
		s.dirty = true
		t.dirty.sessions = append(t.dirty.sessions, s)
	}
}

func (t *Table) markTrace(tr *trace) {
	if t.dirty.enabled && !tr.dirty {
		tr.dirty = true
		t.dirty.traces = append(t.dirty.traces, tr)
	}
}

func (t *Table) markClient(c *attempts) {
	if t.dirty.enabled && !c.dirty {
		c.dirty = true
		t.dirty.clients = append(t.dirty.clients, c)
	}
}
