package relational

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/braidotel/braid/internal/history"
)

// scanner reads the columns of one row.
type scanner func(dest ...any) error

// list runs a query for at most limit rows.
func list[T any](ctx context.Context, s *Store, w *where, query string, limit int, read func(scanner) (T, error)) (history.Page[T], error) {
	limit = bounded(limit)
	var page history.Page[T]
	err := s.db.Query(ctx, w.limit(query, limit), w.args, func(scan func(...any) error) error {
		item, err := read(scan)
		if err != nil {
			return err
		}
		if len(page.Items) == limit {
			page.Truncated = true
			return nil
		}
		page.Items = append(page.Items, item)
		return nil
	})
	return page, err
}

// first returns the only item of a page.
func first[T any](page history.Page[T], err error) (T, bool, error) {
	if err != nil || len(page.Items) == 0 {
		var none T
		return none, false, err
	}
	return page.Items[0], true, nil
}

const isOpen = "(ended = 0 OR opened > ended)"

func sessionsWhere(q *history.SessionQuery) *where {
	w := of(q.Tenant)
	w.equal("id", q.ID)
	w.equal("user_id", q.User)
	w.equal("client", q.Client)
	w.equal("region", q.Region)
	w.holds("services", q.Service)
	w.holds("servers", q.Server)
	if t := q.Window.From; !t.IsZero() {
		// An open session goes on although nothing was heard of it lately.
		w.add("(last >= ? OR "+isOpen+")", nanos(t))
	}
	w.to("started", q.Window.To)
	switch q.State {
	case history.OpenSession:
		w.add(isOpen)
	case history.EndedSession:
		w.add("NOT " + isOpen)
	case history.AnySession:
	}
	if q.MinDuration > 0 {
		w.add("last - started >= ?", int64(q.MinDuration))
	}
	return w
}

// Sessions implements history.Store.
func (s *Store) Sessions(ctx context.Context, q history.SessionQuery) (history.Page[history.Session], error) {
	w := sessionsWhere(&q)
	order := map[history.SessionOrder]string{
		history.ByLast: "last", history.ByDuration: "last - started", history.ByErrors: "errors", history.ByRequests: "requests",
	}[q.Order]
	query := `SELECT tenant, id, previous, user_id, client, region, started, opened, last, ended, reason, summary, requests, errors,
 entry_page, exit_page, servers, services FROM sessions` + w.String() + " ORDER BY " + order + " DESC, id"
	return list(ctx, s, w, query, q.Limit, readSession)
}

func readSession(scan scanner) (v history.Session, err error) {
	var tenant, servers, services string
	var start, opened, last, end, summary int64
	err = scan(&tenant, &v.ID, &v.Previous, &v.User, &v.Client, &v.Region, &start, &opened, &last, &end, &v.Reason, &summary,
		&v.Requests, &v.Errors, &v.EntryPage, &v.ExitPage, &servers, &services)
	v.Tenant, v.Start, v.Opened, v.Last, v.End = history.Tenant(tenant), moment(start), moment(opened), moment(last), moment(end)
	v.Summary, v.Servers, v.Services = moment(summary), decodeTexts(servers), decodeTexts(services)
	return v, err
}

func eventsWhere(q *history.EventQuery) *where {
	w := of(q.Tenant)
	if len(q.Kinds) > 0 {
		marks, args := "", make([]any, len(q.Kinds))
		for i, kind := range q.Kinds {
			marks, args[i] = marks+", ?", text(string(kind))
		}
		w.add("kind IN ("+marks[2:]+")", args...)
	}
	w.equal("id", q.ID)
	w.equal("service", q.Service)
	w.equal("host", q.Host)
	w.equal("region", q.Region)
	w.equal("session", q.Session)
	w.equal("user_id", q.User)
	w.equal("client", q.Client)
	w.equal("trace", q.Trace)
	if q.Severity > 0 {
		w.add("severity >= ?", int64(q.Severity))
	}
	if t := q.Window.From; !t.IsZero() {
		w.add("(at >= ? OR until > ?)", nanos(t), nanos(t))
	}
	w.to("at", q.Window.To)
	return w
}

// Events implements history.Store.
func (s *Store) Events(ctx context.Context, q history.EventQuery) (history.Page[history.Event], error) {
	w := eventsWhere(&q)
	query := `SELECT tenant, kind, id, at, until, revised, severity, title, service, host, region, session, user_id, client, trace,
 attributes FROM events` + w.String() + " ORDER BY at DESC, kind, id"
	return list(ctx, s, w, query, q.Limit, readEvent)
}

func readEvent(scan scanner) (v history.Event, err error) {
	var tenant, kind, attrs string
	var at, until, revised, severity int64
	err = scan(&tenant, &kind, &v.ID, &at, &until, &revised, &severity, &v.Title, &v.Service, &v.Host, &v.Region, &v.Session,
		&v.User, &v.Client, &v.Trace, &attrs)
	v.Tenant, v.Kind, v.At, v.Until, v.Revised = history.Tenant(tenant), history.Kind(kind), moment(at), moment(until), moment(revised)
	v.Severity, v.Attributes = int(severity), decodeAttributes(attrs)
	return v, err
}

// columns are what can be counted by, and of which table.
var columns = map[history.Dimension]struct{ sessions, events string }{
	history.ByNothing: {"''", "''"},
	history.ByUser:    {"user_id", "user_id"},
	history.ByClient:  {"client", "client"},
	history.ByRegion:  {"region", "region"},
	history.ByReason:  {"reason", ""},
	history.ByService: {"", "service"},
	history.ByHost:    {"", "host"},
	history.ByKind:    {"", "kind"},
}

// CountSessions implements history.Store.
func (s *Store) CountSessions(ctx context.Context, q history.SessionQuery, by history.Dimension) (history.Page[history.Count], error) {
	return s.count(ctx, "sessions", columns[by].sessions, by, sessionsWhere(&q), q.Limit)
}

// CountEvents implements history.Store.
func (s *Store) CountEvents(ctx context.Context, q history.EventQuery, by history.Dimension) (history.Page[history.Count], error) {
	return s.count(ctx, "events", columns[by].events, by, eventsWhere(&q), q.Limit)
}

func (s *Store) count(ctx context.Context, table, column string, by history.Dimension, w *where, limit int) (history.Page[history.Count], error) {
	if column == "" {
		return history.Page[history.Count]{}, fmt.Errorf("%w: %s cannot be counted by %q", history.ErrQuery, table, by)
	}
	query := "SELECT '', count(*) FROM " + table + w.String()
	if by != history.ByNothing {
		w.add(column + " <> ''")
		query = "SELECT " + column + ", count(*) FROM " + table + w.String() + " GROUP BY " + column + " ORDER BY 2 DESC, 1"
	}
	return list(ctx, s, w, query, limit, func(scan scanner) (c history.Count, err error) {
		return c, scan(&c.Value, &c.N)
	})
}

// Sketches implements history.Store.
func (s *Store) Sketches(ctx context.Context, q history.SketchQuery) (history.Page[history.Sketch], error) {
	w := of(q.Tenant)
	w.equal("identity", q.Identity)
	w.add("key = ?", canonical(q.Key))
	if q.Tier > 0 {
		w.add("tier = ?", int64(q.Tier))
	}
	w.from("started", q.Window.From)
	w.to("started", q.Window.To)
	limit := bounded(q.Limit)
	// The frames of one sketch are neighbours. Their number is bounded, so the sketches within the limit are too.
	query := `SELECT tenant, identity, key, tier, started, users, exact, events, frame FROM sketches` + w.String() +
		" ORDER BY started, tier, identity, hash"
	var page history.Page[history.Sketch]
	err := s.db.Query(ctx, w.limit(query, limit*s.limits.FramesPerSketch), w.args, func(scan func(...any) error) error {
		v, err := readFrame(scan)
		if err != nil {
			return err
		}
		if n := len(page.Items); n > 0 && sameBucket(&page.Items[n-1], &v) {
			merge(&page.Items[n-1], &v)
			return nil
		}
		if len(page.Items) == limit {
			page.Truncated = true
			return nil
		}
		page.Items = append(page.Items, v)
		return nil
	})
	return page, err
}

func readFrame(scan scanner) (v history.Sketch, err error) {
	var tenant, key string
	var tier, start, exact int64
	var frame []byte
	err = scan(&tenant, &v.Identity, &key, &tier, &start, &v.Users, &exact, &v.Events, &frame)
	v.Tenant, v.Tier, v.Start, v.Exact, v.Frames = history.Tenant(tenant), time.Duration(tier), moment(start), exact != 0, [][]byte{frame}
	if key != "" && json.Unmarshal([]byte(key), &v.Key) != nil {
		v.Key = nil // nothing that Write stored
	}
	return v, err
}

func sameBucket(a, b *history.Sketch) bool {
	return a.Identity == b.Identity && a.Tier == b.Tier && a.Start.Equal(b.Start)
}

// merge joins another frame of the same bucket: the sender that saw more knows better.
func merge(a, b *history.Sketch) {
	a.Frames = append(a.Frames, b.Frames...)
	if b.Users > a.Users {
		a.Users, a.Exact = b.Users, b.Exact
	}
	a.Events = max(a.Events, b.Events)
}
