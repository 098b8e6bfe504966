package llmsummaryexporter

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/history"
)

// event is a log record that is summarized.
type event struct {
	tenant, name, id string
	began, at        time.Time
	severity         plog.SeverityNumber
	attributes       pcommon.Map
	resource         pcommon.Map
}

// ids are the attributes that name an event of each kind. An event without one is named by the session, user or client it
// is about.
var ids = map[string][]string{
	string(history.KindIncident):       {"braid.incident.id"},
	string(history.KindAnomaly):        {"braid.anomaly.id", "braid.episode.id"},
	string(history.KindBreach):         {"braid.forecast.id"},
	string(history.KindLoginFlood):     {"event.id", "client.address"},
	string(history.KindDuplicateLogin): {"event.id", "session.id"},
	string(history.KindLongSession):    {"event.id", "session.id"},
}

// read reads a record, or reports that it is none that is summarized.
func read(resource pcommon.Map, r plog.LogRecord) (*event, bool) {
	keys, ok := ids[r.EventName()]
	if !ok {
		return nil, false
	}
	e := &event{name: r.EventName(), at: r.Timestamp().AsTime(), severity: r.SeverityNumber(), attributes: r.Attributes(), resource: resource}
	e.tenant = e.text("braid.tenant")
	for _, key := range keys {
		if e.id = e.text(key); e.id != "" {
			break
		}
	}
	e.began = e.at
	if nanos, ok := e.number("braid.start_time_unix_nano"); ok {
		e.began = time.Unix(0, int64(nanos)).UTC()
	}
	return e, e.id != "" && e.at.Unix() > 0
}

// resolved tells that what the event is about is over.
func (e *event) resolved() bool {
	return e.text("braid.incident.status") == "resolved" || e.text("braid.anomaly.status") == "closed" || e.text("braid.forecast.status") == "closed"
}

// text is an attribute of the record, or of its resource.
func (e *event) text(key string) string {
	for _, m := range []pcommon.Map{e.attributes, e.resource} {
		if v, ok := m.Get(key); ok && v.AsString() != "" {
			return v.AsString()
		}
	}
	return ""
}

func (e *event) number(key string) (float64, bool) {
	v, ok := e.attributes.Get(key)
	if !ok {
		return 0, false
	}
	switch v.Type() {
	case pcommon.ValueTypeInt:
		return float64(v.Int()), true
	case pcommon.ValueTypeDouble:
		return v.Double(), true
	default:
		return 0, false
	}
}
