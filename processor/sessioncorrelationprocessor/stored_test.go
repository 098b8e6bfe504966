package sessioncorrelationprocessor

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/internal/session"
)

const storeSecret = "of the deployment"

// fromStoreReader is a batch of the session_store receiver: one record for each event of the session that a cookie shows.
func fromStoreReader(key, cookie, user string, events ...string) plog.Logs {
	ld := plog.NewLogs()
	sl := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty()
	sl.Scope().SetName(storeScope)
	sl.Scope().Attributes().PutStr("braid.session.key_id", session.KeyID(session.DeriveKey(key)))
	now := pcommon.NewTimestampFromTime(time.Now())
	for _, event := range events {
		record := sl.LogRecords().AppendEmpty()
		record.SetEventName(event)
		record.SetTimestamp(now - pcommon.Timestamp(5*time.Hour)) // the session began long ago
		record.SetObservedTimestamp(now)
		token := fmt.Sprintf("%016x", session.TokenHash(session.DeriveKey(key), "JSESSIONID", cookie))
		record.Attributes().PutStr("session.id", token)
		record.Attributes().PutStr("braid.session.token", token)
		record.Attributes().PutStr("braid.session.source", "store")
		putIf(record.Attributes(), "user.id", user)
	}
	return ld
}

func storing(c *Config) {
	c.Secret, c.Wait = storeSecret, 0
	c.Metrics.Interval = time.Millisecond
}

func TestStored_SessionOfTraffic_ComesFromTheStoreWithItsUser(t *testing.T) {
	r := build(t, storing).start(t)
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), span("GET /", 1, "session.id", "s-1", "http.request.header.cookie", "JSESSIONID=BB02.was1")))
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), fromStoreReader(storeSecret, "BB02", "mina", "session.start", "braid.session.login")))
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), span("GET /cart", 2, "session.id", "s-1")))
	spans := r.exit.spans()
	user, ok := spans["GET /cart"].Get("user.id")
	require.True(t, ok, "nothing but the store knows it")
	assert.Equal(t, "mina", user.Str())
	assert.Empty(t, storeRecords(r), "traffic tells of the session")
	assert.Zero(t, r.counted(t, "time_corrected"), "a store's records are not late traffic")
}

func TestStored_WithoutTraffic_GoesOn(t *testing.T) {
	r := build(t, storing).start(t)
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), fromStoreReader(storeSecret, "BB02", "mina", "session.start")))
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), fromStoreReader(storeSecret, "CC03", "", "session.start", "session.end")))
	assert.Len(t, storeRecords(r), 3)
	assert.Zero(t, r.counted(t, "items"), "they are no items of anybody's")
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), span("GET /", 1, "session.id", "s-1", "http.request.header.cookie", "JSESSIONID=DD04")))
	r.stop(t)
	assert.Equal(t, map[string]int64{"both": 0, "store": 1, "traffic": 1}, views(r))
}

func TestStored_OtherSecret_IsNotCompared(t *testing.T) {
	r := build(t, storing).start(t)
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), span("GET /", 1, "session.id", "s-1", "http.request.header.cookie", "JSESSIONID=BB02")))
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), fromStoreReader("another", "BB02", "mina", "session.start")))
	assert.Len(t, storeRecords(r), 1)
	r.stop(t)
	assert.Empty(t, views(r))
}

func TestStored_Malformed_GoesOn(t *testing.T) {
	r := build(t, storing).start(t)
	ld := fromStoreReader(storeSecret, "BB02", "", "session.start", "braid.session.duplicate_login", "unheard of")
	records := ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
	records.At(0).Attributes().PutStr("braid.session.token", "no number")
	records.At(2).Attributes().Remove("braid.session.token")
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), ld))
	assert.Len(t, storeRecords(r), 3)
}

// storeRecords are the records that have left of those a store told.
func storeRecords(r *rig) []plog.LogRecord {
	return slices.DeleteFunc(r.exit.records(), func(record plog.LogRecord) bool {
		source, ok := record.Attributes().Get("braid.session.source")
		return !ok || source.Str() != "store"
	})
}

// views are the latest points of braid.session.views, by view.
func views(r *rig) map[string]int64 {
	latest := map[string]int64{}
	for _, md := range r.exit.metrics.AllMetrics() {
		for _, rm := range md.ResourceMetrics().All() {
			for _, sm := range rm.ScopeMetrics().All() {
				for _, m := range sm.Metrics().All() {
					if m.Name() == "braid.session.views" {
						readViews(m.Gauge().DataPoints(), latest)
					}
				}
			}
		}
	}
	return latest
}

func readViews(points pmetric.NumberDataPointSlice, into map[string]int64) {
	for _, p := range points.All() {
		view, _ := p.Attributes().Get("braid.session.view")
		into[view.Str()] = p.IntValue()
	}
}
