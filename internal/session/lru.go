package session

// links place an entry in an lru; they are part of the entry, so that a touch neither allocates nor looks anything up.
type links[T any] struct{ newer, older *T }

func (l *links[T]) neighbours() *links[T] { return l }

type linked[T any] interface {
	*T
	neighbours() *links[T]
}

// lru orders entries by last touch.
type lru[T any, P linked[T]] struct {
	newest, oldest *T
	count          int
}

// touch makes e the newest, adding it if it is not in the list.
func (l *lru[T, P]) touch(e *T) {
	if l.newest == e {
		return
	}
	if l.has(e) {
		l.unlink(e)
	} else {
		l.count++
	}
	P(e).neighbours().older = l.newest
	if l.newest != nil {
		P(l.newest).neighbours().newer = e
	}
	l.newest = e
	if l.oldest == nil {
		l.oldest = e
	}
}

func (l *lru[T, P]) remove(e *T) {
	if l.has(e) {
		l.unlink(e)
		l.count--
	}
}

func (l *lru[T, P]) has(e *T) bool {
	return l.newest == e || P(e).neighbours().newer != nil
}

func (l *lru[T, P]) unlink(e *T) {
	n := P(e).neighbours()
	if n.newer != nil {
		P(n.newer).neighbours().older = n.older
	} else {
		l.newest = n.older
	}
	if n.older != nil {
		P(n.older).neighbours().newer = n.newer
	} else {
		l.oldest = n.newer
	}
	n.newer, n.older = nil, nil
}
