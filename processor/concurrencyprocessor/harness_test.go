package concurrencyprocessor

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/counter"
	"github.com/braidotel/braid/processor/concurrencyprocessor/internal/metadata"
)

const testSecret = "a secret of sixteen"

// base is where test data begins: the start of an hour.
var base = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// replayConfig counts recorded data: nothing asks the wall clock.
func replayConfig() *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.Clock = clockReplay
	cfg.Secret = testSecret
	cfg.Sketches.Tiers = cfg.Tiers
	return cfg
}

// rig is the three nodes of one component with sinks behind them.
type rig struct {
	t           testing.TB
	cfg         *Config
	traces      processor.Traces
	logs        processor.Logs
	metrics     processor.Metrics
	tracesSink  consumertest.TracesSink
	logsSink    consumertest.LogsSink
	metricsSink consumertest.MetricsSink
	tel         *componenttest.Telemetry
	core        *core
}

// newRig creates the nodes; start them with start.
func newRig(t testing.TB, cfg *Config) *rig {
	t.Helper()
	require.NoError(t, cfg.Validate())
	r := &rig{t: t, cfg: cfg, tel: componenttest.NewTelemetry()}
	set := processortest.NewNopSettings(metadata.Type)
	set.ID = component.NewID(metadata.Type)
	set.TelemetrySettings = r.tel.NewTelemetrySettings()
	f := NewFactory()
	var err error
	r.traces, err = f.CreateTraces(t.Context(), set, cfg, &r.tracesSink)
	require.NoError(t, err)
	r.logs, err = f.CreateLogs(t.Context(), set, cfg, &r.logsSink)
	require.NoError(t, err)
	r.metrics, err = f.CreateMetrics(t.Context(), set, cfg, &r.metricsSink)
	require.NoError(t, err)
	r.core = r.traces.(*traces).Core
	return r
}

func (r *rig) nodes() []component.Component {
	return []component.Component{r.traces, r.logs, r.metrics}
}

func (r *rig) start(host component.Host) *rig {
	r.t.Helper()
	for _, n := range r.nodes() {
		require.NoError(r.t, n.Start(r.t.Context(), host))
	}
	return r
}

// stop shuts the nodes down in the given order; default traces, logs, metrics.
func (r *rig) stop(order ...int) {
	r.t.Helper()
	if len(order) == 0 {
		order = []int{0, 1, 2}
	}
	for _, i := range order {
		require.NoError(r.t, r.nodes()[i].Shutdown(context.Background()))
	}
	require.NoError(r.t, r.tel.Shutdown(context.Background()))
}

// visit is one span of a session at a service.
type visit struct {
	at      time.Duration // after base
	service string
	session string
}

func visits(vs ...visit) ptrace.Traces {
	td := ptrace.NewTraces()
	byService := map[string]ptrace.SpanSlice{}
	for _, v := range vs {
		spans, ok := byService[v.service]
		if !ok {
			rs := td.ResourceSpans().AppendEmpty()
			if v.service != "" {
				rs.Resource().Attributes().PutStr("service.name", v.service)
			}
			spans = rs.ScopeSpans().AppendEmpty().Spans()
			byService[v.service] = spans
		}
		span := spans.AppendEmpty()
		span.SetEndTimestamp(pcommon.NewTimestampFromTime(base.Add(v.at)))
		span.Attributes().PutStr("http.request.method", "GET")
		if v.session != "" {
			span.Attributes().PutStr("session.id", v.session)
		}
	}
	return td
}

func (r *rig) visit(vs ...visit) {
	r.t.Helper()
	require.NoError(r.t, r.traces.ConsumeTraces(r.t.Context(), visits(vs...)))
}

// gauges are the values of braid.concurrent_users by series, in order.
func (r *rig) gauges() map[string][]int64 {
	out := map[string][]int64{}
	r.eachGauge(func(series string, _ time.Time, value int64) { out[series] = append(out[series], value) })
	return out
}

func (r *rig) eachGauge(f func(series string, at time.Time, value int64)) {
	for _, md := range r.metricsSink.AllMetrics() {
		for _, rm := range md.ResourceMetrics().All() {
			for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
				if m.Name() != metricUsers {
					continue
				}
				for _, p := range m.Gauge().DataPoints().All() {
					f(textOf(p.Attributes(), attrIdentity)+"/"+textOf(p.Attributes(), "service.name"), p.Timestamp().AsTime(), p.IntValue())
				}
			}
		}
	}
}

// counterKey is the id of a record's key.
func counterKey(attrs pcommon.Map) (id []byte) {
	names, _ := attrs.Get(attrKeys)
	for _, name := range names.Slice().All() {
		id = counter.AppendPair(id, name.Str(), textOf(attrs, name.Str()))
	}
	return id
}

// followTo moves every clock on, as the wall clock does.
func (c *core) followTo(at time.Time) {
	c.mu.Lock()
	for _, t := range c.tenants {
		t.clock.AdvanceTo(eventtime.Of(at), at)
		c.advance(t, c.lastClosed(t.clock.Watermark()), at)
	}
	c.mu.Unlock()
	c.waitForRoom(context.Background())
}

// sketches are the emitted records by series, tier and window start after base.
func (r *rig) sketches() map[string]plog.LogRecord {
	out := map[string]plog.LogRecord{}
	for _, ld := range r.logsSink.AllLogs() {
		for _, rl := range ld.ResourceLogs().All() {
			for _, rec := range rl.ScopeLogs().At(0).LogRecords().All() {
				if rec.EventName() == eventSketch {
					out[recordName(rec)] = rec
				}
			}
		}
	}
	return out
}

func recordName(rec plog.LogRecord) string {
	text := func(name string) string { return textOf(rec.Attributes(), name) }
	start, _ := rec.Attributes().Get(attrWindowStart)
	return fmt.Sprintf("%s/%s %s @%s", text(attrIdentity), text("service.name"), text(attrTier),
		time.Unix(0, start.Int()).Sub(base))
}

// users are the counts the records state.
func users(records map[string]plog.LogRecord) map[string]int64 {
	out := map[string]int64{}
	for name, rec := range records {
		v, _ := rec.Attributes().Get(attrUsers)
		out[name] = v.Int()
	}
	return out
}

// textOf is an attribute as text, "" if there is none.
func textOf(attrs pcommon.Map, name string) string {
	if v, ok := attrs.Get(name); ok {
		return v.AsString()
	}
	return ""
}
