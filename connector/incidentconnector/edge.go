package incidentconnector

import (
	"cmp"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/incident"
)

// What a center says of an edge; see the concurrency processor.
const (
	eventEdgeStatus = "braid.edge.status"
	attrEdge        = "braid.edge"
	attrEdgeStatus  = "braid.edge.status"
	attrEdgeHeard   = "braid.edge.heard"
	edgeSilent      = "silent"
)

// spanWithin is how far apart incidents of two regions may begin and still be one.
const spanWithin = 15 * time.Minute

// regional is the latest incident of a service that one region told of.
type regional struct {
	region string
	alert  incident.Alert
}

// eventLoginFlood is one address trying log-ins, many a minute; see the session_correlation processor.
const eventLoginFlood = "braid.login.flood"

// own reads what Braid's components say. It is about users, or comes from here, but for floods of log-ins and what only a
// center hears: that an edge fell silent, and the incidents of regions.
func (b *batch) own(o *origin, records plog.LogRecordSlice) {
	for _, r := range records.All() {
		switch eventName(r) {
		case eventLoginFlood:
			b.flood(o, r)
		case eventEdgeStatus:
			b.edgeStatus(o, r)
		case eventIncident:
			b.regional(o, r)
		}
	}
}

// flood takes a flood of log-ins for a sign of trouble: from several addresses it opens an incident, beside other trouble it
// belongs to that; by itself it is only kept.
func (b *batch) flood(o *origin, r plog.LogRecord) {
	client, at := first(r, "client.address"), b.at(o.tenant, r.Timestamp())
	b.alert(o.tenant, incident.Alert{
		ID: "flood " + client + "@" + at.UTC().Format(time.RFC3339), Time: at, Tenant: o.tenant.name, Source: "braid", Name: "login flood",
		Severity: incident.SeverityWarn,
	})
}

// edgeStatus takes it for trouble that a whole site says nothing.
func (b *batch) edgeStatus(o *origin, r plog.LogRecord) {
	name := first(r, attrEdge)
	if first(r, attrEdgeStatus) != edgeSilent || name == "" {
		return
	}
	b.alert(o.tenant, incident.Alert{
		ID: "edge " + name + "@" + first(r, attrEdgeHeard), Time: b.at(o.tenant, r.Timestamp()), Tenant: o.tenant.name,
		Service: "edge " + name, Source: "braid", Name: "edge silent", Severity: int32(r.SeverityNumber()),
	})
}

// regional takes incidents of one service in two regions for one that spans them. That of a single region is told by its
// edge already.
func (b *batch) regional(o *origin, r plog.LogRecord) {
	region, id := cmp.Or(o.region, first(r, "braid.region")), first(r, "braid.incident.id")
	service := cmp.Or(first(r, "braid.incident.cause.service"), firstOf(r.Attributes(), "braid.incident.services"))
	if region == "" || id == "" || service == "" || first(r, "braid.incident.status") == "resolved" {
		return
	}
	now := regional{region: region, alert: incident.Alert{
		ID: "incident " + region + " " + id, Time: b.at(o.tenant, r.Timestamp()), Tenant: o.tenant.name, Service: service, Instance: region, Region: region,
		Source: "braid", Name: "incident in " + region, Severity: incident.SeverityError, Trace: r.TraceID(),
	}}
	was, known := o.tenant.regional.Get(service)
	o.tenant.regional.Add(service, now)
	if !known || was.region == region || now.alert.Time.Sub(was.alert.Time).Abs() > spanWithin {
		return
	}
	was.alert.Time = now.alert.Time // the alerts of an incident that begins now
	b.alert(o.tenant, was.alert)
	b.alert(o.tenant, now.alert)
}

// firstOf is the first of a list, as text.
func firstOf(attrs pcommon.Map, name string) string {
	v, ok := attrs.Get(name)
	if !ok || v.Type() != pcommon.ValueTypeSlice || v.Slice().Len() == 0 {
		return ""
	}
	return text(v.Slice().At(0))
}
