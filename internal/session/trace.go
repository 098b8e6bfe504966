package session

import (
	"strings"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/identity"
)

// trace is what is known of one trace: whose it is, and what it has shown before that was known.
type trace struct {
	id       TraceID
	root     SpanID // the span without a parent, if seen
	caller   SpanID // the parent of the outermost server span, if seen
	session  *Session
	user     string
	client   string
	clientAt eventtime.Instant // start of the server span that told client: the outermost starts first
	start    eventtime.Instant // of the earliest server span, else of the earliest item
	touched  eventtime.Instant // head when last touched
	tokens   []token
	pending  *activity // shown before the session was known
	held     *Held     // waiting for this trace, newest first
	links[trace]
	segment uint64 // of the journal, where its latest state is

	outermost  bool // client is what the outermost server saw
	explicit   bool // a span carried the session id itself
	serverSeen bool
	rootServer bool // the root is a server span: no browser before it
	settled    bool // nothing more is to be expected about the user
	requested  bool // counted as a request
	failed     bool // counted as an error
	forgotten  bool
	login      Act
	dirty      bool
	fresh      bool // touched since the last settle
	listed     bool // among those that wait for a token
}

// token is a session token that a trace showed.
type token struct {
	hash   tokenHash
	issued bool
	// id is the value itself, kept only where it may have to become the session's id.
	id string
}

// learnShape notes where the item stands in its trace and reports whether that told anything new.
func (tr *trace) learnShape(it *Item) bool {
	told := tr.start == 0
	if !tr.serverSeen && (tr.start == 0 || it.Start < tr.start) {
		tr.start = it.Start
	}
	if it.Kind == KindLog {
		return told
	}
	if it.Parent == (SpanID{}) && it.Span != tr.root {
		tr.root, told = it.Span, true
		tr.settled = tr.settled || tr.serverSeen && tr.caller == tr.root
	}
	if it.Kind != KindServer {
		return told
	}
	if !tr.serverSeen || it.Start < tr.start {
		tr.start, tr.caller, tr.serverSeen, told = it.Start, it.Parent, true, true
	}
	switch it.Parent {
	case SpanID{}:
		tr.rootServer, tr.settled = true, true
	case tr.root:
		tr.settled = true // the server side of what the browser asked for
	}
	return told
}

// learnClient keeps the address that the outermost server saw: the one known to be outermost, else the one that began
// first.
func (tr *trace) learnClient(client string, at eventtime.Instant, outermost bool) {
	if client == "" || tr.outermost && !outermost {
		return
	}
	if tr.client == "" || outermost && !tr.outermost || at < tr.clientAt {
		tr.client, tr.clientAt, tr.outermost = tr.keep(client), at, outermost
	}
}

// learnUser keeps the first user seen; who was just issued a credential comes with the outermost server.
func (tr *trace) learnUser(e *identity.Evidence) {
	if e.Credentials {
		tr.settled = true
	}
	if tr.user == "" && e.User != "" {
		tr.user = tr.keep(e.User)
	}
}

// keep returns text as the trace may keep it: its session's own copy, if that has one.
func (tr *trace) keep(text string) string {
	if s := tr.session.current(); s != nil {
		if text == s.client {
			return s.client
		}
		for _, u := range s.users() {
			if text == u.id {
				return u.id
			}
		}
	}
	return strings.Clone(text)
}

// isOutermost reports whether an item is known to be at the edge: nothing but a browser before it, or the visitor's
// cookies in its hands, which a proxy hands on but seldom records.
func (tr *trace) isOutermost(it *Item) bool {
	return it.Kind == KindServer && (it.Parent == SpanID{} || it.Parent == tr.root || it.Evidence.Credentials)
}

// share makes the trace use its session's texts where they are the same, instead of keeping its own.
func (tr *trace) share(s *Session) {
	if tr.client == s.client {
		tr.client = s.client
	}
	for _, u := range s.users() {
		if tr.user == u.id {
			tr.user = u.id
		}
	}
}

// hasToken reports whether the trace has shown the token already.
func (tr *trace) hasToken(h tokenHash) bool {
	for i := range tr.tokens {
		if tr.tokens[i].hash == h {
			return true
		}
	}
	return false
}
