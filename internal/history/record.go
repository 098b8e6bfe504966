package history

import "time"

// Tenant names whose data something is. An installation without tenants has the one named "".
type Tenant string

// Kind is a kind of record: what retention is set by, and what an Event says happened.
type Kind string

// Kinds of Event. Those with a name of their own in telemetry keep it.
const (
	KindDuplicateLogin Kind = "braid.session.duplicate_login"
	KindLongSession    Kind = "braid.session.long"
	KindLoginFlood     Kind = "braid.login.flood"
	KindAnomaly        Kind = "braid.anomaly"
	KindBreach         Kind = "braid.forecast.breach"
	KindIncident       Kind = "braid.incident"
	KindSummary        Kind = "braid.summary"
	KindAction         Kind = "braid.action"
	KindBusiness       Kind = "braid.business"
	KindDeployment     Kind = "deployment"
	KindFeatureFlag    Kind = "feature_flag"
)

// Kinds of record that are no Event; for Retention.
const (
	KindSession  Kind = "session"
	KindSketch   Kind = "sketch"
	KindTrace    Kind = "trace"
	KindReport   Kind = "report"
	KindApproval Kind = "approval"
	KindAudit    Kind = "audit"
)

// EventKinds are all kinds of Event.
func EventKinds() []Kind {
	return []Kind{
		KindDuplicateLogin, KindLongSession, KindLoginFlood, KindAnomaly, KindBreach, KindIncident, KindSummary, KindAction,
		KindBusiness, KindDeployment, KindFeatureFlag,
	}
}

// Session is one visit. Its key is Tenant and ID.
//
// Merging keeps the earliest Start, the latest Opened, Last and End, and what the record with the latest Summary said of
// counts, pages and places. A session is open unless it ended after it was last opened.
type Session struct {
	Tenant   Tenant `json:"tenant,omitempty"`
	ID       string `json:"id"`
	Previous string `json:"previous,omitempty"` // the session this one continues
	User     string `json:"user,omitempty"`     // user.id, possibly a pseudonym
	Client   string `json:"client,omitempty"`   // client.address, possibly a pseudonym
	Region   string `json:"region,omitempty"`

	Start  time.Time `json:"start"`
	Opened time.Time `json:"-"`                // of the last session.start event
	Last   time.Time `json:"last"`             // last known activity
	End    time.Time `json:"end,omitzero"`     // zero: no session.end event yet
	Reason string    `json:"reason,omitempty"` // why it ended

	Summary   time.Time `json:"-"` // up to when the rest is known; zero: nothing of it is
	Requests  int64     `json:"requests"`
	Errors    int64     `json:"errors"`
	EntryPage string    `json:"entry_page,omitempty"`
	ExitPage  string    `json:"exit_page,omitempty"`
	Servers   []string  `json:"servers,omitempty"`  // hosts or pods it was at
	Services  []string  `json:"services,omitempty"` // service.name it was at
}

// Open says whether the session goes on.
func (s *Session) Open() bool { return s.End.IsZero() || s.Opened.After(s.End) }

// Duration is the time from the first to the last activity.
func (s *Session) Duration() time.Duration { return max(0, s.Last.Sub(s.Start)) }

// Event is something that happened or lasted. Its key is Tenant, Kind and ID.
//
// Merging keeps the earliest At and everything else of the latest Revised: an incident that grows is one Event.
type Event struct {
	Tenant   Tenant    `json:"tenant,omitempty"`
	Kind     Kind      `json:"kind"`
	ID       string    `json:"id"`
	At       time.Time `json:"at"`             // when it happened or began
	Until    time.Time `json:"until,omitzero"` // when it ended; zero: it has no duration, or lasts
	Revised  time.Time `json:"revised"`        // when this was said of it
	Severity int       `json:"severity"`       // OpenTelemetry severity number, 0 to 24
	Title    string    `json:"title,omitempty"`

	Service string `json:"service,omitempty"`
	Host    string `json:"host,omitempty"`
	Region  string `json:"region,omitempty"`
	Session string `json:"session,omitempty"`
	User    string `json:"user,omitempty"`
	Client  string `json:"client,omitempty"`
	Trace   string `json:"trace,omitempty"` // hexadecimal

	Attributes map[string]any `json:"attributes,omitempty"` // of the log record, as it came
}

// Sketch is the set of those seen in one bucket of time, as sealed frames of package sketch. Its key is Tenant, Identity,
// Key, Tier and Start.
//
// Merging is the union of the frames, which is lossless because merging their contents is; whoever has the secret opens
// them. Users, Exact and Events are what the latest sender said of its own frame: a lower bound of the whole.
type Sketch struct {
	Tenant   Tenant            `json:"tenant,omitempty"`
	Identity string            `json:"identity"` // session, user, client
	Key      map[string]string `json:"key,omitempty"`
	Tier     time.Duration     `json:"tier"`
	Start    time.Time         `json:"start"`
	Users    int64             `json:"users"`
	Exact    bool              `json:"exact"`
	Events   int64             `json:"events"`
	Frames   [][]byte          `json:"-"`
}

// Trace is a trace worth keeping: slow, failed, or asked for. Its key is Tenant and ID (hexadecimal); a Span's is that
// and its own ID.
//
// Merging keeps the earliest At, the longest Duration, Failed if any said so, all spans, and the other fields of the
// record with the highest Rank.
type Trace struct {
	Tenant    Tenant        `json:"tenant,omitempty"`
	ID        string        `json:"id"`
	At        time.Time     `json:"at"`
	Duration  time.Duration `json:"duration"`
	Failed    bool          `json:"failed"`
	Rank      Rank          `json:"-"`
	Service   string        `json:"service"`
	Operation string        `json:"operation"`
	Region    string        `json:"region,omitempty"`
	Session   string        `json:"session,omitempty"`
	User      string        `json:"user,omitempty"`
	Spans     []Span        `json:"spans,omitempty"`
}

// Rank says how well the span that named a trace represents it.
type Rank int

// Ranks, the worst first.
const (
	RankInner Rank = iota // some span
	RankEntry             // the entry into a service
	RankRoot              // the root of the trace
)

// Span is one step of a Trace.
type Span struct {
	ID         string         `json:"id"`
	Parent     string         `json:"parent,omitempty"`
	Service    string         `json:"service"`
	Host       string         `json:"host,omitempty"`
	Name       string         `json:"name"`
	Kind       string         `json:"kind"` // server, client, internal, producer, consumer
	Start      time.Time      `json:"start"`
	Duration   time.Duration  `json:"duration"`
	Failed     bool           `json:"failed"`
	Message    string         `json:"message,omitempty"`
	Attributes map[string]any `json:"attributes,omitempty"`
}

// Report is a report as it was given out. Its key is Tenant and ID; the latest At is kept.
type Report struct {
	Tenant   Tenant    `json:"tenant,omitempty"`
	ID       string    `json:"id"`
	At       time.Time `json:"at"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Title    string    `json:"title"`
	Language string    `json:"language"` // BCP 47
	Format   string    `json:"format"`   // media type of Body
	Body     []byte    `json:"-"`
}

// ActionState is where an Action stands.
type ActionState string

// States of an Action. Package action says which steps there are between these and its further ones.
const (
	ActionProposed ActionState = "proposed"
	ActionApproved ActionState = "approved"
	ActionDenied   ActionState = "denied"
	ActionExpired  ActionState = "expired"
	ActionExecuted ActionState = "executed"
	ActionFailed   ActionState = "failed"
)

// Action is something proposed for a person to approve. Its key is Tenant and ID; writing it again changes nothing, only
// Store.Advance does.
type Action struct {
	Tenant    Tenant      `json:"tenant,omitempty"`
	ID        string      `json:"id"`
	Name      string      `json:"name"`      // from the catalogue of actions
	Arguments string      `json:"arguments"` // canonical JSON; what is approved is exactly this
	Digest    string      `json:"digest"`    // SHA-256 of Arguments
	Reason    string      `json:"reason,omitempty"`
	Proposer  string      `json:"proposer"`
	Proposed  time.Time   `json:"proposed"`
	Expires   time.Time   `json:"expires"`
	State     ActionState `json:"state"`
	Decider   string      `json:"decider,omitempty"`
	Decided   time.Time   `json:"decided,omitzero"`
	Result    string      `json:"result,omitempty"` // the steps taken so far, as package action/desk writes them
}

// Audit is a line of the audit log: who did what, when, from where, and whose data it was. Its key is Tenant and ID; it
// is never changed.
type Audit struct {
	Tenant Tenant    `json:"tenant,omitempty"`
	ID     string    `json:"id"`
	At     time.Time `json:"at"`
	Who    string    `json:"who"`
	From   string    `json:"from"`  // address of who
	Whose  string    `json:"whose"` // the person or thing concerned
	What   string    `json:"what"`
	Detail string    `json:"detail,omitempty"`
}
