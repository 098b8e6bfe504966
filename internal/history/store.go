package history

import (
	"context"
	"errors"
	"time"
)

// ErrInvalid is in the chain of errors about records that no repetition makes storable: they lack their key.
var ErrInvalid = errors.New("invalid record")

// ErrUnavailable is in the chain of errors that pass: the disk is full, the server is down, the database busy.
var ErrUnavailable = errors.New("history unavailable")

// Limits of queries.
const (
	DefaultLimit = 100
	MaxLimit     = 10_000
)

// Store holds records. It is safe for concurrent use.
//
// Write returns once everything is durable: all of the batch or, with an error, none of it. Queries return at most their
// Limit (DefaultLimit if 0, never more than MaxLimit) and say in Page.Truncated whether there was more.
type Store interface {
	Write(ctx context.Context, b *Batch) error

	Sessions(ctx context.Context, q SessionQuery) (Page[Session], error)
	Events(ctx context.Context, q EventQuery) (Page[Event], error)
	Sketches(ctx context.Context, q SketchQuery) (Page[Sketch], error)
	// Traces returns traces without their spans; Trace one with them, or false.
	Traces(ctx context.Context, q TraceQuery) (Page[Trace], error)
	Trace(ctx context.Context, tenant Tenant, id string) (Trace, bool, error)
	// CountSessions and CountEvents count by a dimension, the most frequent first. Rows without a value are left out,
	// except by ByNothing, which gives one Count of all.
	CountSessions(ctx context.Context, q SessionQuery, by Dimension) (Page[Count], error)
	CountEvents(ctx context.Context, q EventQuery, by Dimension) (Page[Count], error)

	// Reports returns reports, the latest first, without their bodies; Report one with it, or false.
	Reports(ctx context.Context, tenant Tenant, w Window, limit int) (Page[Report], error)
	Report(ctx context.Context, tenant Tenant, id string) (Report, bool, error)
	Actions(ctx context.Context, tenant Tenant, w Window, limit int) (Page[Action], error)
	// Advance moves an action on if it is still in the state from; of any number of parallel callers one gets true.
	Advance(ctx context.Context, tenant Tenant, id string, from ActionState, to Decision) (bool, error)
	Audits(ctx context.Context, tenant Tenant, w Window, limit int) (Page[Audit], error)

	// Prune deletes what is older than its retention, counted from the newest record of its kind or from now if that is
	// ahead, and returns how many rows that were.
	Prune(ctx context.Context, r Retention, now time.Time) (int64, error)
	Close() error
}

// Batch is records to write together.
type Batch struct {
	Sessions []Session
	Events   []Event
	Sketches []Sketch
	Traces   []Trace
	Reports  []Report
	Actions  []Action
	Audits   []Audit
}

// Len is the number of records.
func (b *Batch) Len() int {
	return len(b.Sessions) + len(b.Events) + len(b.Sketches) + len(b.Traces) + len(b.Reports) + len(b.Actions) + len(b.Audits)
}

// Decision is a step of an action.
type Decision struct {
	State  ActionState
	By     string
	At     time.Time
	Result string
}

// Page is the answer to a query.
type Page[T any] struct {
	Items     []T  `json:"items"`
	Truncated bool `json:"truncated"` // there was more than the limit
}

// Window is the half-open interval [From, To). A zero time leaves that side open.
type Window struct {
	From time.Time
	To   time.Time
}

// Dimension is what records can be counted by.
type Dimension string

// Dimensions. ByService is for events only: a session is at several services.
const (
	ByNothing Dimension = ""
	ByUser    Dimension = "user"
	ByClient  Dimension = "client"
	ByRegion  Dimension = "region"
	ByReason  Dimension = "reason" // sessions only
	ByService Dimension = "service"
	ByHost    Dimension = "host" // events only
	ByKind    Dimension = "kind" // events only
)

// Count is how many records have a value.
type Count struct {
	Value string `json:"value"`
	N     int64  `json:"n"`
}

// SessionState restricts sessions.
type SessionState int

// States of a session.
const (
	AnySession SessionState = iota
	OpenSession
	EndedSession
)

// SessionOrder sorts sessions.
type SessionOrder int

// Orders of sessions, each the greatest first.
const (
	ByLast SessionOrder = iota
	ByDuration
	ByErrors
	ByRequests
)

// SessionQuery asks for sessions; empty fields ask for nothing in particular.
type SessionQuery struct {
	Tenant      Tenant
	Window      Window // alive at some time in it
	ID          string
	User        string
	Client      string
	Region      string
	Service     string
	Server      string
	State       SessionState
	MinDuration time.Duration
	Order       SessionOrder
	Limit       int
}

// EventQuery asks for events, the latest first; empty fields ask for nothing in particular.
type EventQuery struct {
	Tenant   Tenant
	Kinds    []Kind
	Window   Window // began before its end, and lasted into it or began in it
	ID       string
	Service  string
	Host     string
	Region   string
	Session  string
	User     string
	Client   string
	Trace    string
	Severity int // at least
	Limit    int
}

// SketchQuery asks for sketches, the earliest first.
type SketchQuery struct {
	Tenant   Tenant
	Window   Window // of the bucket's start
	Identity string
	Key      map[string]string // exactly this; nil is the total
	Tier     time.Duration
	Limit    int
}

// TraceOrder sorts traces.
type TraceOrder int

// Orders of traces, each the greatest first.
const (
	ByTime TraceOrder = iota
	BySlowness
)

// TraceQuery asks for traces; empty fields ask for nothing in particular.
type TraceQuery struct {
	Tenant      Tenant
	Window      Window // of the start
	Service     string
	Operation   string
	Region      string
	Session     string
	User        string
	FailedOnly  bool
	MinDuration time.Duration
	Order       TraceOrder
	Limit       int
}
