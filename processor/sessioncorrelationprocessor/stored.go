package sessioncorrelationprocessor

import (
	"strconv"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.uber.org/zap"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/session"
)

// storeScope is the scope of what the session_store receiver tells.
const storeScope = "github.com/braidotel/braid/receiver/sessionstorereceiver"

// comparePause is how long to wait, for each open session, until what stores and traffic know is compared again: it looks
// at every session, which takes 0.1 s for 200,000. They are compared once a minute.
const comparePause = 300 * time.Microsecond

// comparison is the latest.
type comparison struct {
	session.Views
	at eventtime.Instant
	ok bool
}

// compare returns how stores and traffic compare, or compared lately.
func (t *tenant) compare(at eventtime.Instant) (session.Views, bool) {
	if c := &t.views; !c.ok || at >= c.at.Add(time.Duration(t.table.Open())*comparePause) {
		c.at = at
		c.Views, c.ok = t.table.Compare()
	}
	return t.views.Views, t.views.ok
}

// ofStore reports whether records are what a session store tells.
func ofStore(ss plog.ScopeLogs) bool { return ss.Scope().Name() == storeScope }

// readStored lets a store's records pass as they are: they are no activity of anybody.
func readStored(b *batch, ss plog.ScopeLogs) {
	for _, record := range ss.LogRecords().All() {
		it := b.item()
		it.Kind = session.KindLog
		it.End = instant(record.ObservedTimestamp())
		it.Start = it.End
		b.stamps = append(b.stamps, stamp{attributes: record.Attributes(), resource: len(b.resources) - 1, traits: fromStore})
	}
}

// absorb takes in what session stores tell. Records about sessions that traffic tells of itself are taken out; the others
// go on and say who is logged in where nothing is instrumented. Taken in twice, it tells the same.
func (c *core) absorb(ld plog.Logs) {
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			if ofStore(sl) && c.sameKey(sl.Scope()) {
				c.absorbScope(rl.Resource(), sl)
			}
		}
	}
}

// sameKey reports whether a store's tokens are hashed under this core's key.
func (c *core) sameKey(scope pcommon.InstrumentationScope) bool {
	if c.plan.text(scope.Attributes(), "braid.session.key_id") == session.KeyID(c.tables.Key) {
		return true
	}
	c.strange.Do(func() {
		c.logger.Warn("a session store's sessions are not compared with those of traffic: set the same secret for both",
			zap.String("receiver", "session_store"))
	})
	return false
}

func (c *core) absorbScope(resource pcommon.Resource, sl plog.ScopeLogs) {
	name := c.plan.text(resource.Attributes(), c.cfg.Tenant)
	c.lock()
	defer c.unlock()
	table := c.tenant(name).table
	sl.LogRecords().RemoveIf(func(record plog.LogRecord) bool {
		token, ok := tokenOf(record, "braid.session.token")
		id := c.plan.text(record.Attributes(), attrSession)
		if !ok || id == "" {
			return false
		}
		if record.EventName() == eventNames[session.EventDuplicateLogin] {
			other, ok := tokenOf(record, "braid.session.other_token")
			return ok && table.Shows(token) && table.Shows(other)
		}
		return table.LearnStored(session.Stored{
			Token: token, ID: id, User: c.plan.text(record.Attributes(), attrUser),
			At: instant(record.Timestamp()), Gone: record.EventName() == eventNames[session.EventEnd],
		})
	})
}

func tokenOf(record plog.LogRecord, key string) (uint64, bool) {
	value, ok := record.Attributes().Get(key)
	if !ok {
		return 0, false
	}
	token, err := strconv.ParseUint(value.AsString(), 16, 64)
	return token, err == nil
}

// text reads an attribute to keep it.
func (p *plan) text(attributes pcommon.Map, key string) string {
	value, ok := attributes.Get(key)
	if !ok {
		return ""
	}
	return p.fit(value.AsString())
}
