//go:build integration

package sessionstore

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/braidotel/braid/processor/sessioncorrelationprocessor"
	"github.com/braidotel/braid/receiver/sessionstorereceiver"
)

// pipelines are the receiver and the processor as a collector would join them.
type pipelines struct {
	traces  processor.Traces
	spans   consumertest.TracesSink
	logs    consumertest.LogsSink
	metrics consumertest.MetricsSink
}

func configured(t *testing.T, cfg component.Config, config map[string]any) component.Config {
	t.Helper()
	require.NoError(t, confmap.NewFromStringMap(config).Unmarshal(cfg))
	require.NoError(t, cfg.(interface{ Validate() error }).Validate())
	return cfg
}

func startPipelines(t *testing.T, store map[string]any) *pipelines {
	t.Helper()
	p, ctx, host := &pipelines{}, t.Context(), componenttest.NewNopHost()
	correlate := sessioncorrelationprocessor.NewFactory()
	cfg := configured(t, correlate.CreateDefaultConfig(), map[string]any{"secret": secret, "wait": "0s", "metrics": map[string]any{"interval": "1s"}})
	set := processortest.NewNopSettings(correlate.Type())
	traces, err := correlate.CreateTraces(ctx, set, cfg, &p.spans)
	require.NoError(t, err)
	logs, err := correlate.CreateLogs(ctx, set, cfg, &p.logs)
	require.NoError(t, err)
	metrics, err := correlate.CreateMetrics(ctx, set, cfg, &p.metrics)
	require.NoError(t, err)
	read := sessionstorereceiver.NewFactory()
	cfg = configured(t, read.CreateDefaultConfig(), map[string]any{
		"secret": secret, "stores": map[string]any{"shop": store}, "metrics": map[string]any{"enabled": false},
	})
	reader, err := read.CreateLogs(ctx, receivertest.NewNopSettings(read.Type()), cfg, logs)
	require.NoError(t, err)
	p.traces = traces
	started := []component.Component{traces, logs, metrics, reader}
	for _, c := range started {
		require.NoError(t, c.Start(ctx, host))
	}
	t.Cleanup(func() {
		for _, c := range []component.Component{reader, traces, logs, metrics} {
			require.NoError(t, c.Shutdown(ctx))
		}
	})
	return p
}

// request sends the span of a request that shows a cookie, and returns what is then known of who made it.
func (p *pipelines) request(t *testing.T, trace byte, cookie string) (session, user string) {
	t.Helper()
	td := ptrace.NewTraces()
	span := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.SetTraceID(pcommon.TraceID{trace})
	span.SetSpanID(pcommon.SpanID{trace})
	span.SetKind(ptrace.SpanKindServer)
	now := time.Now()
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(now.Add(-time.Millisecond)))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(now))
	span.Attributes().PutStr("session.id", "browser-"+string('a'+rune(trace)))
	span.Attributes().PutStr("http.request.header.cookie", "connect.sid=s%3A"+cookie+".signature")
	require.NoError(t, p.traces.ConsumeTraces(t.Context(), td))
	attributes := span.Attributes().AsRaw()
	session, _ = attributes["session.id"].(string)
	user, _ = attributes["user.id"].(string)
	return session, user
}

// views are the latest points of braid.session.views.
func (p *pipelines) views() map[string]int64 {
	views := map[string]int64{}
	for _, md := range p.metrics.AllMetrics() {
		for _, m := range md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().All() {
			if m.Name() == "braid.session.views" {
				for _, point := range m.Gauge().DataPoints().All() {
					view, _ := point.Attributes().Get("braid.session.view")
					views[view.Str()] = point.IntValue()
				}
			}
		}
	}
	return views
}

// Who is behind an instrumented request may be known to the store alone, and who is logged in without instrumentation is
// known, too.
func TestCorrelation_StoreAndTraffic_AreOneView(t *testing.T) {
	t.Parallel()
	server := startServer(t, "--notify-keyspace-events", "KA")
	for id, user := range map[string]string{"both": "mina", "quiet": "jun"} {
		require.NoError(t, server.Client.Set(t.Context(), "sess:"+id, `{"cookie":{},"login":"`+user+`"}`, time.Hour).Err())
	}
	p := startPipelines(t, map[string]any{
		"format": "connect_redis", "fields": map[string]any{"user": "login"}, "redis": map[string]any{"addresses": []string{server.Address}},
	})
	eventually(t, "the store's sessions", func() bool { return p.logs.LogRecordCount() == 2 })
	session, user := p.request(t, 1, "both")
	assert.Equal(t, "browser-b", session)
	assert.Equal(t, "mina", user, "as the store knows")
	_, user = p.request(t, 2, "forged")
	assert.Empty(t, user)
	eventually(t, "the comparison", func() bool {
		views := p.views()
		return views["both"] == 1 && views["store"] == 1 && views["traffic"] == 1
	})
	replaced := 0
	for _, ld := range p.logs.AllLogs() {
		for _, rl := range ld.ResourceLogs().All() {
			for _, record := range rl.ScopeLogs().At(0).LogRecords().All() {
				id, _ := record.Attributes().Get("session.id")
				if record.EventName() == "session.end" && id.Str() == token("connect.sid", "both") {
					replaced++
				}
			}
		}
	}
	assert.Equal(t, 1, replaced, "told of twice, the visit would count twice")
}
