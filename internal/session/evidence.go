package session

import (
	"strings"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/identity"
)

// alias says whose session a token stands for.
type alias struct {
	session *Session
	since   eventtime.Instant
}

const maxTokensPerTrace = 8

// learnEvidence takes in what an item of a trace says itself.
func (t *Table) learnEvidence(tr *trace, it *Item) {
	e := it.Evidence
	t.markTrace(tr)
	tr.learnUser(e)
	if it.Kind == KindServer || it.Kind == KindLog {
		tr.learnClient(e.Client, it.Start, tr.isOutermost(it))
	}
	if e.Session != "" {
		it.session = t.openVisit(e.Session, it.Start)
		t.succeed(it.session, e.Previous, it.Start)
		if !tr.explicit {
			tr.explicit = true
			t.bindTrace(tr, it.session)
		}
	}
	t.learnToken(tr, it, e.Presented, false)
	t.learnToken(tr, it, e.Issued, true)
	if tr.session != nil {
		t.introduce(tr, tr.session.current())
	}
}

// introduce tells a session what its trace knows of the visitor.
func (t *Table) introduce(tr *trace, s *Session) {
	defer tr.share(s)
	if tr.client != "" && (s.client == "" || tr.outermost && !s.outermost) {
		s.client, s.outermost = tr.client, tr.outermost
		t.markSession(s)
	}
	if tr.user != "" {
		t.learnUser(s, tr.user, tr.start)
	}
}

// learnToken notes a token that a trace showed: it stands for the trace's session, or tells which that is.
func (t *Table) learnToken(tr *trace, it *Item, shown identity.Token, issued bool) {
	if shown.Value == "" {
		return
	}
	h := t.hash.token(shown.Name, normalise(shown))
	if tr.explicit {
		t.tie(h, tr.session.current(), tr.start)
		return
	}
	if tr.hasToken(h) || len(tr.tokens) >= maxTokensPerTrace {
		return
	}
	tk := token{hash: h, issued: issued}
	if tr.session == nil && t.cfg.Promote != PromoteNever && it.Kind == KindServer && it.Act&ActRefused == 0 {
		tk.id = strings.Clone(shown.Value)
	}
	tr.tokens = append(tr.tokens, tk)
	if tr.session != nil {
		t.tie(h, tr.session.current(), tr.start)
	} else if s := t.lookup(h, it.Start, it.at, true); s != nil {
		t.bindTrace(tr, s)
	} else {
		t.waiter(h).addTrace(tr)
	}
}

// normalise strips from a JSESSIONID the route to the server that holds it (jvmRoute): a failover changes the route of
// the same session.
func normalise(shown identity.Token) string {
	if shown.Name == "JSESSIONID" {
		if dot := strings.LastIndexByte(shown.Value, '.'); dot > 0 {
			return shown.Value[:dot]
		}
	}
	return shown.Value
}

// bindTrace makes s the trace's session: for its tokens, for what it has shown so far, for what is held.
func (t *Table) bindTrace(tr *trace, s *Session) {
	tr.session = s
	t.markTrace(tr)
	visit := s
	if a := tr.pending; a != nil {
		tr.pending = nil
		if visit = t.visitOf(s, a.first); !visit.closed {
			tr.session = visit
			t.creditTrace(tr, visit, a)
		}
	}
	t.introduce(tr, visit)
	for i := range tr.tokens {
		tr.tokens[i].id = ""
		t.tie(tr.tokens[i].hash, s, tr.start)
	}
	if tr.explicit {
		tr.tokens = nil // their session cannot change any more
	}
	if tr.held != nil {
		t.bound = append(t.bound, tr)
	}
}

// tie makes a token stand for s from an instant on, and tells whoever waited for the token.
func (t *Table) tie(h tokenHash, s *Session, at eventtime.Instant) {
	if h == s.tokens.first && s.tokens.since != 0 && at >= s.tokens.since {
		return // as it does already
	}
	a, ok := t.aliases[h]
	was := a.session.current()
	switch {
	case !ok:
		if !s.tokens.has(h) && !s.tokens.add(h) {
			return
		}
		a = alias{session: s, since: at}
		t.markSession(s)
	case was == s:
		if at >= a.since {
			s.tokens.knows(h, a.since)
			return
		}
		a.since = at
		t.markSession(s)
	case at < a.since:
		t.before[h] = s
	default:
		if !s.tokens.has(h) && !s.tokens.add(h) {
			return
		}
		was.tokens.knows(h, 0)
		a = alias{session: s, since: at}
		t.before[h] = was
		t.follow(was, s, at)
		t.markSession(s)
	}
	if a.session.current() == s {
		s.tokens.knows(h, a.since)
	}
	t.aliases[h] = a
	if len(t.stored) > 0 {
		t.meet(h, s.current(), at)
	}
	t.wake(h, s)
}

func (t *Table) forgetToken(h tokenHash) {
	delete(t.aliases, h)
	delete(t.before, h)
}

// inheritTokens makes the tokens of a visit stand for the one that it is part of.
func (t *Table) inheritTokens(s, next *Session) {
	for h := range next.tokens.all() {
		if s.tokens.has(h) || s.tokens.add(h) {
			continue
		}
		if a, ok := t.aliases[h]; ok && a.session.current() == s {
			t.forgetToken(h)
		}
	}
	next.tokens = tokens{}
}

// follow notes that s came after was under one token: not two people.
func (t *Table) follow(was, s *Session, at eventtime.Instant) {
	if !s.related(was) {
		s.relate(was)
		if s.succession.previous == "" && s.id != was.id {
			s.succession.previous = was.id
		}
		t.markSession(s)
		t.markSession(was)
	}
	if was.closed {
		return
	}
	if was.promoted || was.last <= at {
		t.replace(was, at)
	}
}

// replace notes that a session has a successor; it ends unless it shows more activity after that. One that had idled out
// by then has not been replaced.
func (t *Table) replace(s *Session, at eventtime.Instant) {
	if at > s.bound(t.cfg.Idle, t.cfg.Linger) {
		return
	}
	s.ties().replacedAt = at
	t.markSession(s)
	t.schedule(s, s.bound(t.cfg.Idle, t.cfg.Linger))
}

// succeed applies an explicit session.previous_id.
func (t *Table) succeed(s *Session, previous string, at eventtime.Instant) {
	if previous == "" || previous == s.id || s.previous() == previous {
		return
	}
	s.ties().previous = strings.Clone(previous)
	t.markSession(s)
	if was := t.sessions[t.hash.session(previous)]; was != nil && !was.closed && was != s {
		s.relate(was)
		t.replace(was, at)
	}
}

// lookup finds the session that a token stood for. Activity beyond the end of that session does not belong to it: a
// session named by the token itself begins anew, any other has to be named again by whoever names sessions.
func (t *Table) lookup(h tokenHash, start, at eventtime.Instant, active bool) *Session {
	a, ok := t.aliases[h]
	if !ok {
		return nil
	}
	s := a.session.current()
	if before := t.before[h]; before != nil && at < a.since {
		s = before.current()
	}
	if !active || aliasHolds(start, s.bound(t.cfg.Idle, t.cfg.Linger)) {
		return s
	}
	if s.promoted && s.replacedAt() == 0 {
		visit := t.openVisit(s.id, start)
		visit.promoted = true
		return visit
	}
	return nil
}

// promote makes a session of a token that a trace showed, where nothing better can be expected.
func (t *Table) promote(tr *trace) {
	if t.cfg.Promote == PromoteNever || t.cfg.Promote == PromoteRoot && !tr.rootServer {
		return
	}
	var best *token
	for i := range tr.tokens {
		tk := &tr.tokens[i]
		if tk.id == "" {
			continue
		}
		if !tk.issued {
			best = tk // presented: the visitor has had it before the answer changed it
			break
		}
		best = tk
	}
	if best == nil {
		return
	}
	if w := t.waiting[best.hash]; t.cfg.Promote == PromoteRoot && !best.issued && w != nil &&
		t.clock.Head().Sub(w.since) < t.cfg.PromoteAfter {
		return // its issuing answer may still come, and with it the session it belongs to
	}
	s := t.openVisit(best.id, tr.start)
	s.promoted = true
	t.bindTrace(tr, s)
}

// learnLoose takes in an item without a trace.
func (t *Table) learnLoose(it *Item) {
	e := it.Evidence
	active := it.Kind != KindLog || it.Act != 0 || e.Session != "" && e.SessionSource != identity.SourceBody
	if it.Act&ActLogin != 0 && e.Client != "" {
		t.attempt(e.Client, it.at, it.Act&ActRefused != 0, e.User)
	}
	if e.Empty() {
		return
	}
	switch {
	case e.Session != "" && active:
		it.session = t.openVisit(e.Session, it.Start)
		t.succeed(it.session, e.Previous, it.Start)
	case e.Session != "":
		it.session = t.sessions[t.hash.session(e.Session)].current()
	}
	for _, shown := range []identity.Token{e.Presented, e.Issued} {
		if shown.Value == "" {
			continue
		}
		h := t.hash.token(shown.Name, normalise(shown))
		if it.session != nil && e.Session != "" {
			t.tie(h, it.session.current(), it.at)
		} else if it.session == nil {
			it.session = t.lookup(h, it.Start, it.at, active)
		}
	}
	s := it.session.current()
	if s == nil || s.closed {
		return
	}
	if active {
		var a activity
		a.add(it, t.page(it.Page))
		t.credit(s, &a, a.request && t.first(it, countRequest), a.failed && t.first(it, countError))
	}
	if e.User != "" {
		t.learnUser(s, e.User, it.at)
	}
}

// first is First for the table's own rules.
func (t *Table) first(it *Item, rule byte) bool {
	if it.Span == (SpanID{}) {
		return true
	}
	return t.counted.add(t.hash.item(it.Trace, it.Span, rule))
}
