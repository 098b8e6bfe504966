package decode

import (
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/history"
)

// Time is when a record's event happened.
func Time(r plog.LogRecord) time.Time {
	if t := r.Timestamp(); t != 0 {
		return t.AsTime()
	}
	return r.ObservedTimestamp().AsTime()
}

// either reads an attribute off the record, else off its resource.
func either(r plog.LogRecord, resource pcommon.Map, names ...string) string {
	if s := Text(r.Attributes(), names...); s != "" {
		return s
	}
	return Text(resource, names...)
}

// decodeSession reads session.start and session.end.
func decodeSession(b *history.Batch, name string, resource pcommon.Map, r plog.LogRecord) bool {
	attrs, at := r.Attributes(), Time(r)
	s := history.Session{
		Tenant: history.Tenant(either(r, resource, "braid.tenant")), ID: Text(attrs, "session.id"),
		Previous: Text(attrs, "session.previous_id"), User: Text(attrs, "user.id"),
		Client: Text(attrs, "client.address"), Region: either(r, resource, "braid.region"), Start: at, Last: at,
	}
	if s.ID == "" || at.Unix() <= 0 {
		return false
	}
	if name == "session.start" {
		s.Opened = at
	}
	if name == "session.end" {
		s.End, s.Reason = at, Text(attrs, "braid.session.end_reason")
	}
	if start := moment(attrs, "braid.session.start_time_unix_nano"); !start.IsZero() {
		summarize(&s, attrs, start)
	}
	b.Sessions = append(b.Sessions, s)
	return true
}

// summarize reads what is known of a session that has been going on for a while.
func summarize(s *history.Session, attrs pcommon.Map, start time.Time) {
	s.Start = start
	if last := moment(attrs, "braid.session.last_activity_unix_nano"); !last.IsZero() {
		s.Last = last
	}
	s.Summary = s.Last
	s.Requests, s.Errors = integer(attrs, "braid.session.requests"), integer(attrs, "braid.session.errors")
	s.EntryPage, s.ExitPage = Text(attrs, "braid.session.entry_page"), Text(attrs, "braid.session.exit_page")
	s.Servers, s.Services = texts(attrs, "braid.session.servers"), texts(attrs, "braid.session.services")
}

// decodeLong reads braid.session.long, which is an event and tells how the session stands.
func decodeLong(b *history.Batch, name string, resource pcommon.Map, r plog.LogRecord) bool {
	return decodeSession(b, name, resource, r) && decodeEvent(b, name, resource, r)
}

// maxFrame is the largest frame of a sketch that is stored, in bytes.
const maxFrame = 20 << 10

// decodeSketch reads braid.sketch. The frame is stored as it is: only who has the secret can look into it.
func decodeSketch(b *history.Batch, _ string, resource pcommon.Map, r plog.LogRecord) bool {
	attrs := r.Attributes()
	s := history.Sketch{
		Tenant: history.Tenant(either(r, resource, "braid.tenant")), Identity: Text(attrs, "braid.identity"),
		Start: moment(attrs, "braid.window.start"), Users: integer(attrs, "braid.users"), Events: integer(attrs, "braid.events"),
	}
	if exact, ok := attrs.Get("braid.users.exact"); ok {
		s.Exact = exact.Bool()
	}
	var err error
	if s.Tier, err = time.ParseDuration(Text(attrs, "braid.tier")); err != nil || s.Tier <= 0 {
		return false
	}
	if names := texts(attrs, "braid.keys"); len(names) > 0 {
		s.Key = map[string]string{}
		for _, name := range names {
			s.Key[name] = Text(attrs, name)
		}
	}
	if r.Body().Type() != pcommon.ValueTypeBytes || r.Body().Bytes().Len() == 0 || r.Body().Bytes().Len() > maxFrame {
		return false
	}
	s.Frames = [][]byte{r.Body().Bytes().AsRaw()}
	if s.Identity == "" || s.Start.IsZero() {
		return false
	}
	b.Sketches = append(b.Sketches, s)
	return true
}
