package incident

import (
	"time"

	"github.com/braidotel/braid/internal/change"
	"github.com/braidotel/braid/internal/rca"
)

// Phase is what a report says of an incident.
type Phase string

// Phases of an incident.
const (
	PhaseOpened   Phase = "opened"
	PhaseUpdated  Phase = "updated"
	PhaseResolved Phase = "resolved"
	PhaseReopened Phase = "reopened"
)

// Severity numbers of OTLP.
const (
	SeverityInfo  int32 = 9
	SeverityWarn  int32 = 13
	SeverityError int32 = 17
	SeverityFatal int32 = 21
)

// Incident is some trouble: what it looks like, what caused it and what it costs.
type Incident struct {
	ID         string
	Phase      Phase
	Open       bool
	Severity   int32
	Began      time.Time
	At         time.Time // of this report
	Ended      time.Time // zero while open
	Services   []string  // most concerned first
	Hypotheses []rca.Hypothesis
	Suspects   []Suspect // more services than there are hypotheses, most suspicious first
	None       bool      // nothing stands out as the cause
	Affected   []string  // services dragged down with the cause
	Verdict    *change.Verdict
	Advice     Advice
	Impact     Impact
	Alerts     int      // grouped
	AlertIDs   []string // of them, as many as are kept
	UserFacing bool
	Trace      [16]byte // of one alert, if any says
}

// Suspect is a service that may have caused the trouble, in short.
type Suspect struct {
	Service   string
	Kind      rca.Cause
	Indicator string // what shows it best
	Pod       string
	Score     float64  // in nats
	Share     float64  // of the belief
	Path      []string // of services, from where users feel it to this one
}

// suspects are the services of hypotheses.
func suspects(list []rca.Hypothesis) []Suspect {
	out := make([]Suspect, 0, len(list))
	for i := range list {
		h := &list[i]
		out = append(out, Suspect{Service: h.Service, Kind: h.Kind, Indicator: h.Indicator, Pod: h.Pod, Score: h.Score, Share: h.Share, Path: h.Path})
	}
	return out
}

// Cause is the service and kind of the likeliest hypothesis; false if there is none to believe.
func (i *Incident) Cause() (rca.Hypothesis, bool) {
	if i.None || len(i.Hypotheses) == 0 {
		return rca.Hypothesis{}, false
	}
	return i.Hypotheses[0], true
}
