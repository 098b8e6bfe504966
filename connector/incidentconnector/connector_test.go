package incidentconnector

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/journal/journaltest"
)

// storm sends n different alerts, one every ten seconds from then on.
func (r *rig) storm(prefix string, from time.Time, n int) time.Time {
	r.t.Helper()
	at := from
	for i := range n {
		ld := alert(fmt.Sprintf("%s%d", prefix, i), at,
			map[string]any{"service.name": fmt.Sprintf("svc-%d", i%3), "k8s.namespace.name": "shop"}, map[string]any{"alert.name": fmt.Sprintf("rule %s%d", prefix, i)})
		require.NoError(r.t, r.logs.ConsumeLogs(r.t.Context(), ld))
		at = at.Add(10 * time.Second)
	}
	return at
}

// pass lets event time pass without alerts.
func (r *rig) pass(from time.Time, d time.Duration) {
	r.t.Helper()
	for at := from; at.Before(from.Add(d)); at = at.Add(10 * time.Second) {
		ld := plog.NewLogs()
		lr := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		lr.SetTimestamp(pcommon.NewTimestampFromTime(at))
		lr.Body().SetStr("all is well")
		require.NoError(r.t, r.logs.ConsumeLogs(r.t.Context(), ld))
	}
}

func TestConnector_Storm_IsOneIncidentThatOpensGrowsAndIsResolved(t *testing.T) {
	r := newRig(t, replayConfig(), componenttest.NewNopHost())
	end := r.storm("a", base, 30)
	r.pass(end, 10*time.Minute)
	r.stop()
	said := r.said(eventIncident)
	require.GreaterOrEqual(t, len(said), 3)
	first, last := said[0], said[len(said)-1]
	assert.Equal(t, "opened", attr(first, "braid.incident.phase"))
	assert.Equal(t, "resolved", attr(last, "braid.incident.phase"))
	assert.Equal(t, "resolved", attr(last, "braid.incident.status"))
	assert.Equal(t, attr(first, "braid.incident.id"), attr(last, "braid.incident.id"))
	assert.Equal(t, "30", attr(last, "braid.incident.alerts"))
	assert.Equal(t, "30 alerts in svc-0, svc-1, svc-2", last.Body().Str())
	ids, ok := last.Attributes().Get("braid.incident.alert_ids")
	require.True(t, ok)
	assert.Equal(t, 30, ids.Slice().Len(), "grouped alerts stay reachable")
	assert.NotEmpty(t, attr(last, "braid.incident.checks"))
}

func TestConnector_TwoTenants_NeverShareAnIncident(t *testing.T) {
	r := newRig(t, replayConfig(), componenttest.NewNopHost())
	for i := range 10 {
		for _, tenant := range []string{"a", "b"} {
			ld := alert(fmt.Sprintf("%s%d", tenant, i), base.Add(time.Duration(i)*time.Second),
				map[string]any{"service.name": "web", "braid.tenant": tenant}, map[string]any{"alert.name": fmt.Sprint("rule ", i)})
			require.NoError(t, r.logs.ConsumeLogs(t.Context(), ld))
		}
	}
	r.stop()
	said := r.said(eventIncident)
	ids := map[string]bool{}
	for _, lr := range said {
		assert.LessOrEqual(t, attr(lr, "braid.incident.alerts"), "10")
		ids[attr(lr, "braid.incident.id")] = true
	}
	assert.Len(t, ids, 2)
}

func TestConnector_AlertmanagerRepeats_CountOnceAndResolvedNot(t *testing.T) {
	r := newRig(t, replayConfig(), componenttest.NewNopHost())
	for i := range 12 {
		status := "firing"
		if i == 11 {
			status = "resolved"
		}
		for _, name := range []string{"Latency", "Errors", "Saturation"} {
			require.NoError(t, r.logs.ConsumeLogs(t.Context(), alert("", base.Add(time.Duration(i)*time.Minute), nil, map[string]any{
				"alertname": name, "fingerprint": name, "startsAt": "2026-03-02T09:00:00Z", "status": status, "namespace": "shop", "job": "cart", "severity": "critical",
			})))
		}
	}
	r.stop()
	said := r.said(eventIncident)
	require.NotEmpty(t, said)
	last := said[len(said)-1]
	assert.Equal(t, "3", attr(last, "braid.incident.alerts"))
	assert.Equal(t, plog.SeverityNumberError, last.SeverityNumber())
}

func TestConnector_KilledInTheMiddle_TheSameIncidentGoesOn(t *testing.T) {
	disk := journaltest.NewDisk()
	cfg := replayConfig()
	cfg.Storage = &journaltest.DiskID
	first := newRig(t, cfg, journaltest.Host{Extension: disk})
	end := first.storm("a", base, 12)
	killed := disk.After() // what a kill at this moment leaves
	require.Eventually(t, func() bool { return len(first.said(eventIncident)) > 0 }, time.Minute, time.Millisecond)
	before := first.said(eventIncident)
	first.stop()

	again := replayConfig()
	again.Storage = &journaltest.DiskID
	second := newRig(t, again, journaltest.Host{Extension: killed})
	end = second.storm("b", end, 12)
	second.pass(end, 10*time.Minute)
	second.stop()
	after := second.said(eventIncident)
	require.NotEmpty(t, after)
	for _, lr := range after {
		assert.Equal(t, attr(before[0], "braid.incident.id"), attr(lr, "braid.incident.id"))
	}
	last := after[len(after)-1]
	assert.Equal(t, "24", attr(last, "braid.incident.alerts"))
	assert.Equal(t, "resolved", attr(last, "braid.incident.phase"))
}

func TestConnector_FullDisk_RefusesAlerts(t *testing.T) {
	disk := journaltest.NewDisk()
	cfg := replayConfig()
	cfg.Storage = &journaltest.DiskID
	r := newRig(t, cfg, journaltest.Host{Extension: disk})
	disk.SetFull(true)
	require.Error(t, r.logs.ConsumeLogs(t.Context(), alert("a", base, nil, map[string]any{"alert.name": "x"})))
	disk.SetFull(false)
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), alert("b", base, nil, map[string]any{"alert.name": "x"})))
	r.stop()
}

func gauge(name string, at time.Time, v float64, attrs map[string]any) pmetric.Metrics {
	md := pmetric.NewMetrics()
	m := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName(name)
	p := m.SetEmptyGauge().DataPoints().AppendEmpty()
	p.SetTimestamp(pcommon.NewTimestampFromTime(at))
	p.SetDoubleValue(v)
	_ = p.Attributes().FromRaw(attrs)
	return md
}

func TestConnector_Episode_IsTwoEventsWithTheBand(t *testing.T) {
	r := newRig(t, replayConfig(), componenttest.NewNopHost())
	series := map[string]any{"braid.metric": "http.server.request.duration", "braid.value": "p95", "service.name": "cart"}
	with := func(k string, v any) map[string]any {
		out := maps.Clone(series)
		out[k] = v
		return out
	}
	batch := gauge("braid.anomaly.active", base, 1, series)
	for name, v := range map[string]float64{"median": 0.2, "lower": 0.1, "upper": 0.3} {
		gauge("braid.baseline", base, v, with("braid.bound", name)).ResourceMetrics().MoveAndAppendTo(batch.ResourceMetrics())
	}
	gauge("braid.anomaly.score", base, 0.97, series).ResourceMetrics().MoveAndAppendTo(batch.ResourceMetrics())
	for name, v := range map[string]float64{"day": 0.21, "week": 0.19, "now": 0.9} {
		compared := gauge("braid.comparison", base, v, with("braid.reference", name))
		compared.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).SetUnit("s")
		compared.ResourceMetrics().MoveAndAppendTo(batch.ResourceMetrics())
	}
	require.NoError(t, r.metrics.ConsumeMetrics(t.Context(), batch))
	require.NoError(t, r.metrics.ConsumeMetrics(t.Context(), gauge("braid.anomaly.active", base.Add(5*time.Minute), 0, series)))
	limit := map[string]any{"braid.metric": "system.memory.utilization", "braid.limit": "0.9", "braid.horizon": "1h"}
	for i, p := range []float64{0.2, 0.6, 0.4, 0.1} {
		at := base.Add(time.Duration(6+i) * time.Minute)
		batch := gauge("braid.threshold.probability", at, p, limit)
		gauge("braid.comparison", at, 0.8, map[string]any{"braid.metric": "system.memory.utilization", "braid.reference": "now"}).ResourceMetrics().MoveAndAppendTo(batch.ResourceMetrics())
		require.NoError(t, r.metrics.ConsumeMetrics(t.Context(), batch))
	}
	r.stop()
	said := r.said(eventAnomaly)
	require.Len(t, said, 2)
	assert.Equal(t, "open", attr(said[0], "braid.anomaly.status"))
	assert.Equal(t, "closed", attr(said[1], "braid.anomaly.status"))
	assert.Equal(t, attr(said[0], "braid.anomaly.id"), attr(said[1], "braid.anomaly.id"))
	for name, want := range map[string]string{"braid.expected": "0.2", "braid.expected.lower": "0.1", "braid.expected.upper": "0.3", "braid.yesterday": "0.21", "braid.last_week": "0.19", "braid.observed": "0.9", "braid.unit": "s", "braid.anomaly.score": "0.97", "service.name": "cart"} {
		assert.Equal(t, want, attr(said[0], name), name)
	}
	breaches := r.said(eventBreach)
	require.Len(t, breaches, 2)
	assert.Equal(t, attr(breaches[0], "braid.forecast.id"), attr(breaches[1], "braid.forecast.id"))
	assert.Equal(t, "closed", attr(breaches[1], "braid.forecast.status"))
	assert.Equal(t, "0.8", attr(breaches[0], "braid.observed"))
}

func TestConnector_OwnEvents_DoNotComeRound(t *testing.T) {
	r := newRig(t, replayConfig(), componenttest.NewNopHost())
	r.storm("a", base, 20)
	r.stop()
	again := newRig(t, replayConfig(), componenttest.NewNopHost())
	for _, ld := range r.sink.AllLogs() {
		require.NoError(t, again.logs.ConsumeLogs(t.Context(), ld))
	}
	again.stop()
	assert.Empty(t, again.said(eventIncident))
}

func TestConnector_ReadOnlyTelemetry_IsLeftAsItIs(t *testing.T) {
	r := newRig(t, replayConfig(), componenttest.NewNopHost())
	td, md, ld := ptrace.NewTraces(), gauge("x", base, 1, nil), alert("a", base, nil, nil)
	td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	td.MarkReadOnly()
	md.MarkReadOnly()
	ld.MarkReadOnly()
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
	require.NoError(t, r.metrics.ConsumeMetrics(t.Context(), md))
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), ld))
	r.stop()
}

func TestConnector_AnyOrderOfShutdown_SaysEverything(t *testing.T) {
	for shift := range 3 {
		r := newRig(t, replayConfig(), componenttest.NewNopHost())
		r.storm("a", base, 5)
		nodes := r.nodes()
		for i := range nodes {
			require.NoError(t, nodes[(i+shift)%3].Shutdown(t.Context()))
		}
		said := r.said(eventIncident)
		require.NotEmpty(t, said)
		assert.Equal(t, "resolved", attr(said[len(said)-1], "braid.incident.status"))
	}
}
