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
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// spans is a batch of n server spans, each of its own trace, operation and host, after the first of them all.
func spans(from, n int, at time.Time) ptrace.Traces {
	td := ptrace.NewTraces()
	for i := from; i < from+n; i++ {
		rs := td.ResourceSpans().AppendEmpty()
		rs.Resource().Attributes().PutStr("service.name", fmt.Sprint("service-", i%500))
		rs.Resource().Attributes().PutStr("host.name", fmt.Sprint("host-", i))
		s := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
		s.SetName(fmt.Sprint("GET /", i))
		s.SetKind(ptrace.SpanKindServer)
		s.SetTraceID(pcommon.TraceID{1, byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)})
		s.SetSpanID(pcommon.SpanID{1})
		s.SetStartTimestamp(pcommon.NewTimestampFromTime(at.Add(-10 * time.Millisecond)))
		s.SetEndTimestamp(pcommon.NewTimestampFromTime(at))
	}
	return td
}

func TestConnector_HundredThousandOperationsAndHosts_StaysBounded(t *testing.T) {
	cfg := replayConfig()
	cfg.Limits.Series, cfg.Limits.Alerts, cfg.Limits.Watched, cfg.Limits.Tenants, cfg.Limits.Traces = 1000, 200, 100, 2, 1000
	r := newRig(t, cfg, componenttest.NewNopHost())
	const offered, per = 100_000, 500
	for i := 0; i < offered; i += per {
		at := base.Add(time.Duration(i/per) * 2 * time.Second)
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), spans(i, per, at)))
		for j := range 5 {
			id := fmt.Sprint(i, "-", j)
			resource := map[string]any{"service.name": "s" + id, "k8s.namespace.name": "n" + id, "braid.tenant": fmt.Sprint("t", j)}
			require.NoError(t, r.logs.ConsumeLogs(t.Context(), alert(id, at, resource, map[string]any{"alert.name": id})))
			require.NoError(t, r.metrics.ConsumeMetrics(t.Context(), gauge("braid.anomaly.active", at, 1, map[string]any{"braid.metric": id})))
		}
	}
	r.core.mu.Lock()
	assert.LessOrEqual(t, len(r.core.tenants), 2)
	for _, tn := range r.core.tenants {
		stats := tn.engine.Stats()
		assert.LessOrEqual(t, stats.Series, 1000)
		assert.LessOrEqual(t, stats.Traces, 1000)
		assert.LessOrEqual(t, tn.watch.Len(), 100)
		assert.LessOrEqual(t, tn.grouper.Live(), 200)
		assert.LessOrEqual(t, len(tn.firing), 200)
		assert.LessOrEqual(t, tn.ledger.Open(), cfg.Limits.Incidents)
	}
	r.core.mu.Unlock()
	r.stop()
}

func FuzzLogs(f *testing.F) {
	for _, name := range []string{"alert", "deployment", "feature_flag.change", ""} {
		f.Add(name, "alert.name", "x", base.UnixNano())
	}
	f.Add("", "k8s.event.reason", "OOMKilling", int64(-1))
	f.Add("", "x", `{"groupKey":"{}","version":"4","alerts":[{"status":"firing","labels":{"alertname":"x"},"startsAt":"2026-03-02T09:00:00Z"}]}`, base.UnixNano())
	f.Fuzz(func(t *testing.T, event, key, value string, at int64) {
		r := newRig(t, replayConfig(), componenttest.NewNopHost())
		ld := plog.NewLogs()
		lr := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		lr.SetEventName(event)
		lr.SetTimestamp(pcommon.Timestamp(at))
		lr.Attributes().PutStr(key, value)
		lr.Body().SetStr(value)
		require.NoError(t, r.logs.ConsumeLogs(t.Context(), ld))
		r.stop()
	})
}
