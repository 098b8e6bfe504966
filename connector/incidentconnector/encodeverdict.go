package incidentconnector

import (
	"fmt"

	"github.com/braidotel/braid/internal/change"
)

// What an incident is laid to, as braid.incident.change.kind.
const (
	laidToCommit   = "commit"
	laidToDeploy   = "deployment" // of which nobody told the commits
	laidToFlag     = "flag"
	laidToOutsider = "external"
	laidToNone     = "none"
)

// encodeVerdict says which change is to blame, and why, or that none is.
func encodeVerdict(p put, v *change.Verdict) {
	kind := laidToNone
	switch {
	case v.Revision != "" && v.Candidates[0].Message == "":
		kind = laidToDeploy
	case v.Revision != "":
		kind = laidToCommit
	case v.Flag != nil:
		kind = laidToFlag
		p.text("braid.incident.change.flag", v.Flag.Key)
		p.text("braid.incident.change.service", v.Flag.Service)
		p.PutInt("braid.incident.change.time_unix_nano", v.Flag.Time.UnixNano())
	case v.External.Mechanism != "":
		kind = laidToOutsider
	}
	p.PutStr("braid.incident.change.kind", kind)
	p.text("braid.incident.change.mechanism", v.Mechanism)
	if v.Revision != "" {
		p.PutStr("braid.incident.change.revision", v.Revision)
		p.text("braid.incident.change.message", v.Candidates[0].Message)
		p.text("braid.incident.change.service", v.Deployment.Service)
		p.text("braid.incident.change.version", v.Deployment.Version)
		if at := v.Deployment.Time; !at.IsZero() {
			p.PutInt("braid.incident.change.time_unix_nano", at.UnixNano())
		}
	}
	var considered []string
	for i := range v.Candidates {
		c := &v.Candidates[i]
		considered = append(considered, fmt.Sprintf("%.2f\t%s\t%s\t%s", c.Score, c.Revision, c.Service, c.Message))
	}
	p.texts("braid.incident.change.considered", considered)
	if v.External.Mechanism != "" {
		p.text("braid.incident.change.external", v.External.Text)
	}
}
