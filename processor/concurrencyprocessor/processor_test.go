package concurrencyprocessor

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/counter"
	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/metadata"
)

func TestProcessor_TwoServices_CountsEachAndTheTotal(t *testing.T) {
	r := newRig(t, replayConfig()).start(componenttest.NewNopHost())
	r.visit(
		visit{0, "shop", "a"}, visit{time.Second, "shop", "b"}, visit{time.Second, "cart", "a"},
		visit{3 * time.Second, "shop", "c"}, visit{3 * time.Second, "", "d"}, visit{3 * time.Second, "shop", ""},
	)
	r.visit(visit{time.Hour, "shop", "z"})
	r.stop()

	got := users(r.sketches())
	assert.EqualValues(t, 2, got["session/shop 2s @0s"])
	assert.EqualValues(t, 1, got["session/shop 2s @2s"])
	assert.EqualValues(t, 3, got["session/shop 1m @0s"])
	assert.EqualValues(t, 1, got["session/cart 1m @0s"])
	assert.EqualValues(t, 4, got["session/ 1m @0s"], "the total has the session without a service")
	assert.EqualValues(t, 3, got["session/shop 5m @0s"])
	assert.EqualValues(t, 3, got["session/shop 1h @0s"])
	assert.EqualValues(t, 1, got["session/shop 1h @1h0m0s"], "flushed at shutdown")
	assert.Equal(t, 7, r.tracesSink.SpanCount(), "everything passes")

	gauges := r.gauges()
	assert.Equal(t, int64(2), gauges["session/shop"][0])
	assert.Equal(t, int64(3), gauges["session/shop"][1])
	assert.Len(t, gauges["session/shop"], 150+1+1+1, "five minutes, the tick that the last came in, a zero, the tick after the gap")
	assert.Equal(t, int64(4), gauges["session/"][1])
}

func TestProcessor_AllSignals_CountTogether(t *testing.T) {
	r := newRig(t, replayConfig()).start(componenttest.NewNopHost())
	r.visit(visit{0, "shop", "a"})
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr("service.name", "shop")
	rec := rl.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	rec.SetObservedTimestamp(pcommon.NewTimestampFromTime(base.Add(time.Second)))
	rec.Attributes().PutStr("session.id", "b")
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), ld))

	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("service.name", "shop")
	rm.Resource().Attributes().PutStr("session.id", "e")
	ms := rm.ScopeMetrics().AppendEmpty().Metrics()
	at := pcommon.NewTimestampFromTime(base.Add(time.Second))
	g := ms.AppendEmpty().SetEmptyGauge().DataPoints().AppendEmpty()
	g.SetTimestamp(at)
	g.Attributes().PutStr("session.id", "c")
	h := ms.AppendEmpty().SetEmptyExponentialHistogram().DataPoints().AppendEmpty()
	h.SetTimestamp(at)
	h.Attributes().PutInt("session.id", 42)
	for _, p := range []pcommon.Map{
		ms.AppendEmpty().SetEmptySum().DataPoints().AppendEmpty().Attributes(),
		ms.AppendEmpty().SetEmptyHistogram().DataPoints().AppendEmpty().Attributes(),
		ms.AppendEmpty().SetEmptySummary().DataPoints().AppendEmpty().Attributes(),
	} {
		p.PutStr("session.id", "d")
	}
	ms.AppendEmpty()
	md.MarkReadOnly()
	require.NoError(t, r.metrics.ConsumeMetrics(t.Context(), md))
	r.visit(visit{0, "shop", "a"}) // again
	r.stop()
	assert.EqualValues(t, 5, users(r.sketches())["session/shop 1m @0s"])
}

func TestProcessor_ReadOnlyInput_PassesUntouched(t *testing.T) {
	r := newRig(t, replayConfig()).start(componenttest.NewNopHost())
	td := visits(visit{0, "shop", "a"})
	td.MarkReadOnly()
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
	r.stop()
	assert.Equal(t, td, r.tracesSink.AllTraces()[0])
	assert.False(t, r.traces.Capabilities().MutatesData || r.logs.Capabilities().MutatesData || r.metrics.Capabilities().MutatesData)
}

func TestProcessor_NoWayOut_RefusesToStart(t *testing.T) {
	set := processortest.NewNopSettings(metadata.Type)
	n, err := NewFactory().CreateTraces(t.Context(), set, replayConfig(), nil)
	require.NoError(t, err)
	err = n.Start(t.Context(), componenttest.NewNopHost())
	require.ErrorContains(t, err, "service::pipelines::metrics::processors")
	require.ErrorContains(t, err, "sketches::enabled: false")
	require.NoError(t, n.Shutdown(t.Context()))
}

// A receiver may open its port before every node behind it has started.
func TestProcessor_DataBeforeTheStart_IsRefused(t *testing.T) {
	r := newRig(t, replayConfig())
	require.Error(t, r.traces.ConsumeTraces(t.Context(), visits(visit{0, "shop", "a"})))
	require.Error(t, r.logs.ConsumeLogs(t.Context(), plog.NewLogs()))
	require.Error(t, r.metrics.ConsumeMetrics(t.Context(), pmetric.NewMetrics()))
	r.stop()
	assert.Zero(t, r.tracesSink.SpanCount())
}

func TestProcessor_EveryOrderOfShutdown_BringsEverythingOut(t *testing.T) {
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			r := newRig(t, replayConfig()).start(componenttest.NewNopHost())
			for i := range 100 {
				r.visit(visit{time.Duration(i) * time.Second, "shop", fmt.Sprint(i)})
			}
			r.stop(order...)
			got := users(r.sketches())
			assert.EqualValues(t, 60, got["session/shop 1m @0s"])
			assert.EqualValues(t, 40, got["session/shop 1m @1m0s"])
			assert.EqualValues(t, 100, got["session/shop 1h @0s"])
			values := r.gauges()["session/shop"]
			require.Len(t, values, 50)
			assert.EqualValues(t, 100, values[49])
			for _, n := range r.nodes() {
				require.NoError(t, n.Shutdown(t.Context()), "a second time")
			}
		})
	}
}

func TestProcessor_DataAfterItsWayOutIsGone_IsCountedAsLost(t *testing.T) {
	r := newRig(t, replayConfig()).start(componenttest.NewNopHost())
	r.visit(visit{0, "shop", "a"})
	require.NoError(t, r.logs.Shutdown(t.Context()))
	r.visit(visit{time.Second, "shop", "b"})
	require.NoError(t, r.metrics.Shutdown(t.Context()))
	require.NoError(t, r.traces.Shutdown(t.Context()))
	m, err := r.tel.GetMetric("otelcol_processor_concurrency_observations")
	require.NoError(t, err)
	assert.Contains(t, fmt.Sprint(m.Data), "lost")
	assert.Equal(t, 2, r.tracesSink.SpanCount())
	require.NoError(t, r.tel.Shutdown(t.Context()))
}

func TestProcessor_DataStops_WindowsStillClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := replayConfig()
		cfg.Clock = clockLive
		r := newRig(t, cfg).start(componenttest.NewNopHost())
		td := visits(visit{0, "shop", "a"})
		td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).SetEndTimestamp(pcommon.NewTimestampFromTime(time.Now()))
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
		time.Sleep(10 * time.Second)
		synctest.Wait()
		assert.NotEmpty(t, r.gauges()["session/shop"])
		time.Sleep(6 * time.Minute)
		synctest.Wait()
		values := r.gauges()["session/shop"]
		assert.Zero(t, values[len(values)-1])
		assert.Len(t, values, 151)
		r.stop()
	})
}

func TestProcessor_TimesFarOff_AreClampedAndCounted(t *testing.T) {
	cfg := replayConfig()
	cfg.Clock = clockLive
	r := newRig(t, cfg).start(componenttest.NewNopHost())
	td := visits(visit{0, "s", "a"}, visit{0, "s", "b"}, visit{0, "s", "c"}, visit{0, "s", "d"}, visit{0, "s", "e"})
	spans := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans()
	for i, at := range []uint64{1, uint64(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()), 1 << 63, 0, uint64(time.Now().UnixNano())} {
		spans.At(i).SetEndTimestamp(pcommon.Timestamp(at))
	}
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
	m, err := r.tel.GetMetric("otelcol_processor_concurrency_time_corrected")
	require.NoError(t, err)
	for _, reason := range []string{"clamped", "untimed", "late"} {
		assert.Contains(t, fmt.Sprint(m.Data), reason)
	}
	r.stop()
}

func TestProcessor_Tenants_ShareNothing(t *testing.T) {
	cfg := replayConfig()
	cfg.Limits.Tenants = 2
	r := newRig(t, cfg).start(componenttest.NewNopHost())
	for _, tenant := range []string{"north", "south", "one too many"} {
		td := visits(visit{0, "shop", "a"})
		td.ResourceSpans().At(0).Resource().Attributes().PutStr("braid.tenant", tenant)
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
	}
	r.stop()
	tenants := map[string]bool{}
	bodies := map[string]bool{}
	for _, ld := range r.logsSink.AllLogs() {
		for _, rec := range ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().All() {
			v, _ := rec.Attributes().Get("braid.tenant")
			tenants[v.Str()] = true
			bodies[string(rec.Body().Bytes().AsRaw()[40:48])] = true
		}
	}
	assert.Equal(t, map[string]bool{"north": true, "south": true}, tenants)
	assert.Len(t, bodies, 2, "the same visitor hashes apart")
	assert.Equal(t, 3, r.tracesSink.SpanCount(), "uncounted, but passed on")
}

func TestProcessor_ManyKeys_StayBounded(t *testing.T) {
	cfg := replayConfig()
	cfg.Limits.Keys = 50
	r := newRig(t, cfg).start(componenttest.NewNopHost())
	const services = 5000
	for i := range services / 100 {
		var vs []visit
		for j := range 100 {
			vs = append(vs, visit{0, fmt.Sprint("service ", i*100+j), fmt.Sprint("session ", i*100+j)})
		}
		r.visit(vs...)
	}
	assert.Equal(t, int64(50), r.core.sum((*counter.Counter).Keys))
	r.stop()
	assert.EqualValues(t, services, users(r.sketches())["session/ 1h @0s"], "the total does not forget")
}

func TestProcessor_HostileValues_AreCutAndCounted(t *testing.T) {
	r := newRig(t, replayConfig()).start(componenttest.NewNopHost())
	long := strings.Repeat("x", 1<<20)
	r.visit(visit{0, long, long}, visit{0, "\xff\xfe", "\xff"}, visit{0, long[:300], long[:256]}, visit{0, strings.Repeat("é", 200), "a"})
	td := visits(visit{0, "shop", ""})
	attrs := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes()
	m := attrs.PutEmptyMap("session.id")
	for range 100 {
		m = m.PutEmptyMap("deeper")
	}
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
	r.stop()
	assert.EqualValues(t, 3, users(r.sketches())["session/ 1h @0s"])
	for _, ld := range r.logsSink.AllLogs() {
		b, err := (&plog.JSONMarshaler{}).MarshalLogs(ld)
		require.NoError(t, err)
		assert.NotContains(t, string(b), long[:300])
	}
}

func TestProcessor_SeveralKeys_CountApartAndTogether(t *testing.T) {
	cfg := replayConfig()
	cfg.Keys = []string{"service.name", "braid.region", "service.name+braid.region"}
	cfg.Identities = []IdentityConfig{{"client", "client.address"}}
	r := newRig(t, cfg).start(componenttest.NewNopHost())
	td := visits(visit{0, "shop", ""}, visit{0, "shop", ""}, visit{0, "cart", ""})
	for i, rs := range td.ResourceSpans().All() {
		for j, span := range rs.ScopeSpans().At(0).Spans().All() {
			span.Attributes().PutStr("client.address", fmt.Sprint("10.0.0.", j))
			span.Attributes().PutStr("braid.region", []string{"busan", "seoul"}[(i+j)%2])
		}
	}
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
	r.stop()
	counts := map[string]int64{}
	for _, ld := range r.logsSink.AllLogs() {
		for _, rec := range ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().All() {
			if tier, _ := rec.Attributes().Get(attrTier); tier.Str() != "1h" {
				continue
			}
			n, _ := rec.Attributes().Get(attrUsers)
			counts[textOf(rec.Attributes(), "service.name")+"/"+textOf(rec.Attributes(), "braid.region")] = n.Int()
		}
	}
	assert.Equal(t, map[string]int64{
		"/": 2, "shop/": 2, "cart/": 1, "/busan": 1, "/seoul": 2, "shop/busan": 1, "shop/seoul": 1, "cart/seoul": 1,
	}, counts)
}
