package session

import (
	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/identity"
)

// TraceID is OpenTelemetry's; zero means none.
type TraceID [16]byte

// SpanID is OpenTelemetry's; zero means none.
type SpanID [8]byte

// Kind is what an item is.
type Kind uint8

// The kinds that matter here: a server span begins at one hop what a visitor asked for; the rest happens inside.
const (
	KindInternal Kind = iota
	KindServer
	KindClient
	KindLog
)

// Act is a set of things an item does to a session, as the caller's matchers found.
type Act uint8

const (
	// ActLogin is an attempt to log in; with ActRefused one that was refused.
	ActLogin Act = 1 << iota
	// ActRefused qualifies ActLogin.
	ActRefused
	// ActLogout ends the session.
	ActLogout
	// ActRequest marks a log record that stands for a request of its own, such as an access log's line.
	ActRequest
	// ActError marks an item that failed.
	ActError

	// actChecked notes of a trace that its log-in was counted.
	actChecked Act = 1 << 7
)

// Item is one span or log record, in plain values.
type Item struct {
	Trace        TraceID
	Span, Parent SpanID
	Kind         Kind
	// Start and End are event times; a log record has only End.
	Start, End eventtime.Instant
	// Evidence is what the item itself says about who is behind it; nil if nothing. It has to stay as it is until the
	// item is resolved or held.
	Evidence *identity.Evidence
	// Place is where it happened.
	Place Place
	Act   Act
	// Page is the page the item shows, empty if it shows none.
	Page string

	trace   *trace
	session *Session
	at      eventtime.Instant // End as the clock takes it
}

// Identity is what is known about who is behind an item.
type Identity struct {
	Session, User, Client string
	Source                identity.Source
}

// EventKind is what an Event tells.
type EventKind uint8

// The events of design.md §4.
const (
	EventStart EventKind = iota + 1
	EventEnd
	EventLong
	EventDuplicateLogin
	EventLoginFlood
)

// EndReason says why a session ended.
type EndReason string

// The reasons; evicted means that the table was full.
const (
	EndLogout   EndReason = "logout"
	EndIdle     EndReason = "idle"
	EndReplaced EndReason = "replaced"
	EndEvicted  EndReason = "evicted"
)

// Event is something that happened to a session, in event time.
type Event struct {
	Kind    EventKind
	At      eventtime.Instant
	Session Summary
	// Reason is set on EventEnd.
	Reason EndReason
	// Other is the earlier session of an EventDuplicateLogin.
	Other string
	// Client and Attempts are set on EventLoginFlood: who, and how many attempts in the minute that crossed the limit.
	Client   string
	Attempts int
}

// Summary is a session as its events tell it.
type Summary struct {
	ID, Previous         string
	User, Client         string
	Start, Last          eventtime.Instant
	EntryPage, ExitPage  string
	Requests, Errors     uint32
	Servers, Services    []string
	LoginAt              eventtime.Instant
	Tenant, Region, Host string
}

// Release is a held payload with what is known by now about who is behind it.
type Release struct {
	Payload  any
	Identity Identity
	// Known is false when the wait ended without a session.
	Known bool
}
