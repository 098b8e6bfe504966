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

// edgeIs is what a center says of an edge.
func edgeIs(name, status string, at time.Time) plog.Logs {
	ld := plog.NewLogs()
	sl := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty()
	sl.Scope().SetName(ownScopes + "processor/concurrencyprocessor")
	r := sl.LogRecords().AppendEmpty()
	r.SetEventName(eventEdgeStatus)
	r.SetTimestamp(pcommon.NewTimestampFromTime(at))
	r.SetSeverityNumber(plog.SeverityNumberError)
	r.Attributes().PutStr(attrEdge, name)
	r.Attributes().PutStr(attrEdgeStatus, status)
	r.Attributes().PutInt(attrEdgeHeard, at.Add(-5*time.Minute).UnixNano())
	return ld
}

// That a site says nothing is an incident of its own, once however often it is told; that one is back is none.
func TestConnector_EdgeSilent_IsAnIncident(t *testing.T) {
	r := newRig(t, replayConfig(), componenttest.NewNopHost())
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), edgeIs("jeju", "reporting", base)))
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), edgeIs("busan", edgeSilent, base)))
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), edgeIs("busan", edgeSilent, base)))
	r.pass(base, 10*time.Minute)
	r.stop()
	said := r.said(eventIncident)
	require.NotEmpty(t, said)
	last := said[len(said)-1]
	assert.Equal(t, attr(said[0], "braid.incident.id"), attr(last, "braid.incident.id"))
	assert.Equal(t, "1", attr(last, "braid.incident.alerts"))
	assert.Contains(t, last.Body().Str(), "edge busan")
}

// floods are log-ins tried by several addresses.
func floods(at time.Time, n int) plog.Logs {
	ld := edgeIs("", "", at)
	records := ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
	records.RemoveIf(func(plog.LogRecord) bool { return true })
	for i := range n {
		r := records.AppendEmpty()
		r.SetEventName(eventLoginFlood)
		r.SetTimestamp(pcommon.NewTimestampFromTime(at.Add(time.Duration(i) * time.Second)))
		r.Attributes().PutStr("client.address", fmt.Sprint("192.0.2.", i))
	}
	return ld
}

// One address that tries log-ins opens nothing, and is told of when it is over; many at once open an incident. Hearing of them
// again changes nothing.
func TestConnector_LoginFloods_ManyAddressesOpenAnIncident(t *testing.T) {
	for n, want := range map[int]string{1: "resolved", 8: "open"} {
		r := newRig(t, replayConfig(), componenttest.NewNopHost())
		require.NoError(t, r.logs.ConsumeLogs(t.Context(), floods(base, n)))
		require.NoError(t, r.logs.ConsumeLogs(t.Context(), floods(base, n)))
		r.pass(base, 10*time.Minute)
		r.stop()
		said := r.said(eventIncident)
		require.NotEmpty(t, said)
		assert.Equal(t, want, attr(said[0], "braid.incident.status"), "%d addresses", n)
		assert.Equal(t, fmt.Sprint(n), attr(said[len(said)-1], "braid.incident.alerts"))
	}
}

// failed are requests to a service that fail for users of a region, as a center gets them: as examples.
func failed(service, region string, at time.Time, n int) ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", service)
	rs.Resource().Attributes().PutStr("braid.region", region)
	spans := rs.ScopeSpans().AppendEmpty().Spans()
	for i := range n {
		s := spans.AppendEmpty()
		s.SetTraceID(pcommon.TraceID{1, byte(i), region[0], byte(at.Minute()), byte(at.Second())})
		s.SetSpanID(pcommon.SpanID{1})
		s.SetKind(ptrace.SpanKindServer)
		s.SetName("POST /pay")
		s.SetStartTimestamp(pcommon.NewTimestampFromTime(at))
		s.SetEndTimestamp(pcommon.NewTimestampFromTime(at.Add(time.Second)))
		s.Status().SetCode(ptrace.StatusCodeError)
		s.Attributes().PutStr("session.id", fmt.Sprint(region, i))
	}
	return td
}

// told is what an edge's incident connector told of a service, as it leaves edge.yaml.
func told(service, region, id string, at time.Time) plog.Logs {
	ld := edgeIs("", "", at)
	rl := ld.ResourceLogs().At(0)
	rl.Resource().Attributes().PutStr("braid.region", region)
	rl.ScopeLogs().At(0).Scope().SetName(ownScopes + "connector/incidentconnector")
	r := rl.ScopeLogs().At(0).LogRecords().At(0)
	r.SetEventName(eventIncident)
	r.Attributes().Clear()
	_ = r.Attributes().FromRaw(map[string]any{
		"braid.incident.id": id, "braid.incident.phase": "opened", "braid.incident.status": "open", "braid.incident.services": []any{service},
	})
	return ld
}

// A fault of a service that two regions share is one incident at the center, which names both; that of one region alone is
// told by its edge, and not again. It names both whether or not examples of what failed have come.
func TestConnector_IncidentsOfTwoRegions_AreOneThatSpansThem(t *testing.T) {
	for name, examples := range map[string]bool{"with examples": true, "without": false} {
		t.Run(name, func(t *testing.T) { testRegions(t, examples) })
	}
}

func testRegions(t *testing.T, examples bool) {
	t.Helper()
	r := newRig(t, replayConfig(), componenttest.NewNopHost())
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), told("search", "jeju", "9", base)))
	for m := range 6 {
		at := base.Add(time.Duration(m) * time.Minute)
		for _, region := range []string{"busan", "seoul"} {
			if examples {
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), failed("payment", region, at, 20)))
			}
			if m >= 2 {
				require.NoError(t, r.logs.ConsumeLogs(t.Context(), told("payment", region, "of "+region, at)))
			}
		}
	}
	r.pass(base.Add(6*time.Minute), 10*time.Minute)
	r.stop()
	ids := map[string]bool{}
	var last plog.LogRecord
	for _, i := range r.said(eventIncident) {
		ids[attr(i, "braid.incident.id")] = true
		last = i
		assert.NotContains(t, i.Body().Str(), "search")
	}
	require.Len(t, ids, 1)
	assert.Equal(t, "2", attr(last, "braid.incident.alerts"))
	assert.Contains(t, attr(last, "braid.incident.services"), "payment")
	assert.Contains(t, attr(last, "braid.incident.regions"), "busan")
	assert.Contains(t, attr(last, "braid.incident.regions"), "seoul")
}
