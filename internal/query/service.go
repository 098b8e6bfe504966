// Package query is the one query service behind the page, the JSON API, MCP and the terminal.
package query

import (
	"context"
	"errors"
	"time"

	"github.com/braidotel/braid/internal/answer"
)

// Caller is who asks. Its tenant comes from the authenticated identity and from nowhere else.
type Caller struct {
	// Name is the authenticated subject; empty without authentication.
	Name string
	// Tenant bounds all that the caller sees; empty is the deployment's only tenant.
	Tenant string
	// From is the address that it asks from, for the audit log; empty where there is none.
	From string
	// Roles say what the caller may do.
	Roles Roles
}

// Roles is a set of permissions; each holds those before it only where it is granted too.
type Roles struct {
	// View allows asking and looking.
	View bool
	// Operate allows writing reports and proposing actions.
	Operate bool
	// Approve allows deciding about proposed actions.
	Approve bool
}

// Question is a sentence and where it was asked.
type Question struct {
	Text string `json:"question"`
	// Language is the reader's, "ko" or "en"; empty takes that of the text.
	Language string `json:"language,omitempty"`
	// TimeZone is the reader's; empty takes the service's.
	TimeZone string `json:"time_zone,omitempty"`
	// Corrections replace parts of the reading: a part such as "time" by a canonical value such as "yesterday".
	Corrections map[string]string `json:"corrections,omitempty"`
}

// Errors that callers tell apart.
var (
	// ErrNotFound is for something that does not exist, or not for this tenant.
	ErrNotFound = errors.New("not found")
	// ErrForbidden is for something that the caller's roles do not allow.
	ErrForbidden = errors.New("not allowed")
	// ErrInvalid is for a request that no data could satisfy; its text names the field and the fix.
	ErrInvalid = errors.New("invalid request")
	// ErrConflict is for a step of an action that cannot be taken any more, or not on what is there now.
	ErrConflict = errors.New("not possible any more")
	// ErrOutside is for a system that an action concerns and that does not answer, or refuses.
	ErrOutside = errors.New("the system concerned did not answer")
	// ErrUnavailable is for a store that does not answer.
	ErrUnavailable = errors.New("the history is not available")
)

// Service answers questions and shows what answers are made of. It is safe for concurrent use, and every method ends when
// its context does.
type Service interface {
	// Ask answers a sentence. What it cannot answer is an answer too; errors are those of the service itself.
	Ask(ctx context.Context, caller Caller, q Question) (*answer.Answer, error)
	// Examples are questions that can be asked now, in the language given.
	Examples(ctx context.Context, caller Caller, language string) ([]string, error)
	// Now is the state of things: users, load, what is unusual, regions; one answer a card.
	Now(ctx context.Context, caller Caller, language string) ([]*answer.Answer, error)
	// Arrivals counts what has reached the history so far.
	Arrivals(ctx context.Context, caller Caller) (Arrivals, error)
	// Sessions lists sessions, the latest first.
	Sessions(ctx context.Context, caller Caller, filter SessionFilter) (SessionPage, error)
	// Session is one session with what happened in it. ErrNotFound where there is none.
	Session(ctx context.Context, caller Caller, id string) (*SessionDetail, error)
	// Trace is one trace. ErrNotFound where it is not kept.
	Trace(ctx context.Context, caller Caller, id string) (*Trace, error)
	// Incidents lists incidents, open ones first.
	Incidents(ctx context.Context, caller Caller, status string, limit int) ([]Incident, error)
	// Incident is one incident as an answer: cause, path, impact, what to do. ErrNotFound where there is none.
	Incident(ctx context.Context, caller Caller, id, language string) (*answer.Answer, error)
	// Reports lists the reports that were written.
	Reports(ctx context.Context, caller Caller, limit int) ([]Report, error)
	// Report is one report's text in "html" or "md". ErrNotFound where there is none.
	Report(ctx context.Context, caller Caller, id, format string) ([]byte, error)
	// WriteReport writes one. ErrForbidden without the operator's role.
	WriteReport(ctx context.Context, caller Caller, r ReportRequest) (Report, error)
	// Approvals lists proposed actions by status: pending, decided or all.
	Approvals(ctx context.Context, caller Caller, filter ApprovalFilter) ([]Approval, error)
	// Propose files an action for others to decide, and does nothing else. ErrForbidden without the operator's role.
	Propose(ctx context.Context, caller Caller, r ProposalRequest) (Approval, error)
	// Decide approves or denies one, with a reason. ErrForbidden without the approver's role.
	Decide(ctx context.Context, caller Caller, d Decision) (Approval, error)
}

// Arrivals counts what has reached the history since it was opened.
type Arrivals struct {
	Spans   int64 `json:"spans"`
	Logs    int64 `json:"logs"`
	Points  int64 `json:"points"`
	Records int64 `json:"records"`
	// Newest is the latest event time seen; zero without any.
	Newest time.Time `json:"newest,omitzero"`
}

// SessionFilter narrows a list of sessions. Zero fields do not.
type SessionFilter struct {
	// Open asks for those still open.
	Open bool `json:"open,omitempty"`
	// User is a user id or pseudonym.
	User string `json:"user,omitempty"`
	// Region and Service narrow to where a session was seen.
	Region  string `json:"region,omitempty"`
	Service string `json:"service,omitempty"`
	// MinDuration leaves out shorter ones.
	MinDuration time.Duration `json:"min_duration,omitempty"`
	// From and To bound when a session was active.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
	// Limit is the most to return, at most 1,000; zero is 50. After is the Next of the page before.
	Limit int    `json:"limit,omitempty"`
	After string `json:"after,omitempty"`
	// Export says that the list is taken away; the audit log tells it apart.
	Export bool `json:"-"`
}

// SessionPage is a piece of a list.
type SessionPage struct {
	Sessions []Session `json:"sessions"`
	// Next continues the list; empty at its end.
	Next string `json:"next,omitempty"`
}

// Session is one visit.
type Session struct {
	ID       string    `json:"id"`
	Previous string    `json:"previous_id,omitempty"`
	User     string    `json:"user,omitempty"`
	Address  string    `json:"client_address,omitempty"`
	Region   string    `json:"region,omitempty"`
	Start    time.Time `json:"start"`
	// LastActivity is the time of the latest request; End is zero while the session is open.
	LastActivity time.Time `json:"last_activity"`
	End          time.Time `json:"end,omitzero"`
	EndReason    string    `json:"end_reason,omitempty"`
	Requests     int64     `json:"requests"`
	Errors       int64     `json:"errors"`
	EntryPage    string    `json:"entry_page,omitempty"`
	ExitPage     string    `json:"exit_page,omitempty"`
	Services     []string  `json:"services,omitempty"`
	Hosts        []string  `json:"hosts,omitempty"`
}

// SessionDetail is a session with its timeline.
type SessionDetail struct {
	Session
	Events []SessionEvent `json:"events"`
	// Traces are the transactions kept for the session, in order of time; Truncated tells that there were more.
	Traces    []TraceSummary `json:"traces"`
	Truncated bool           `json:"truncated,omitempty"`
}

// SessionEvent is something that happened in a session.
type SessionEvent struct {
	At   time.Time `json:"at"`
	Name string    `json:"name"` // an event name such as session.start or braid.session.long
	Text string    `json:"text,omitempty"`
}

// TraceSummary is a transaction in a line.
type TraceSummary struct {
	ID        string        `json:"trace_id"`
	Start     time.Time     `json:"start"`
	Duration  time.Duration `json:"duration_ns"`
	Operation string        `json:"operation"`
	Service   string        `json:"service"`
	Page      string        `json:"page,omitempty"`
	Failed    bool          `json:"failed,omitempty"`
	Spans     int           `json:"spans"`
}

// Trace is a transaction with its spans, parents before children.
type Trace struct {
	TraceSummary
	Session string `json:"session_id,omitempty"`
	Steps   []Span `json:"steps"`
}

// Span is one step of a trace.
type Span struct {
	ID       string        `json:"span_id"`
	Parent   string        `json:"parent_span_id,omitempty"`
	Service  string        `json:"service"`
	Host     string        `json:"host,omitempty"`
	Name     string        `json:"name"`
	Kind     string        `json:"kind,omitempty"`
	Start    time.Time     `json:"start"`
	Duration time.Duration `json:"duration_ns"`
	Failed   bool          `json:"failed,omitempty"`
	// Detail is what a reader wants of it: a route, a sanitised statement, a message.
	Detail string `json:"detail,omitempty"`
}

// Incident is an incident in a line.
type Incident struct {
	ID       string          `json:"id"`
	Title    string          `json:"title"`
	Severity answer.Severity `json:"severity"`
	Status   string          `json:"status"` // open or resolved
	Start    time.Time       `json:"start"`
	End      time.Time       `json:"end,omitzero"`
	Cause    string          `json:"cause,omitempty"`
	Services []string        `json:"services,omitempty"`
	Users    int64           `json:"affected_users"`
	Alerts   int64           `json:"alerts"`
}

// ReportRequest asks for a report.
type ReportRequest struct {
	// Period is a canonical time expression such as this_week.
	Period   string `json:"period"`
	Audience string `json:"audience"` // exec or ops
	Language string `json:"language"`
	TimeZone string `json:"time_zone,omitempty"`
}

// Report is a report in a line.
type Report struct {
	ID       string        `json:"id"`
	Title    string        `json:"title"`
	Written  time.Time     `json:"written"`
	Window   answer.Window `json:"window"`
	Audience string        `json:"audience"`
	Language string        `json:"language"`
}
