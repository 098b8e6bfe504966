package change

import "time"

// Deployment is a version put to work on a service.
type Deployment struct {
	Time     time.Time
	Service  string
	Version  string // service.version
	Revision string // vcs.ref.head.revision: the newest commit it holds
}

// Flag is a feature flag that was switched.
type Flag struct {
	Time    time.Time
	Service string
	Key     string // feature_flag.key
	Change  string // as told: "off->on"
}

// Commit is a change of the source. Files and Patch may be missing; less is then known.
type Commit struct {
	Revision string
	Author   string
	Time     time.Time
	Message  string
	Files    []string
	Patch    string // unified diff, complete or abridged
}

// SymptomKind says where a symptom was seen.
type SymptomKind string

// Kinds of symptoms.
const (
	SymptomMetric SymptomKind = "metric"
	SymptomLog    SymptomKind = "log"
	SymptomSpan   SymptomKind = "span"
	SymptomAlert  SymptomKind = "alert"
)

// Fact is an attribute of a symptom, as text: db.pool.max=10.
type Fact struct{ Name, Value string }

// Symptom is one thing that is wrong.
type Symptom struct {
	Service string
	Kind    SymptomKind
	Since   time.Time
	// Name is the metric, the span or the alert; Text what the log record or the status says.
	Name, Text string
	Facts      []Fact
	// Before and After are the usual and the present value of a metric.
	Before, After float64
	// Weight is how much it stands out, in [0, 1]; zero counts as one.
	Weight float64
	// Passed says that it may only tell of another service's trouble: errors and latency of calls, "upstream failed".
	Passed bool
}

// Call is a call from one service to another.
type Call struct{ Client, Server string }

// Trouble is what is to be explained.
type Trouble struct {
	Service  string    // the first failing service
	Onset    time.Time // of its first symptom
	Symptoms []Symptom // of this service and of those it dragged down
	Calls    []Call
	// Normal is what the same services say while all is well: words of it prove little.
	Normal []string
	// Load is how the requests of the users changed: 1 is as usual, 3 three times as many; zero is unknown.
	Load float64
}

// EvidenceKind names a way in which a change and the trouble agree, or do not.
type EvidenceKind string

// Kinds of evidence.
const (
	EvidenceFrame     EvidenceKind = "frame"
	EvidenceWords     EvidenceKind = "words"
	EvidenceName      EvidenceKind = "name"
	EvidenceNumber    EvidenceKind = "number"
	EvidenceChance    EvidenceKind = "circumstance"
	EvidenceMechanism EvidenceKind = "mechanism"
	EvidencePlace     EvidenceKind = "place"
	EvidenceTime      EvidenceKind = "time"
	EvidenceHarmless  EvidenceKind = "harmless"
	EvidenceExternal  EvidenceKind = "external"
)

// Evidence is one reason. Weight adds to the score for the ways of matching; for place, time and harmless it is
// the factor they are multiplied with; for external it is taken off.
type Evidence struct {
	Kind   EvidenceKind
	Weight float64
	Text   string
}

// Candidate is a change that could be to blame.
type Candidate struct {
	Revision   string
	Message    string
	Service    string // where it was put to work; empty if that is unknown
	Deployment Deployment
	Mechanism  string // how it would cause the trouble; empty if unknown
	Score      float64
	Evidence   []Evidence
}

// External is a cause that nobody of the team deployed.
type External struct {
	Mechanism string
	Strength  float64 // in [0, 1]
	Text      string
}

// Verdict is the answer.
type Verdict struct {
	// Revision is the commit to blame, empty for none.
	Revision string
	// Deployment carried it to where it hurts; zero if none is known.
	Deployment Deployment
	// Flag is the switch to blame when no commit is.
	Flag *Flag
	// Mechanism is the kind of failure: the blamed change's, else what the symptoms say.
	Mechanism string
	// External explains a verdict of none best; its zero value is no such cause.
	External External
	// Candidates are the commits looked at, most suspicious first, at most [MaxCandidates].
	Candidates []Candidate
}
