package sessioncorrelationprocessor

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/outlet"
	"github.com/braidotel/braid/internal/session"
)

const attrReason = "braid.session.end_reason"

var eventNames = map[session.EventKind]string{
	session.EventStart:          "session.start",
	session.EventEnd:            "session.end",
	session.EventLong:           "braid.session.long",
	session.EventDuplicateLogin: "braid.session.duplicate_login",
	session.EventLoginFlood:     "braid.login.flood",
}

// warnings are the events that someone should look at.
var warnings = map[session.EventKind]bool{
	session.EventLong: true, session.EventDuplicateLogin: true, session.EventLoginFlood: true,
}

// encodeEvents writes a tenant's events as log records.
func (c *core) encodeEvents(t *tenant, events []session.Event) plog.Logs {
	now := pcommon.NewTimestampFromTime(time.Now())
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	putIf(rl.Resource().Attributes(), attrTenant, t.name)
	sl := rl.ScopeLogs().AppendEmpty()
	sl.Scope().SetName(scopeName)
	for i := range events {
		c.writeEvent(&events[i], sl.LogRecords().AppendEmpty(), now)
	}
	return ld
}

// deliverEvents sends events through the first logs pipeline.
func (c *core) deliverEvents(ready []tenantEvents) {
	if len(ready) == 0 {
		return
	}
	c.nodesMu.Lock()
	nodes := c.logs
	c.nodesMu.Unlock()
	for _, te := range ready {
		switch {
		case len(nodes) > 0:
			leave(c, nodes[0].out, te.logs, te.ticket)
		case te.ticket == 0:
			c.reportDerived(te.size, outlet.Lost)
		}
	}
}

// writeEvent encodes an event as a log record.
func (c *core) writeEvent(e *session.Event, record plog.LogRecord, now pcommon.Timestamp) {
	record.SetEventName(eventNames[e.Kind])
	record.SetTimestamp(pcommon.Timestamp(e.At))
	record.SetObservedTimestamp(now)
	record.SetSeverityNumber(plog.SeverityNumberInfo)
	record.SetSeverityText("INFO")
	if warnings[e.Kind] {
		record.SetSeverityNumber(plog.SeverityNumberWarn)
		record.SetSeverityText("WARN")
	}
	attributes := record.Attributes()
	if e.Kind == session.EventLoginFlood {
		attributes.PutStr(attrClient, c.pseudonyms.client(e.Client))
		attributes.PutInt("braid.login.attempts", int64(e.Attempts))
		return
	}
	s := &e.Session
	attributes.PutStr(attrSession, s.ID)
	putIf(attributes, attrPrevious, s.Previous)
	putIf(attributes, attrUser, c.pseudonyms.user(s.User))
	putIf(attributes, attrClient, c.pseudonyms.client(s.Client))
	putIf(attributes, attrRegion, s.Region)
	switch e.Kind {
	case session.EventDuplicateLogin:
		attributes.PutStr("braid.session.other_id", e.Other)
	case session.EventLong, session.EventEnd:
		writeSummary(s, attributes)
		if e.Reason != "" {
			attributes.PutStr(attrReason, string(e.Reason))
		}
	case session.EventStart, session.EventLoginFlood:
	}
}

// writeSummary writes what is known of a session that has been going on for a while.
func writeSummary(s *session.Summary, attributes pcommon.Map) {
	attributes.PutInt("braid.session.start_time_unix_nano", int64(s.Start))
	attributes.PutInt("braid.session.last_activity_unix_nano", int64(s.Last))
	attributes.PutDouble("braid.session.duration", s.Last.Sub(s.Start).Seconds())
	attributes.PutInt("braid.session.requests", int64(s.Requests))
	attributes.PutInt("braid.session.errors", int64(s.Errors))
	putIf(attributes, "braid.session.entry_page", s.EntryPage)
	putIf(attributes, "braid.session.exit_page", s.ExitPage)
	putStrings(attributes, "braid.session.servers", s.Servers)
	putStrings(attributes, "braid.session.services", s.Services)
}

func putStrings(attributes pcommon.Map, key string, values []string) {
	if len(values) == 0 {
		return
	}
	list := attributes.PutEmptySlice(key)
	for _, v := range values {
		list.AppendEmpty().SetStr(v)
	}
}
