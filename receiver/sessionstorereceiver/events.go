package sessionstorereceiver

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/view"
)

// scopeName is the scope of all that is told here; session_correlation knows the records by it.
const scopeName = "github.com/braidotel/braid/receiver/sessionstorereceiver"

// Attributes that are written.
const (
	attrSession    = "session.id"
	attrUser       = "user.id"
	attrTenant     = "braid.tenant"
	attrSource     = "braid.session.source"
	attrReason     = "braid.session.end_reason"
	attrToken      = "braid.session.token"
	attrKeyID      = "braid.session.key_id"
	attrOther      = "braid.session.other_id"
	attrOtherToken = "braid.session.other_token" //nolint:gosec // the name of an attribute
	attrOtherStore = "braid.session.other_store"
	attrStore      = "braid.session_store.name"
	attrSystem     = "db.system.name"
)

var eventNames = map[view.Kind]string{
	view.Started: "session.start", view.LoggedIn: "braid.session.login", view.Ended: "session.end",
	view.Duplicate: "braid.session.duplicate_login",
}

// batchSize is the most records of one batch.
const batchSize = 1000

// emit sends events, and returns when they have left or ctx has ended.
func (c *core) emit(ctx context.Context, events []view.Event) {
	if len(events) == 0 || !c.cfg.Events.Enabled {
		return
	}
	for batch := range slices.Chunk(events, batchSize) {
		c.logs.put(ctx, len(batch), func() plog.Logs { return c.encodeEvents(batch) })
	}
}

// encodeEvents writes events as log records.
func (c *core) encodeEvents(events []view.Event) plog.Logs {
	now := pcommon.NewTimestampFromTime(time.Now())
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	if c.cfg.Tenant != "" {
		rl.Resource().Attributes().PutStr(attrTenant, c.cfg.Tenant)
	}
	sl := rl.ScopeLogs().AppendEmpty()
	sl.Scope().SetName(scopeName)
	sl.Scope().Attributes().PutStr(attrKeyID, c.keyID)
	sl.LogRecords().EnsureCapacity(len(events))
	for i := range events {
		c.writeEvent(&events[i], sl.LogRecords().AppendEmpty(), now)
	}
	return ld
}

func (c *core) writeEvent(e *view.Event, record plog.LogRecord, now pcommon.Timestamp) {
	record.SetEventName(eventNames[e.Kind])
	record.SetTimestamp(pcommon.NewTimestampFromTime(e.At))
	record.SetObservedTimestamp(now)
	record.SetSeverityNumber(plog.SeverityNumberInfo)
	record.SetSeverityText("INFO")
	attributes := record.Attributes()
	attributes.EnsureCapacity(10)
	attributes.PutStr(attrSession, c.sessionID(&e.Session))
	attributes.PutStr(attrToken, hash(e.Session.Token))
	attributes.PutStr(attrSource, "store")
	attributes.PutStr(attrStore, c.watchers[e.Session.Store].name)
	if e.Session.User != "" {
		attributes.PutStr(attrUser, c.user(e.Session.User))
	}
	switch e.Kind {
	case view.Duplicate:
		record.SetSeverityNumber(plog.SeverityNumberWarn)
		record.SetSeverityText("WARN")
		attributes.PutStr(attrOther, c.sessionID(&e.Other))
		attributes.PutStr(attrOtherToken, hash(e.Other.Token))
		attributes.PutStr(attrOtherStore, c.watchers[e.Other.Store].name)
	case view.Ended:
		attributes.PutStr(attrReason, e.Reason)
		writeLife(&e.Session, attributes)
	case view.Started, view.LoggedIn:
		writeLife(&e.Session, attributes)
	}
}

// writeLife writes when a session began, as far as the store knows, and was used last.
func writeLife(s *view.Summary, attributes pcommon.Map) {
	if s.Created.IsZero() {
		return
	}
	last := s.Accessed
	if last.Before(s.Created) {
		last = s.Created
	}
	attributes.PutInt("braid.session.start_time_unix_nano", s.Created.UnixNano())
	attributes.PutInt("braid.session.last_activity_unix_nano", last.UnixNano())
	attributes.PutDouble("braid.session.duration", last.Sub(s.Created).Seconds())
}

func (c *core) sessionID(s *view.Summary) string {
	if s.ID != "" {
		return s.ID
	}
	return hash(s.Token)
}

func hash(token view.Token) string { return fmt.Sprintf("%016x", uint64(token)) }

// user is a user's name, or the pseudonym that session_correlation gives it under the same secret.
func (c *core) user(name string) string {
	if c.cfg.Users != usersPseudonym {
		return name
	}
	h := hmac.New(sha256.New, []byte(c.cfg.Secret))
	h.Write([]byte(attrUser + "\x00" + name))
	return hex.EncodeToString(h.Sum(nil)[:16])
}
