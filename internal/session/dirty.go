package session

// dirt collects what changed since the last checkpoint.
type dirt struct {
	sessions   []*Session
	traces     []*trace
	gone       []*Session
	goneTraces []*trace
	enabled    bool
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

func (d *dirt) forgotten(s *Session) {
	if d.enabled {
		d.gone = append(d.gone, s)
	}
}

func (d *dirt) forgottenTrace(tr *trace) {
	if d.enabled {
		d.goneTraces = append(d.goneTraces, tr)
	}
}

// Track makes the table remember what changes, for checkpoints.
func (t *Table) Track(enabled bool) { t.dirty.enabled = enabled }
