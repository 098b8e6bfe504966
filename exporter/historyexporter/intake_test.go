package historyexporter

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/braidotel/braid/internal/history"
)

func TestPush_EverySignal_IsCountedByTenant(t *testing.T) {
	k := newKeeper(t)
	r := newRig(t, newHost(k), direct())
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), request(1)))

	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr("braid.tenant", "b")
	logs := rl.ScopeLogs().AppendEmpty().LogRecords()
	logs.AppendEmpty().SetTimestamp(pcommon.NewTimestampFromTime(epoch))
	logs.AppendEmpty().Attributes().PutStr("braid.tenant", "a")
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), ld))

	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("braid.tenant", "b")
	m := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName("m")
	m.SetEmptyGauge().DataPoints().AppendEmpty().SetTimestamp(pcommon.NewTimestampFromTime(epoch.Add(time.Second)))
	require.NoError(t, r.metrics.ConsumeMetrics(t.Context(), md))
	r.shutdown(t)

	assert.Equal(t, history.Arrivals{Spans: 1, Newest: epoch.Add(time.Second)}, k.intake.Of(""))
	assert.Equal(t, history.Arrivals{Logs: 1}, k.intake.Of("a"))
	assert.Equal(t, history.Arrivals{Logs: 1, Points: 1, Newest: epoch.Add(time.Second)}, k.intake.Of("b"))
}

func TestPush_SampledSpans_AreToldOf(t *testing.T) {
	for state, want := range map[string]bool{"": false, "ot=th:0": false, "ot=th:8": true, "other=1,ot=rv:ffffffffffffff;th:c": true, "ot=th:zz": false} {
		k := newKeeper(t)
		r := newRig(t, newHost(k), direct())
		td := request(1)
		td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).TraceState().FromRaw(state)
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
		r.shutdown(t)
		got, err := k.Metrics("").Query(t.Context(), "braid_transaction_sampled_total", epoch.Add(time.Second))
		require.NoError(t, err)
		assert.Equal(t, want, len(got.Series) > 0, state)
	}
}
