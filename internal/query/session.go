package query

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/wording"
)

// Bounds of lists.
const (
	defaultSessions = 50
	maxSessions     = 1000
	maxTimeline     = 200
)

// viewed gives the tenant's store to whoever may look.
func (e *Engine) viewed(caller Caller) (history.Store, history.Tenant, error) {
	if !caller.Roles.View {
		return nil, "", ErrForbidden
	}
	return e.options.Provider.Records(), history.Tenant(caller.Tenant), nil
}

// Sessions implements Service. After is an offset: sessions that begin meanwhile move the list on by their number.
func (e *Engine) Sessions(ctx context.Context, caller Caller, filter SessionFilter) (SessionPage, error) {
	store, tenant, err := e.viewed(caller)
	if err != nil {
		return SessionPage{}, err
	}
	limit := filter.Limit
	if limit <= 0 {
		limit = defaultSessions
	}
	limit = min(limit, maxSessions)
	offset := 0
	if filter.After != "" {
		if offset, err = strconv.Atoi(filter.After); err != nil || offset < 0 {
			return SessionPage{}, fmt.Errorf("%w: after: %q is not the next of a page", ErrInvalid, filter.After)
		}
	}
	q := history.SessionQuery{
		Tenant: tenant, User: filter.User, Region: filter.Region, Service: filter.Service, MinDuration: filter.MinDuration,
		Window: history.Window{From: filter.From, To: filter.To}, Limit: min(offset+limit+1, history.MaxLimit),
	}
	if filter.Open {
		q.State = history.OpenSession
	}
	what := readSessions
	if filter.Export {
		what = exportSessions
	}
	if err := e.listed(ctx, caller, what, &q); err != nil {
		return SessionPage{}, err
	}
	page, err := store.Sessions(ctx, q)
	if err != nil {
		return SessionPage{}, fail(err)
	}
	items := page.Items[min(offset, len(page.Items)):]
	out := SessionPage{Sessions: make([]Session, 0, min(limit, len(items)))}
	for i := range items[:min(limit, len(items))] {
		out.Sessions = append(out.Sessions, visit(&items[i]))
	}
	if len(items) > limit {
		out.Next = strconv.Itoa(offset + limit)
	}
	return out, nil
}

func visit(s *history.Session) Session {
	out := Session{
		ID: s.ID, Previous: s.Previous, User: wording.Name(s.User), Address: wording.Name(s.Client), Region: wording.Name(s.Region),
		Start: s.Start, LastActivity: s.Last, EndReason: s.Reason, Requests: s.Requests, Errors: s.Errors,
		EntryPage: wording.Name(s.EntryPage), ExitPage: wording.Name(s.ExitPage),
	}
	if !s.Open() {
		out.End = s.End
	}
	for _, name := range s.Services {
		out.Services = append(out.Services, wording.Name(name))
	}
	for _, name := range s.Servers {
		out.Hosts = append(out.Hosts, wording.Name(name))
	}
	return out
}

// Session implements Service.
func (e *Engine) Session(ctx context.Context, caller Caller, id string) (*SessionDetail, error) {
	store, tenant, err := e.viewed(caller)
	if err != nil {
		return nil, err
	}
	found, err := store.Sessions(ctx, history.SessionQuery{Tenant: tenant, ID: id, Limit: 1})
	if err != nil {
		return nil, fail(err)
	}
	if len(found.Items) == 0 {
		return nil, fmt.Errorf("session: %w", ErrNotFound)
	}
	if err := e.saw(ctx, caller, readSession, id); err != nil {
		return nil, err
	}
	s := &found.Items[0]
	events, err := store.Events(ctx, history.EventQuery{Tenant: tenant, Session: id, Limit: maxTimeline})
	if err != nil {
		return nil, fail(err)
	}
	traces, err := store.Traces(ctx, history.TraceQuery{Tenant: tenant, Session: id, Limit: maxTimeline})
	if err != nil {
		return nil, fail(err)
	}
	out := &SessionDetail{Session: visit(s), Events: timeline(s, events.Items), Truncated: events.Truncated || traces.Truncated}
	for i := range traces.Items {
		out.Traces = append(out.Traces, summary(&traces.Items[i]))
	}
	slices.SortFunc(out.Traces, func(a, b TraceSummary) int { return a.Start.Compare(b.Start) })
	return out, nil
}

// timeline is what happened in a session, from its start on.
func timeline(s *history.Session, events []history.Event) []SessionEvent {
	out := []SessionEvent{{At: s.Start, Name: "session.start", Text: wording.Name(s.EntryPage)}}
	for i := range events {
		out = append(out, SessionEvent{At: events[i].At, Name: string(events[i].Kind), Text: wording.Name(events[i].Title)})
	}
	if !s.Open() {
		out = append(out, SessionEvent{At: s.End, Name: "session.end", Text: s.Reason})
	}
	slices.SortStableFunc(out, func(a, b SessionEvent) int { return a.At.Compare(b.At) })
	return out
}

func summary(t *history.Trace) TraceSummary {
	return TraceSummary{
		ID: t.ID, Start: t.At, Duration: t.Duration, Operation: wording.Name(t.Operation), Service: wording.Name(t.Service),
		Failed: t.Failed, Spans: len(t.Spans),
	}
}

// Trace implements Service.
func (e *Engine) Trace(ctx context.Context, caller Caller, id string) (*Trace, error) {
	store, tenant, err := e.viewed(caller)
	if err != nil {
		return nil, err
	}
	t, ok, err := store.Trace(ctx, tenant, id)
	if err != nil {
		return nil, fail(err)
	}
	if !ok {
		return nil, fmt.Errorf("trace: %w", ErrNotFound)
	}
	if err := e.saw(ctx, caller, readTrace, id); err != nil {
		return nil, err
	}
	out := &Trace{TraceSummary: summary(&t), Session: t.Session}
	for _, s := range ordered(t.Spans) {
		out.Steps = append(out.Steps, Span{
			ID: s.ID, Parent: s.Parent, Service: wording.Name(s.Service), Host: wording.Name(s.Host), Name: wording.Name(s.Name), Kind: s.Kind,
			Start: s.Start, Duration: s.Duration, Failed: s.Failed, Detail: detail(&s),
		})
	}
	return out, nil
}

// ordered puts parents before their children, and siblings in the order of their start. A span whose parent is not kept
// is a root.
func ordered(spans []history.Span) []history.Span {
	children := map[string][]history.Span{}
	known := map[string]bool{}
	for _, s := range spans {
		known[s.ID] = true
	}
	for _, s := range spans {
		parent := s.Parent
		if !known[parent] || parent == s.ID {
			parent = ""
		}
		children[parent] = append(children[parent], s)
	}
	out := make([]history.Span, 0, len(spans))
	pending := []string{""}
	for len(pending) > 0 {
		parent := pending[len(pending)-1]
		list := children[parent]
		if len(list) == 0 {
			pending = pending[:len(pending)-1]
			continue
		}
		first := 0
		for i := range list {
			if list[i].Start.Before(list[first].Start) {
				first = i
			}
		}
		s := list[first]
		children[parent] = slices.Delete(list, first, first+1)
		out = append(out, s)
		if s.ID != "" {
			pending = append(pending, s.ID)
		}
	}
	return out
}

// detail is what a reader wants of a span: its statement, route or message.
func detail(s *history.Span) string {
	a := attributes(s.Attributes)
	for _, key := range []string{"db.query.text", "http.route", "url.path", "messaging.destination.name", "rpc.method"} {
		if text := a.text(key); text != "" {
			return long(text)
		}
	}
	return long(s.Message)
}

// maxDetail bounds a detail: a statement may be a page long.
const maxDetail = 400

// long cleans a text that may be longer than a name.
func long(text string) string {
	out := ""
	for len(text) > 0 && len(out) < maxDetail {
		n := min(len(text), wording.MaxName)
		for n < len(text) && n > 0 && text[n]&0xC0 == 0x80 {
			n--
		}
		if n == 0 {
			break
		}
		out += wording.Name(text[:n])
		text = text[n:]
	}
	return out
}

// ended is a time that may be zero, in the zone of another.
func inZone(t time.Time, like time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(like.Location())
}
