package simulate

import "time"

// TraceID identifies a trace.
type TraceID [16]byte

// SpanID identifies a span within its trace; the zero value means "none".
type SpanID [8]byte

// Attr is an attribute. Value is a string, int64, float64 or []string.
type Attr struct {
	Key   string
	Value any
}

// Resource is what produced telemetry. Items of one producer share one pointer, so encoders group by it.
type Resource struct {
	Attrs []Attr
}

// SpanKind is the role of a span in its call, numbered as in OTLP.
type SpanKind int

// The span kinds the shop uses.
const (
	SpanKindInternal SpanKind = 1
	SpanKindServer   SpanKind = 2
	SpanKindClient   SpanKind = 3
)

// Span is one operation of one tier. Start and End are Unix nanoseconds.
type Span struct {
	Resource *Resource
	Scope    string
	Trace    TraceID
	ID       SpanID
	Parent   SpanID
	Name     string
	Kind     SpanKind
	Start    int64
	End      int64
	Attrs    []Attr
	// Failure is the error's description; empty means the status is unset.
	Failure string
}

// Severity of a log record, numbered as in OTLP.
type Severity int

// The severities the shop uses.
const (
	SeverityDebug Severity = 5
	SeverityInfo  Severity = 9
	SeverityWarn  Severity = 13
	SeverityError Severity = 17
)

// String returns the severity text.
func (s Severity) String() string {
	switch s {
	case SeverityDebug:
		return "DEBUG"
	case SeverityWarn:
		return "WARN"
	case SeverityError:
		return "ERROR"
	default:
		return "INFO"
	}
}

// Log is one log record. Time is in Unix nanoseconds; Trace and Span are zero where the writer knew neither.
type Log struct {
	Resource *Resource
	Scope    string
	Trace    TraceID
	Span     SpanID
	Time     int64
	Severity Severity
	Body     string
	Attrs    []Attr
}

// MetricKind tells how the points of a metric add up.
type MetricKind int

// The metric kinds the shop uses. Sums and histograms are cumulative since the start of the simulation.
const (
	Gauge MetricKind = iota
	Counter
	UpDownCounter
	Histogram
)

// Point is one data point of one metric. Start and Time are Unix nanoseconds; gauges have no Start.
type Point struct {
	Resource *Resource
	Scope    string
	Name     string
	Unit     string
	Kind     MetricKind
	Start    int64
	Time     int64
	Value    float64 // sum of all observations for a histogram
	Bounds   []float64
	Buckets  []uint64 // len(Bounds)+1 counts, histogram only
	Attrs    []Attr
}

// Batch is what reached the collector in one tick. No item is of a later time than Time.
type Batch struct {
	Time   time.Time
	Spans  []Span
	Logs   []Log
	Points []Point
}

// Empty reports whether the tick brought nothing.
func (b *Batch) Empty() bool {
	return len(b.Spans) == 0 && len(b.Logs) == 0 && len(b.Points) == 0
}
