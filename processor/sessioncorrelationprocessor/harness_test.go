package sessioncorrelationprocessor

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/braidotel/braid/internal/journal/journaltest"
	"github.com/braidotel/braid/internal/outlet"
	"github.com/braidotel/braid/processor/sessioncorrelationprocessor/internal/metadatatest"
)

// rig is one component in a traces, a logs and a metrics pipeline, as the collector would build them.
type rig struct {
	traces    processor.Traces
	logs      processor.Logs
	metrics   processor.Metrics
	exit      *exit
	telemetry *componenttest.Telemetry
	host      component.Host
}

// build creates the nodes with a new factory, as a start or a reload does, without starting them.
func build(tb testing.TB, change func(*Config)) *rig {
	tb.Helper()
	factory := NewFactory()
	cfg := factory.CreateDefaultConfig().(*Config)
	change(cfg)
	require.NoError(tb, cfg.Validate())
	r := &rig{exit: &exit{}, telemetry: componenttest.NewTelemetry(), host: componenttest.NewNopHost()}
	set := metadatatest.NewSettings(r.telemetry)
	var err error
	r.traces, err = factory.CreateTraces(context.Background(), set, cfg, r.exit)
	require.NoError(tb, err)
	r.logs, err = factory.CreateLogs(context.Background(), set, cfg, r.exit)
	require.NoError(tb, err)
	r.metrics, err = factory.CreateMetrics(context.Background(), set, cfg, r.exit)
	require.NoError(tb, err)
	return r
}

// on makes the rig find a storage extension where withStorage says.
func (r *rig) on(disk *journaltest.Disk) *rig {
	r.host = diskHost{Host: journaltest.Host{Extension: disk}, statuses: make(chan componentstatus.Status, 16)}
	return r
}

// start starts the nodes; whatever becomes of the test, they are stopped at its end.
func (r *rig) start(tb testing.TB) *rig {
	tb.Helper()
	tb.Cleanup(func() { r.stop(tb) })
	for _, node := range []component.Component{r.metrics, r.logs, r.traces} {
		require.NoError(tb, node.Start(context.Background(), r.host))
	}
	return r
}

// stop shuts the nodes down in the collector's usual order; nodes that were shut down before do not mind.
func (r *rig) stop(tb testing.TB) {
	tb.Helper()
	for _, node := range []component.Component{r.traces, r.logs, r.metrics} {
		require.NoError(tb, node.Shutdown(context.Background()))
	}
}

// core is what the nodes share.
func (r *rig) core() *core { return r.traces.(*traces).core }

// counted is the sum of a counter's points that carry all of the attributes.
func (r *rig) counted(tb testing.TB, name string, attributes ...attribute.KeyValue) int {
	tb.Helper()
	m, err := r.telemetry.GetMetric("otelcol_processor_session_correlation_" + name)
	if err != nil {
		return 0
	}
	total := 0
	for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
		matches := true
		for _, want := range attributes {
			have, ok := p.Attributes.Value(want.Key)
			matches = matches && ok && have == want.Value
		}
		if matches {
			total += int(p.Value)
		}
	}
	return total
}

// lost is the number of things that were given up on their way out.
func (r *rig) lost(tb testing.TB) int {
	tb.Helper()
	return r.counted(tb, "derived", attribute.String("result", outlet.Lost))
}

// nodes are the rig's nodes by signal.
func (r *rig) nodes() map[string]component.Component {
	return map[string]component.Component{"traces": r.traces, "logs": r.logs, "metrics": r.metrics}
}

// span returns a batch of one server span, now.
func span(name string, trace uint64, attributes ...string) ptrace.Traces {
	td := ptrace.NewTraces()
	s := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	s.SetName(name)
	s.SetKind(ptrace.SpanKindServer)
	s.SetTraceID(traceID(trace))
	s.SetSpanID(spanID(uint64(td.SpanCount())))
	s.SetStartTimestamp(pcommon.NewTimestampFromTime(time.Now()))
	s.SetEndTimestamp(pcommon.NewTimestampFromTime(time.Now()))
	for i := 0; i+1 < len(attributes); i += 2 {
		s.Attributes().PutStr(attributes[i], attributes[i+1])
	}
	return td
}

// inner makes the spans of a batch inner ones, whose identity others bring.
func inner(td ptrace.Traces) ptrace.Traces {
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				s.SetKind(ptrace.SpanKindInternal)
				s.SetSpanID(spanID(99))
				s.SetParentSpanID(spanID(1))
			}
		}
	}
	return td
}

// line returns a batch of one log record, now.
func line(body string, trace uint64) plog.Logs {
	ld := plog.NewLogs()
	record := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	record.Body().SetStr(body)
	record.SetTimestamp(pcommon.NewTimestampFromTime(time.Now()))
	if trace != 0 {
		record.SetTraceID(traceID(trace))
	}
	return ld
}

// exit is the next consumer of all three pipelines. It keeps what it gets, or refuses it.
type exit struct {
	traces  consumertest.TracesSink
	logs    consumertest.LogsSink
	metrics consumertest.MetricsSink

	mu      sync.Mutex
	refusal error
}

var (
	_ consumer.Traces  = (*exit)(nil)
	_ consumer.Logs    = (*exit)(nil)
	_ consumer.Metrics = (*exit)(nil)
)

func (*exit) Capabilities() consumer.Capabilities { return consumer.Capabilities{MutatesData: true} }

// refuse makes the exit answer with err, until it is nil again.
func (e *exit) refuse(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.refusal = err
}

func (e *exit) refused() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.refusal
}

// ConsumeTraces may change what it refuses, as any consumer may.
func (e *exit) ConsumeTraces(ctx context.Context, td ptrace.Traces) error {
	if err := e.refused(); err != nil {
		td.ResourceSpans().RemoveIf(func(ptrace.ResourceSpans) bool { return true })
		return err
	}
	return e.traces.ConsumeTraces(ctx, td)
}

func (e *exit) ConsumeLogs(ctx context.Context, ld plog.Logs) error {
	if err := e.refused(); err != nil {
		ld.ResourceLogs().RemoveIf(func(plog.ResourceLogs) bool { return true })
		return err
	}
	return e.logs.ConsumeLogs(ctx, ld)
}

func (e *exit) ConsumeMetrics(ctx context.Context, md pmetric.Metrics) error {
	if err := e.refused(); err != nil {
		return err
	}
	return e.metrics.ConsumeMetrics(ctx, md)
}

// spans are the spans that left, by name.
func (e *exit) spans() map[string]pcommon.Map {
	found := map[string]pcommon.Map{}
	for _, td := range e.traces.AllTraces() {
		for _, rs := range td.ResourceSpans().All() {
			for _, ss := range rs.ScopeSpans().All() {
				for _, span := range ss.Spans().All() {
					found[span.Name()] = span.Attributes()
				}
			}
		}
	}
	return found
}

// records are the log records that left, in order.
func (e *exit) records() []plog.LogRecord {
	var found []plog.LogRecord
	for _, ld := range e.logs.AllLogs() {
		for _, rl := range ld.ResourceLogs().All() {
			for _, sl := range rl.ScopeLogs().All() {
				for _, record := range sl.LogRecords().All() {
					found = append(found, record)
				}
			}
		}
	}
	return found
}

// events are the records with a name, as "name session".
func (e *exit) events() []string {
	var found []string
	for _, record := range e.records() {
		if record.EventName() != "" {
			session, _ := record.Attributes().Get(attrSession)
			found = append(found, record.EventName()+" "+session.AsString())
		}
	}
	return found
}

// latest is the last value that left of a sum's points.
func (e *exit) latest(name string) (value int64, since pcommon.Timestamp) {
	for _, md := range e.metrics.AllMetrics() {
		for _, rm := range md.ResourceMetrics().All() {
			for _, sm := range rm.ScopeMetrics().All() {
				for _, m := range sm.Metrics().All() {
					if m.Name() == name && m.Type() == pmetric.MetricTypeSum {
						p := m.Sum().DataPoints().At(0)
						value, since = p.IntValue(), p.StartTimestamp()
					}
				}
			}
		}
	}
	return value, since
}

// lines are the records without a name.
func (e *exit) lines() []plog.LogRecord {
	return slices.DeleteFunc(e.records(), func(record plog.LogRecord) bool { return record.EventName() != "" })
}
