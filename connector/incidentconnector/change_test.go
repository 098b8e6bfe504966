package incidentconnector

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/internal/journal/journaltest"
)

// record is a batch with one record of a service.
func record(at time.Time, service, event, body string, severity plog.SeverityNumber, attrs map[string]any) plog.Logs {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	if service != "" {
		rl.Resource().Attributes().PutStr("service.name", service)
	}
	lr := rl.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	lr.SetTimestamp(pcommon.NewTimestampFromTime(at))
	lr.SetSeverityNumber(severity)
	lr.SetEventName(event)
	lr.Body().SetStr(body)
	_ = lr.Attributes().FromRaw(attrs)
	return ld
}

// playPoolExhausted lets the pool of cart run dry an hour after base and calls somebody; what changed comes before.
func playPoolExhausted(r *rig, changed ...plog.Logs) {
	r.t.Helper()
	took := func(ld plog.Logs) { require.NoError(r.t, r.logs.ConsumeLogs(r.t.Context(), ld)) }
	for i := range 60 {
		at := base.Add(time.Duration(i) * time.Minute)
		took(record(at, "cart", "", "served", plog.SeverityNumberInfo, nil))
		took(record(at, "frontend", "", "served", plog.SeverityNumberInfo, nil))
	}
	for _, ld := range changed {
		took(ld)
	}
	for i := range 10 {
		at := base.Add(time.Hour + time.Duration(i)*time.Minute)
		took(record(at, "cart", "", "connection pool exhausted", plog.SeverityNumberError, map[string]any{"db.pool.max": "5"}))
		took(record(at, "frontend", "", "cart timed out", plog.SeverityNumberError, nil))
	}
	took(alert("page", base.Add(70*time.Minute), map[string]any{"service.name": "frontend"}, map[string]any{"alert.name": "errors", "severity": "critical"}))
	r.stop()
}

func TestConnector_CommitThatBrokeIt_IsBlamedWithMechanismAndPlace(t *testing.T) {
	r := newRig(t, replayConfig(), componenttest.NewNopHost())
	at := base.Add(58 * time.Minute)
	const guilty, decoy = "c0ffee00c0ffee00", "decafbad00000000"
	playPoolExhausted(r,
		record(at, "", "vcs.commit", "-const maxConns = 50\n+const maxConns = 5", 0, map[string]any{
			"vcs.ref.head.revision": guilty, "vcs.commit.message": "tidy", "vcs.commit.files": []any{"services/cart/db.go"}}),
		record(at.Add(time.Second), "", "vcs.commit", "-// hello\n+// good day", 0, map[string]any{
			"vcs.ref.head.revision": decoy, "vcs.commit.message": "polish", "vcs.commit.files": []any{"services/frontend/page.go"}}),
		record(at.Add(time.Minute), "cart", "deployment", "deployed", 0, map[string]any{"vcs.ref.head.revision": guilty, "service.version": "2.1"}),
		record(at.Add(90*time.Second), "frontend", "deployment", "deployed", 0, map[string]any{"vcs.ref.head.revision": decoy, "service.version": "7"}))
	said := r.said(eventIncident)
	require.NotEmpty(t, said)
	last := said[len(said)-1]
	assert.Equal(t, "cart: changed by a deployment", last.Body().Str())
	for name, want := range map[string]string{
		"change.kind": laidToCommit, "change.revision": guilty, "change.service": "cart", "change.version": "2.1", "change.mechanism": "pool",
		"cause.kind": "deploy", "cause.change": guilty, "cause.service": "cart", "affected": `["frontend"]`,
	} {
		assert.Equal(t, want, attr(last, "braid.incident."+name), name)
	}
	assert.Contains(t, attr(last, "braid.incident.evidence"), "db.pool.max is 5 at cart, as the commit says")
}

func TestConnector_ChangesThatHaveNothingToDoWithIt_AreNotBlamed(t *testing.T) {
	r := newRig(t, replayConfig(), componenttest.NewNopHost())
	at := base.Add(20 * time.Minute)
	playPoolExhausted(r,
		record(at, "mail", "deployment", "deployed", 0, map[string]any{"service.version": "3"}),
		record(at, "mail", "feature_flag.change", "switched", 0, map[string]any{"feature_flag.key": "new-footer", "feature_flag.change": "off->on"}))
	said := r.said(eventIncident)
	require.NotEmpty(t, said)
	last := said[len(said)-1]
	assert.Equal(t, laidToNone, attr(last, "braid.incident.change.kind"))
	assert.Empty(t, attr(last, "braid.incident.cause.change"))
	assert.Equal(t, "cart", attr(last, "braid.incident.cause.service"))
}

func TestTenant_FlagThatIsEvaluated_IsSwitchedWhenAVariantIsNew(t *testing.T) {
	r := newRig(t, replayConfig(), componenttest.NewNopHost())
	defer r.stop()
	tenant := r.core.newTenant("")
	evaluated := func(minute int, variant string) bool {
		return tenant.varies("cart", "k", variant, base.Add(time.Duration(minute)*time.Minute))
	}
	for minute := range 30 {
		assert.False(t, evaluated(minute, "off"), "as ever")
	}
	assert.True(t, evaluated(30, "on"))
	assert.False(t, evaluated(31, "on"))
	for minute := 32; minute < 42; minute++ {
		evaluated(minute, "on")
	}
	assert.True(t, evaluated(45, "off"), "back")
	assert.False(t, evaluated(46, "on"), "users of both variants")
}

func TestConnector_NewVersionOfAService_IsADeployment(t *testing.T) {
	r := newRig(t, replayConfig(), componenttest.NewNopHost())
	defer r.stop()
	shown := func(minute int, version string) {
		at := base.Add(time.Duration(minute) * time.Minute)
		td := spans(minute, 1, at)
		resource := td.ResourceSpans().At(0).Resource().Attributes()
		resource.PutStr("service.name", "cart")
		resource.PutStr("service.version", version)
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
	}
	deployed := func() int { return r.core.tenants[""].changes.Len() }
	for minute := range 15 {
		shown(minute, "2.0")
	}
	assert.Zero(t, deployed(), "it was there before")
	for minute := 15; minute < 20; minute++ {
		shown(minute, "2.1")
		shown(minute, "2.0") // replicas one after the other
	}
	assert.Equal(t, 1, deployed(), "2.1")
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), record(base.Add(30*time.Minute), "cart", "deployment", "deployed", 0, map[string]any{"service.version": "2.2"})))
	shown(31, "2.2")
	assert.Equal(t, 2, deployed(), "2.2, told by an event and then shown")
}

func TestConnector_EventOfAPod_IsAReportOfItsService(t *testing.T) {
	r := newRig(t, replayConfig(), componenttest.NewNopHost())
	ld := record(base, "cart", "", "served", plog.SeverityNumberInfo, nil)
	ld.ResourceLogs().At(0).Resource().Attributes().PutStr("k8s.pod.name", "cart-1")
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), ld))
	for i := range 30 {
		at := base.Add(time.Duration(i) * time.Minute)
		require.NoError(t, r.logs.ConsumeLogs(t.Context(), record(at, "web", "", "served", plog.SeverityNumberInfo, nil)))
	}
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), record(base.Add(31*time.Minute), "", "", "Container cart was killed", 0,
		map[string]any{"k8s.event.reason": "OOMKilling", "k8s.object.name": "cart-1"})))
	account, ok := r.core.tenants[""].feed.Account()
	require.True(t, ok)
	assert.Equal(t, "cart", account.Ranked[0].Service)
	assert.Contains(t, fmt.Sprint(account.Trouble.Symptoms), "OOMKilling: Container cart was killed")
	r.stop()
}

func TestConnector_Killed_KnowsWhatWasChangedAndLearnt(t *testing.T) {
	disk := journaltest.NewDisk()
	cfg := replayConfig()
	cfg.Storage = &journaltest.DiskID
	first := newRig(t, cfg, journaltest.Host{Extension: disk})
	for range 2 {
		require.NoError(t, first.logs.ConsumeLogs(t.Context(), record(base, "cart", "deployment", "", 0, map[string]any{"service.version": "2"})))
	}
	require.NoError(t, first.logs.ConsumeLogs(t.Context(), record(base, "cart", "feature_flag.change", "", 0, map[string]any{"feature_flag.key": "k"})))
	require.NoError(t, first.logs.ConsumeLogs(t.Context(), record(base, "", "vcs.commit", "+x", 0, map[string]any{"vcs.ref.head.revision": "c0ffee"})))
	for i := range 60 {
		require.NoError(t, first.metrics.ConsumeMetrics(t.Context(), gauge("cpu", base.Add(time.Duration(i)*10*time.Second), 1, nil)))
	}
	first.pass(base.Add(10*time.Minute), time.Minute)
	killed, stopped := disk.After(), disk
	first.stop()
	for name, left := range map[string]*journaltest.Disk{"killed": killed, "stopped": stopped} {
		second := newRig(t, cfg, journaltest.Host{Extension: left})
		second.core.mu.Lock()
		tn := second.core.tenants[""]
		require.NotNil(t, tn, name)
		assert.Equal(t, 3, tn.changes.Len(), name)
		assert.Positive(t, tn.engine.Stats().Points, name)
		assert.Positive(t, tn.clock.Watermark(), name)
		second.core.mu.Unlock()
		second.stop()
	}
	killed.Change(learntKey+"\x00", func(b []byte) []byte { return append([]byte(nil), b[:len(b)/2]...) })
	third := newRig(t, cfg, journaltest.Host{Extension: killed})
	assert.Equal(t, 3, third.core.tenants[""].changes.Len(), "what is not damaged is kept")
	assert.Zero(t, third.core.tenants[""].engine.Stats().Points)
	third.stop()
}
