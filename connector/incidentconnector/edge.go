package incidentconnector

import (
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

// own reads what Braid's components say. It is about users, or comes from here; only that a whole site says nothing is a
// sign of trouble that nobody else can give.
func (b *batch) own(o *origin, records plog.LogRecordSlice) {
	for _, r := range records.All() {
		name := first(r, attrEdge)
		if eventName(r) != eventEdgeStatus || first(r, attrEdgeStatus) != edgeSilent || name == "" {
			continue
		}
		b.alert(o.tenant, incident.Alert{
			ID: "edge " + name + "@" + first(r, attrEdgeHeard), Time: b.at(o.tenant, r.Timestamp()), Tenant: o.tenant.name,
			Service: "edge " + name, Source: "braid", Name: "edge silent", Severity: int32(r.SeverityNumber()),
		})
	}
}
