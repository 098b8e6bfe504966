package incidentconnector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
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
