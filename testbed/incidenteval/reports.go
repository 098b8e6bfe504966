package incidenteval

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
)

// Report is what one event said of an incident.
type Report struct {
	At                      time.Time
	Began, Ended            time.Time // Ended is zero while it lasts
	ID, Phase, Title        string
	Service, Kind           string
	Suspects                []Suspect // most suspicious first
	Evidence                []string  // its lines
	Alerts                  []string  // their ids
	Affected                []string  // services dragged down
	Change                  Change
	Users, Sessions, Orders float64
	Lost                    float64
}

// Change is what an event lays an incident to.
type Change struct {
	Kind, Revision, Mechanism string
	Considered                []string
}

// Suspect is a service that an event suspects.
type Suspect struct {
	Service, Kind, Indicator string
	Score                    float64 // in nats
	Pod                      string
}

// Reports takes the connector's events in.
type Reports struct {
	mu   sync.Mutex
	list []Report
}

// List returns the reports of incidents, in order.
func (r *Reports) List() []Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.list
}

// Capabilities promises to leave records as they are.
func (*Reports) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

// ConsumeLogs reads the reports of incidents.
func (r *Reports) ConsumeLogs(_ context.Context, ld plog.Logs) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, lr := range sl.LogRecords().All() {
				if lr.EventName() == "braid.incident" {
					r.list = append(r.list, read(lr))
				}
			}
		}
	}
	return nil
}

// attributes reads those of an incident, without their common prefix.
type attributes struct{ pcommon.Map }

func (a attributes) text(name string) string {
	if v, ok := a.Get("braid.incident." + name); ok {
		return v.AsString()
	}
	return ""
}

func (a attributes) texts(name string) []string {
	v, ok := a.Get("braid.incident." + name)
	if !ok || v.Type() != pcommon.ValueTypeSlice {
		return nil
	}
	out := make([]string, 0, v.Slice().Len())
	for _, item := range v.Slice().All() {
		out = append(out, item.AsString())
	}
	return out
}

func (a attributes) number(name string) float64 {
	v, _ := strconv.ParseFloat(a.text(name), 64) // missing is none
	return v
}

func (a attributes) suspects() []Suspect {
	var out []Suspect
	for _, line := range a.texts("suspects") {
		f := strings.Split(line, "\t")
		if len(f) < 5 {
			continue
		}
		score, _ := strconv.ParseFloat(f[3], 64)
		out = append(out, Suspect{Service: f[0], Kind: f[1], Indicator: f[2], Score: score, Pod: f[4]})
	}
	return out
}

func read(lr plog.LogRecord) Report {
	a := attributes{lr.Attributes()}
	stamp := func(name string) time.Time {
		if v, ok := lr.Attributes().Get(name); ok {
			return time.Unix(0, v.Int()).UTC()
		}
		return time.Time{}
	}
	return Report{
		At: lr.Timestamp().AsTime(), Began: stamp("braid.start_time_unix_nano"), Ended: stamp("braid.end_time_unix_nano"),
		ID: a.text("id"), Phase: a.text("phase"), Title: lr.Body().Str(), Service: a.text("cause.service"), Kind: a.text("cause.kind"),
		Suspects: a.suspects(), Evidence: a.texts("evidence"), Alerts: a.texts("alert_ids"), Affected: a.texts("affected"),
		Change: Change{Kind: a.text("change.kind"), Revision: a.text("change.revision"), Mechanism: a.text("change.mechanism"), Considered: a.texts("change.considered")},
		Users:  a.number("users"), Sessions: a.number("sessions"), Orders: a.number("business.failed"), Lost: a.number("revenue.lost"),
	}
}
