package query

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/query/wording"
	"github.com/braidotel/braid/internal/question"
)

// Thresholds of what is abnormal where the question names none.
const (
	longSession = 8 * time.Hour
	// robotPace is the requests a second, over a whole session, that no person makes.
	robotPace = 0.5
	// robotRequests is the least number of requests by which a pace is judged.
	robotRequests = 100
)

// attempts is the number of log-ins of a braid.login.flood event.
const attempts = "braid.login.attempts"

// abnormal is what the answer to an abnormal_sessions question is made of.
type abnormal struct {
	long          history.Page[history.Session]
	longCount     int64
	floods, twice history.Page[history.Event]
}

// abnormalSessions lists sessions that last too long, users logged in twice and floods of log-ins, robots apart from people.
func abnormalSessions(ctx context.Context, in *inquiry) error {
	kind := in.q.Args.Kind
	least := duration(in.q.Args.MinDuration, longSession)
	w := in.eventWindow()
	whose := history.SessionQuery{}
	in.filterSessions(&whose)
	if err := in.engine.listed(ctx, in.caller, readSessions, &whose); err != nil {
		return err
	}
	var found abnormal
	g, gctx := group(ctx)
	if kind == "" || kind == "any" || kind == "long_lived" {
		q := history.SessionQuery{Tenant: in.tenant, MinDuration: least, Order: history.ByDuration, Limit: maxRows, Window: history.Window{From: w.From, To: w.To}}
		in.filterSessions(&q)
		if in.q.Range.End.Equal(in.now) && in.q.Range.End.Sub(in.q.Range.Start) <= question.NowSpan {
			q.State, q.Window = history.OpenSession, history.Window{}
		}
		g.Go(func() (err error) { found.long, err = in.records.Sessions(gctx, q); return err })
		g.Go(func() error {
			n, err := in.records.CountSessions(gctx, q, history.ByNothing)
			for _, c := range n.Items {
				found.longCount += c.N
			}
			return err
		})
	}
	events := func(into *history.Page[history.Event], kinds ...history.Kind) {
		q := history.EventQuery{Tenant: in.tenant, Kinds: kinds, Window: w, Client: in.q.Filters.IP, User: in.q.Filters.User, Limit: maxRows}
		g.Go(func() (err error) { *into, err = in.records.Events(gctx, q); return err })
	}
	if kind != "long_lived" && kind != "multi_location" {
		events(&found.floods, history.KindLoginFlood)
	}
	if kind != "long_lived" && kind != "login_burst" {
		events(&found.twice, history.KindDuplicateLogin)
	}
	if err := g.Wait(); err != nil {
		return err
	}
	in.abnormalFacts(&found, least, window(question.Interval{Start: w.From, End: w.To}))
	in.abnormalHeadline(kind)
	in.longTable(&found)
	in.floodTable(&found)
	in.twiceTable(&found)
	in.follow("abnormal.follow_why", "abnormal.follow_region")
	return in.someSessions(ctx)
}

// eventWindow is the time to look for events in: of now, today so far, for what happened an hour ago is still of interest.
func (in *inquiry) eventWindow() history.Window {
	r := in.q.Range
	if r.End.Equal(in.now) && r.End.Sub(r.Start) <= question.NowSpan {
		r.Start = question.Expr{Kind: question.ExprDay}.Resolve(in.now).Start
	}
	return history.Window{From: r.Start, To: r.End}
}

func (in *inquiry) filterSessions(q *history.SessionQuery) {
	f := in.q.Filters
	q.Client, q.User, q.Service, q.Server = f.IP, f.User, f.Service, f.Host
	if len(f.Regions) > 0 {
		q.Region = f.Regions[0]
	}
}

// duration reads an ISO 8601 length of time such as PT8H.
func duration(iso string, otherwise time.Duration) time.Duration {
	if e, err := question.ParseExpr("last:" + iso); iso != "" && err == nil {
		return e.Period.Clock + time.Duration(e.Period.Days)*24*time.Hour
	}
	return otherwise
}

func (in *inquiry) abnormalFacts(found *abnormal, least time.Duration, w answer.Window) {
	kind := in.q.Args.Kind
	fact := func(id string, v float64, unit, source string) {
		in.fact(answer.Fact{ID: id, Name: in.phrase("abnormal." + id), Value: v, Unit: unit, Window: w, Source: source})
	}
	fact("least", least.Seconds(), "s", "question")
	if kind == "" || kind == "any" || kind == "long_lived" {
		fact("long", float64(found.longCount), "{session}", "sessions")
		in.answer.Key = append(in.answer.Key, "long")
		if len(found.long.Items) > 0 {
			fact("longest", found.long.Items[0].Duration().Seconds(), "s", "sessions")
			in.answer.Key = append(in.answer.Key, "longest")
		}
		robots := 0
		for i := range found.long.Items {
			if robot(&found.long.Items[i]) {
				robots++
			}
		}
		fact("robots", float64(robots), "{session}", "sessions")
	}
	if kind != "long_lived" && kind != "multi_location" {
		fact("floods", float64(in.overThreshold(found)), "{event}", string(history.KindLoginFlood))
		in.answer.Key = append(in.answer.Key, "floods")
		if len(found.floods.Items) > 0 {
			most := 0.0
			for i := range found.floods.Items {
				v, _ := attributes(found.floods.Items[i].Attributes).number(attempts)
				most = max(most, v)
			}
			fact("attempts", most, "{attempt}", string(history.KindLoginFlood))
		}
	}
	if kind != "long_lived" && kind != "login_burst" {
		fact("twice", float64(len(found.twice.Items)), "{event}", string(history.KindDuplicateLogin))
		in.answer.Key = append(in.answer.Key, "twice")
	}
}

// overThreshold keeps the floods with as many attempts as the question names, and counts them.
func (in *inquiry) overThreshold(found *abnormal) int {
	var kept []history.Event
	for _, e := range found.floods.Items {
		n, ok := attributes(e.Attributes).number(attempts)
		if !ok || n >= float64(in.q.Args.Threshold) {
			kept = append(kept, e)
		}
	}
	found.floods.Items = kept
	return len(kept)
}

// robot tells a session that asks faster and longer than people do.
func robot(s *history.Session) bool {
	seconds := s.Duration().Seconds()
	return s.Requests >= robotRequests && seconds > 0 && float64(s.Requests)/seconds >= robotPace
}

func (in *inquiry) abnormalHeadline(kind string) {
	w := with{"long": "long", "longest": "longest", "floods": "floods", "twice": "twice", "least": "least", "attempts": "attempts", "robots": "robots"}
	switch {
	case kind == "long_lived" && in.get("longest") == nil:
		in.headline("abnormal.no_long", w)
	case kind == "long_lived":
		in.headline("abnormal.only_long", w)
	case kind == "login_burst" && in.get("attempts") == nil:
		in.headline("abnormal.no_floods", w)
	case kind == "login_burst":
		in.headline("abnormal.only_floods", w)
	case kind == "multi_location":
		in.headline("abnormal.only_twice", w)
	default:
		in.headline("abnormal.all", w)
	}
	if f := in.get("attempts"); f != nil && f.Value > 0 {
		in.find(answer.SeverityCritical, f.Value, nil, "abnormal.flooded", w)
	}
	if f := in.get("twice"); f != nil && f.Value > 0 {
		in.find(answer.SeverityWarning, f.Value, nil, "abnormal.doubled", w)
	}
	if f := in.get("longest"); f != nil {
		in.find(answer.SeverityWarning, 0, nil, "abnormal.longest_is", w)
	}
	if f := in.get("robots"); f != nil && f.Value > 0 {
		in.find(answer.SeverityInfo, 0, nil, "abnormal.robots_are", w)
	}
}

func (in *inquiry) longTable(found *abnormal) {
	if len(found.long.Items) == 0 {
		return
	}
	t := answer.Table{Title: in.phrase("abnormal.long_table"), Truncated: found.long.Truncated, Total: int(found.longCount), Columns: []answer.Column{
		in.column("common.user", ""), in.column("common.address", ""), in.column("common.region", ""), in.column("common.host", ""),
		in.column("common.started", ""), in.column("common.lasted", "s"), in.column("common.requests", "{request}"), in.column("common.last_page", ""),
		in.column("common.last_activity", ""), in.column("abnormal.who", ""),
	}}
	for i := range found.long.Items {
		s := &found.long.Items[i]
		name := s.User
		if name == "" {
			name = in.phrase("abnormal.guest")
		}
		who := "abnormal.person"
		if robot(s) {
			who = "abnormal.robot"
		}
		t.Rows = append(t.Rows, []answer.Cell{
			called(name, "/sessions/"+url.PathEscape(s.ID)), called(s.Client, ""), called(in.region(s.Region), ""), called(strings.Join(s.Servers, ", "), ""),
			called(in.clock(s.Start), ""), in.cell(s.Duration().Seconds(), "s"), in.cell(float64(s.Requests), "{request}"), called(s.ExitPage, ""),
			called(in.clock(s.Last), ""), called(in.phrase(who), ""),
		})
	}
	in.answer.Tables = append(in.answer.Tables, t)
	in.link(in.phrase("abnormal.sessions"), "/sessions?open=true")
}

func (in *inquiry) floodTable(found *abnormal) {
	if len(found.floods.Items) == 0 {
		return
	}
	t := answer.Table{Title: in.phrase("abnormal.flood_table"), Truncated: found.floods.Truncated, Columns: []answer.Column{
		in.column("common.address", ""), in.column("abnormal.attempts", "{attempt}"), in.column("common.time", ""), in.column("common.service", ""),
	}}
	for i := range found.floods.Items {
		e := &found.floods.Items[i]
		n, _ := attributes(e.Attributes).number(attempts)
		t.Rows = append(t.Rows, []answer.Cell{called(e.Client, ""), in.cell(n, "{attempt}"), called(in.clock(e.At), ""), called(e.Service, "")})
	}
	in.answer.Tables = append(in.answer.Tables, t)
}

func (in *inquiry) twiceTable(found *abnormal) {
	if len(found.twice.Items) == 0 {
		return
	}
	t := answer.Table{Title: in.phrase("abnormal.twice_table"), Truncated: found.twice.Truncated, Columns: []answer.Column{
		in.column("common.user", ""), in.column("common.address", ""), in.column("common.region", ""), in.column("common.time", ""), in.column("common.session", ""),
	}}
	for i := range found.twice.Items {
		e := &found.twice.Items[i]
		t.Rows = append(t.Rows, []answer.Cell{called(e.User, "/sessions?user="+url.QueryEscape(e.User)), called(e.Client, ""), called(in.region(e.Region), ""),
			called(in.clock(e.At), ""), called(e.Session, "/sessions/"+url.PathEscape(e.Session))})
	}
	in.answer.Tables = append(in.answer.Tables, t)
}

// clock writes a time in the reader's zone.
func (in *inquiry) clock(at time.Time) string {
	if at.IsZero() {
		return "–"
	}
	return wording.Clock(inZone(at, in.now), in.now)
}

// someSessions is unavailable where no session was ever recorded: no abnormal one is then no good news.
func (in *inquiry) someSessions(ctx context.Context) error {
	if in.get("longest") != nil || in.get("attempts") != nil {
		return nil
	}
	page, err := in.records.Sessions(ctx, history.SessionQuery{Tenant: in.tenant, Limit: 1})
	if err != nil {
		return err
	}
	if len(page.Items) == 0 {
		return &missingError{what: "active_sessions", line: "processors: [session_correlation] + exporters: [history]"}
	}
	return nil
}
