package session

// lineage is the sessions that followed each other under one token or id: one visitor, however often what names the
// session changed. It is a node of a union-find forest; sessions hold nodes rather than each other, so that those that are
// forgotten can go.
type lineage struct {
	up     *lineage
	serial uint64 // of the session that it began with
}

// root finds the node that stands for the whole lineage, shortening the way for the next time.
func (l *lineage) root() *lineage {
	for l.up != nil {
		if l.up.up != nil {
			l.up = l.up.up
		}
		l = l.up
	}
	return l
}

// lineage returns the session's own, making it if there is none.
func (s *Session) lineage() *lineage {
	ties := s.ties()
	if ties.lineage == nil {
		ties.lineage = &lineage{serial: s.serial}
	}
	return ties.lineage.root()
}

// related reports whether two sessions are of one lineage.
func (s *Session) related(other *Session) bool {
	if s == other {
		return true
	}
	return s.succession != nil && other.succession != nil && s.succession.lineage != nil &&
		other.succession.lineage != nil && s.lineage() == other.lineage()
}

// relate makes two sessions one lineage.
func (s *Session) relate(other *Session) {
	if !s.related(other) {
		s.lineage().up = other.lineage()
	}
}
