package change

import (
	"slices"
	"time"
)

// Bounds of a [Ledger] unless told otherwise.
const (
	DefaultMaxChanges = 2000
	// MaxCandidates is how many commits a verdict lists.
	MaxCandidates = 5
)

// Ledger is the record of recent changes. It keeps the newest of each kind and is not safe for concurrent use.
type Ledger struct {
	limit       int
	deployments []Deployment
	flags       []Flag
	commits     []*suspect
	revisions   map[string]bool
	forgotten   uint64
}

// NewLedger keeps at most limit deployments, flags and commits each; 0 means [DefaultMaxChanges].
func NewLedger(limit int) *Ledger {
	if limit <= 0 {
		limit = DefaultMaxChanges
	}
	return &Ledger{limit: limit, revisions: map[string]bool{}}
}

// Deploy records a deployment. One told twice counts once.
func (l *Ledger) Deploy(d Deployment) {
	if !slices.Contains(l.deployments, d) {
		l.deployments = keep(l, l.deployments, d, func(d *Deployment) time.Time { return d.Time }, nil)
	}
}

// Switch records a flag. One told twice counts once.
func (l *Ledger) Switch(f Flag) {
	if !slices.Contains(l.flags, f) {
		l.flags = keep(l, l.flags, f, func(f *Flag) time.Time { return f.Time }, nil)
	}
}

// Commit records a commit. One told twice counts once.
func (l *Ledger) Commit(c Commit) {
	if c.Revision == "" || l.revisions[c.Revision] {
		return
	}
	c.Files = c.Files[:min(len(c.Files), maxFiles)]
	read := newSuspect(&c)
	read.commit.Patch = "" // what matters of it was read
	l.revisions[c.Revision] = true
	l.commits = keep(l, l.commits, read, func(s **suspect) time.Time { return (*s).commit.Time }, func(s **suspect) { delete(l.revisions, (*s).commit.Revision) })
}

// Len is how many deployments, flags and commits are known.
func (l *Ledger) Len() int { return len(l.deployments) + len(l.flags) + len(l.commits) }

// Holds says whether a change is still known: a [Deployment], a [Flag] or a [Commit].
func (l *Ledger) Holds(x any) bool {
	switch x := x.(type) {
	case Deployment:
		return slices.Contains(l.deployments, x)
	case Flag:
		return slices.Contains(l.flags, x)
	case Commit:
		return l.revisions[x.Revision]
	}
	return false
}

// Forgotten counts the changes dropped because newer ones needed their place.
func (l *Ledger) Forgotten() uint64 { return l.forgotten }

// keep inserts in order of time and drops the oldest beyond the limit.
func keep[T any](l *Ledger, all []T, x T, at func(*T) time.Time, drop func(*T)) []T {
	i := len(all)
	for i > 0 && at(&all[i-1]).After(at(&x)) {
		i--
	}
	all = slices.Insert(all, i, x)
	if len(all) <= l.limit {
		return all
	}
	l.forgotten++
	if drop != nil {
		drop(&all[0])
	}
	return slices.Delete(all, 0, 1)
}

func (l *Ledger) view() *view {
	v := &view{deployments: l.deployments, flags: l.flags, commits: l.commits, made: make(map[string]time.Time, len(l.commits))}
	for i := range l.commits {
		v.made[l.commits[i].commit.Revision] = l.commits[i].commit.Time
	}
	return v
}
