package incidentconnector

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/connector"
	"go.opentelemetry.io/collector/connector/connectortest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/connector/incidentconnector/internal/metadata"
)

// base is where test data begins.
var base = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// rig is the three nodes of one component with one sink behind them.
type rig struct {
	t       testing.TB
	cfg     *Config
	traces  connector.Traces
	metrics connector.Metrics
	logs    connector.Logs
	sink    consumertest.LogsSink
	tel     *componenttest.Telemetry
	core    *core
}

// replayConfig reads recorded data: nothing asks the wall clock.
func replayConfig() *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.Clock = clockReplay
	cfg.Secret = "a secret of sixteen"
	return cfg
}

// newRig creates the nodes and starts them.
func newRig(t testing.TB, cfg *Config, host component.Host) *rig {
	t.Helper()
	require.NoError(t, cfg.Validate())
	r := &rig{t: t, cfg: cfg, tel: componenttest.NewTelemetry()}
	t.Cleanup(func() { _ = r.tel.Shutdown(context.WithoutCancel(t.Context())) })
	set := connectortest.NewNopSettings(metadata.Type)
	set.ID = component.NewID(metadata.Type)
	set.TelemetrySettings = r.tel.NewTelemetrySettings()
	f := NewFactory()
	var err error
	r.traces, err = f.CreateTracesToLogs(t.Context(), set, cfg, &r.sink)
	require.NoError(t, err)
	r.metrics, err = f.CreateMetricsToLogs(t.Context(), set, cfg, &r.sink)
	require.NoError(t, err)
	r.logs, err = f.CreateLogsToLogs(t.Context(), set, cfg, &r.sink)
	require.NoError(t, err)
	r.core = r.logs.(logs).Core
	for _, n := range r.nodes() {
		require.NoError(t, n.Start(t.Context(), host))
	}
	return r
}

func (r *rig) nodes() []component.Component {
	return []component.Component{r.traces, r.metrics, r.logs}
}

// stop shuts the nodes down in order.
func (r *rig) stop() {
	r.t.Helper()
	for _, n := range r.nodes() {
		require.NoError(r.t, n.Shutdown(r.t.Context()))
	}
}

// said are the events of a name that left, by order.
func (r *rig) said(name string) []plog.LogRecord {
	var out []plog.LogRecord
	for _, ld := range r.sink.AllLogs() {
		for _, rl := range ld.ResourceLogs().All() {
			for _, sl := range rl.ScopeLogs().All() {
				for _, lr := range sl.LogRecords().All() {
					if lr.EventName() == name {
						out = append(out, lr)
					}
				}
			}
		}
	}
	return out
}

// attr is an attribute of a record as text; empty if there is none.
func attr(r plog.LogRecord, name string) string {
	if v, ok := r.Attributes().Get(name); ok {
		return v.AsString()
	}
	return ""
}

// alert is a batch with one alert.
func alert(id string, at time.Time, resource, attrs map[string]any) plog.Logs {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	_ = rl.Resource().Attributes().FromRaw(resource)
	lr := rl.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	lr.SetTimestamp(pcommon.NewTimestampFromTime(at))
	_ = lr.Attributes().FromRaw(attrs)
	lr.Attributes().PutStr("event.name", "alert")
	if id != "" {
		lr.Attributes().PutStr("alert.id", id)
	}
	return ld
}
