package rca

import "time"

// SpanKind is the role of a span in a call, with the numbers of OTLP.
type SpanKind uint8

// Kinds of spans.
const (
	KindUnspecified SpanKind = iota
	KindInternal
	KindServer
	KindClient
	KindProducer
	KindConsumer
)

// Span is what the engine reads of a span.
type Span struct {
	Trace      [16]byte
	ID, Parent [8]byte // a zero Parent marks a root
	Kind       SpanKind
	Service    string // service.name
	Pod        string // k8s.pod.name, else service.instance.id
	Host       string // k8s.node.name, else host.name
	Operation  string // span name
	Peer       string // of a client: whom it calls, where the span says so (peer.service, server.address)
	Statement  string // db.query.summary, or db.operation.name and db.collection.name; empty unless a database call
	Start, End time.Time
	Error      bool // status is error
	// Business marks a failure that is known to be the user's (a wrong password): counted, never a symptom.
	Business bool
}

// LogRecord is what the engine reads of a log record.
type LogRecord struct {
	Time     time.Time
	Service  string
	Pod      string
	Host     string
	Severity int32 // severity number of OTLP: 17 and above are errors; 0 is unknown
	Body     string
	Trace    [16]byte
	Span     [8]byte
}

// Point is one value of a gauge, or the increase per second of a counter.
type Point struct {
	Time    time.Time
	Service string
	Pod     string
	Host    string
	Metric  string // name of the metric
	Series  string // other attributes, in one canonical text: "direction=read"
	Value   float64
}

// Cause is the kind of a root cause.
type Cause string

// Kinds of causes.
const (
	CauseCPU        Cause = "cpu"
	CauseMemory     Cause = "memory"
	CauseDisk       Cause = "disk"
	CauseNetwork    Cause = "network"
	CauseCode       Cause = "code"
	CauseDependency Cause = "dependency"
	CauseDatabase   Cause = "database"
	CauseTraffic    Cause = "traffic"
	CauseDeploy     Cause = "deploy"
	CauseDead       Cause = "dead"
)

// Signal names what was measured.
type Signal string

// Signals, each compared with its own recent normal.
const (
	SignalSelfTime  Signal = "self_time" // a service's own work on a request, seconds
	SignalGap       Signal = "gap"       // client duration less server duration of one call, seconds
	SignalStatement Signal = "statement" // duration of a database call, seconds
	SignalCall      Signal = "call"      // duration of a call of somebody who makes no spans, seconds
	SignalLatency   Signal = "latency"   // duration of an operation as its caller sees it, seconds
	SignalErrors    Signal = "errors"    // share of failed executions
	SignalSpans     Signal = "spans"     // child spans of a name per execution of an operation
	SignalLogs      Signal = "logs"      // log records of a template per span of the service
	SignalRate      Signal = "rate"      // executions per second
	SignalMetric    Signal = "metric"    // a metric of a pod, host or service
	SignalChange    Signal = "change"    // a deployment, flag or event
)

// Finding is one fact that speaks for a hypothesis.
type Finding struct {
	ID       string // stable within one engine: the same series has the same id
	Signal   Signal
	Service  string
	Pod      string
	Host     string
	Entity   string // operation, edge, statement, log template or metric
	Value    float64
	Expected float64
	Unit     string  // UCUM
	Surprise float64 // evidence against normal in nats, calibrated: -ln p
	Since    time.Time
	Samples  int
	Cause    Cause // the kind of cause it speaks for
	// ExplainedBy is the service whose own trouble accounts for this one; empty when it stands for itself.
	ExplainedBy string
}

// Hypothesis is a possible root cause.
type Hypothesis struct {
	Service   string
	Kind      Cause
	Pod       string
	Host      string
	Operation string
	Statement string
	Change    string  // revision or flag that is to blame, where somebody knows
	Indicator string  // what shows it best: "cpu", "network gap", "log template", …
	Score     float64 // fused evidence in nats
	Share     float64 // of all hypotheses' belief and «none», in [0, 1]
	Evidence  []Finding
	Against   []Finding // what should have been seen and was not, or what another service explains
	// Path leads from the cause to the service where users feel it, along calls seen in the window.
	Path []string
}

// Window is the stretch of event time in question.
type Window struct {
	Onset time.Time // first sign of trouble; may be late
	End   time.Time // zero: the watermark
}

// Diagnosis answers what caused the trouble of a window.
type Diagnosis struct {
	Window     Window
	None       bool // nothing stands out: the hypotheses, if any, are not to be believed
	Hypotheses []Hypothesis
}

// Phase of a detection.
type Phase uint8

// Phases of a detection.
const (
	PhaseOpened Phase = iota + 1
	PhaseUpdated
	PhaseClosed
)

// Detection says that the system left its normal, still is away from it, or is back.
type Detection struct {
	ID         uint64 // of the disturbance; its Opened, Updated and Closed share it
	Phase      Phase
	Calm       bool      // nothing stands out any more, for the time being
	Onset      time.Time // first moment that stands out
	At         time.Time // event time of this report
	Score      float64   // fused evidence in nats
	UserFacing bool      // users feel it: latency or errors of operations nobody else calls
	Services   []string  // those that stand out, most first
	Findings   []Finding
}

// Edge is a call from one service to another seen in the traces.
type Edge struct {
	Client, Server string
	Calls          float64 // per second, recently
}
