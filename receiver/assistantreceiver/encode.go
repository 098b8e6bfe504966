package assistantreceiver

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/receiver/assistantreceiver/internal/metadata"
)

// eventName is that of the records.
const eventName = "braid.action"

// events are happenings as log records, a resource for each tenant.
func events(list []action.Happening, now time.Time) plog.Logs {
	ld := plog.NewLogs()
	scopes := map[string]plog.ScopeLogs{}
	for i := range list {
		h := &list[i]
		scope, ok := scopes[h.Tenant]
		if !ok {
			rl := ld.ResourceLogs().AppendEmpty()
			if h.Tenant != "" {
				rl.Resource().Attributes().PutStr("braid.tenant", h.Tenant)
			}
			scope = rl.ScopeLogs().AppendEmpty()
			scope.Scope().SetName(metadata.ScopeName)
			scopes[h.Tenant] = scope
		}
		encode(scope.LogRecords().AppendEmpty(), h, now)
	}
	return ld
}

func encode(r plog.LogRecord, h *action.Happening, now time.Time) {
	r.SetEventName(eventName)
	r.SetTimestamp(pcommon.NewTimestampFromTime(h.At))
	r.SetObservedTimestamp(pcommon.NewTimestampFromTime(now))
	r.SetSeverityNumber(plog.SeverityNumberInfo)
	r.SetSeverityText("INFO")
	if h.State == action.Failed || h.State == action.Unknown {
		r.SetSeverityNumber(plog.SeverityNumberWarn)
		r.SetSeverityText("WARN")
	}
	r.Body().SetStr(string(h.State) + ": " + h.Change)
	a := r.Attributes()
	a.PutInt("braid.action.step", int64(h.Number))
	for _, p := range [][2]string{
		{"braid.action.id", h.ID}, {"braid.action.name", string(h.Kind)}, {"braid.action.state", string(h.State)}, {"braid.action.digest", h.Digest},
		{"braid.action.proposer", h.Proposer}, {"braid.action.by", h.By}, {"braid.action.text", h.Text}, {"braid.action.verdict", string(h.Verdict)},
		{"braid.action.target", h.Target}, {"service.name", h.Service}, {"deployment.environment.name", h.Environment}, {"session.id", h.Session},
	} {
		if p[1] != "" {
			a.PutStr(p[0], p[1])
		}
	}
}
