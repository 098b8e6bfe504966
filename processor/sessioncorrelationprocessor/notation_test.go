package sessioncorrelationprocessor

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	yaml "go.yaml.in/yaml/v3"
)

// began is the instant that the times of the golden files count from.
var began = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// step is one batch of an input file. Trace and span ids are numbers, zero is none; times count from began.
type step struct {
	// Title says what the batch is about; the expected file repeats it.
	Title   string  `yaml:"title"`
	Traces  []items `yaml:"traces"`
	Logs    []items `yaml:"logs"`
	Metrics []entry `yaml:"metrics"`
	// Repeat sends the batch so many times, each with times Every later and trace ids one higher.
	Repeat int           `yaml:"repeat"`
	Every  time.Duration `yaml:"every"`
}

// items are the items of one resource.
type items struct {
	Resource map[string]any `yaml:"resource"`
	List     []entry        `yaml:"items"`
}

// entry is a span, a log record, an event or a metric's point, in an input file and in an expected one.
type entry struct {
	Resource map[string]any `yaml:"resource,omitempty"`
	Span     string         `yaml:"span,omitempty"`
	Kind     string         `yaml:"kind,omitempty"`
	Log      string         `yaml:"log,omitempty"`
	Event    string         `yaml:"event,omitempty"`
	Severity string         `yaml:"severity,omitempty"`
	Metric   string         `yaml:"metric,omitempty"`
	Value    any            `yaml:"value,omitempty"`
	At       time.Duration  `yaml:"at"`
	Took     time.Duration  `yaml:"took,omitempty"`
	Since    *time.Duration `yaml:"since,omitempty"`
	Trace    uint64         `yaml:"trace,omitempty"`
	ID       uint64         `yaml:"id,omitempty"`
	Parent   uint64         `yaml:"parent,omitempty"`
	Error    bool           `yaml:"error,omitempty"`

	Attributes map[string]any `yaml:"attributes,omitempty"`
}

// MarshalYAML puts every item on a line of its own.
func (e entry) MarshalYAML() (any, error) {
	type plain entry
	var node yaml.Node
	if err := node.Encode(plain(e)); err != nil {
		return nil, err
	}
	node.Style = yaml.FlowStyle
	return &node, nil
}

func traceID(n uint64) (id pcommon.TraceID) {
	binary.BigEndian.PutUint64(id[8:], n)
	return id
}

func spanID(n uint64) (id pcommon.SpanID) {
	binary.BigEndian.PutUint64(id[:], n)
	return id
}

func timestamp(at time.Duration) pcommon.Timestamp {
	return pcommon.NewTimestampFromTime(began.Add(at))
}

func since(ts pcommon.Timestamp) time.Duration { return ts.AsTime().Sub(began) }

func spanKind(name string) ptrace.SpanKind {
	for kind := ptrace.SpanKindUnspecified; kind <= ptrace.SpanKindConsumer; kind++ {
		if strings.EqualFold(kind.String(), name) {
			return kind
		}
	}
	return ptrace.SpanKindUnspecified
}

// toTraces builds the i-th repetition of a step's traces.
func (s *step) toTraces(tb testing.TB, i int) ptrace.Traces {
	tb.Helper()
	td := ptrace.NewTraces()
	for _, g := range s.Traces {
		rs := td.ResourceSpans().AppendEmpty()
		require.NoError(tb, rs.Resource().Attributes().FromRaw(g.Resource))
		spans := rs.ScopeSpans().AppendEmpty().Spans()
		for _, e := range g.List {
			start := e.At + time.Duration(i)*s.Every
			span := spans.AppendEmpty()
			span.SetName(e.Span)
			span.SetKind(spanKind(e.Kind))
			span.SetTraceID(traceID(e.Trace + uint64(i)))
			span.SetSpanID(spanID(e.ID))
			span.SetParentSpanID(spanID(e.Parent))
			span.SetStartTimestamp(timestamp(start))
			span.SetEndTimestamp(timestamp(start + e.Took))
			if e.Error {
				span.Status().SetCode(ptrace.StatusCodeError)
			}
			require.NoError(tb, span.Attributes().FromRaw(e.Attributes))
		}
	}
	return td
}

func (s *step) toLogs(tb testing.TB, i int) plog.Logs {
	tb.Helper()
	ld := plog.NewLogs()
	for _, g := range s.Logs {
		rl := ld.ResourceLogs().AppendEmpty()
		require.NoError(tb, rl.Resource().Attributes().FromRaw(g.Resource))
		records := rl.ScopeLogs().AppendEmpty().LogRecords()
		for _, e := range g.List {
			record := records.AppendEmpty()
			record.Body().SetStr(e.Log)
			record.SetEventName(e.Event)
			record.SetTimestamp(timestamp(e.At + time.Duration(i)*s.Every))
			if e.Trace != 0 {
				record.SetTraceID(traceID(e.Trace + uint64(i)))
			}
			record.SetSpanID(spanID(e.ID))
			require.NoError(tb, record.Attributes().FromRaw(e.Attributes))
		}
	}
	return ld
}

func (s *step) toMetrics(tb testing.TB) pmetric.Metrics {
	tb.Helper()
	md := pmetric.NewMetrics()
	metrics := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics()
	for _, e := range s.Metrics {
		m := metrics.AppendEmpty()
		m.SetName(e.Metric)
		p := m.SetEmptyGauge().DataPoints().AppendEmpty()
		p.SetTimestamp(timestamp(e.At))
		p.SetIntValue(int64(e.Value.(int)))
		require.NoError(tb, p.Attributes().FromRaw(e.Attributes))
	}
	return md
}

func number(id [8]byte) uint64 { return binary.BigEndian.Uint64(id[:]) }

func ofTraces(td ptrace.Traces) (entries []entry) {
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			for _, span := range ss.Spans().All() {
				id := span.TraceID()
				e := entry{
					Resource: rs.Resource().Attributes().AsRaw(), Span: span.Name(), Attributes: span.Attributes().AsRaw(),
					At: since(span.StartTimestamp()), Trace: binary.BigEndian.Uint64(id[8:]), ID: number(span.SpanID()),
				}
				entries = append(entries, e)
			}
		}
	}
	return entries
}

// ofLogs leaves out only the time at which the component wrote an event.
func ofLogs(ld plog.Logs) (entries []entry) {
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, record := range sl.LogRecords().All() {
				id := record.TraceID()
				entries = append(entries, entry{
					Resource: rl.Resource().Attributes().AsRaw(), Log: record.Body().AsString(), Event: record.EventName(),
					Severity: record.SeverityText(), At: since(record.Timestamp()), Attributes: record.Attributes().AsRaw(),
					Trace: binary.BigEndian.Uint64(id[8:]), ID: number(record.SpanID()),
				})
			}
		}
	}
	return entries
}

// ofMetrics lists points by metric and attributes: the order of series means nothing.
func ofMetrics(md pmetric.Metrics) (entries []entry) {
	for _, rm := range md.ResourceMetrics().All() {
		for _, sm := range rm.ScopeMetrics().All() {
			for _, m := range sm.Metrics().All() {
				entries = append(entries, ofMetric(m)...)
			}
		}
	}
	slices.SortStableFunc(entries, func(a, b entry) int {
		return strings.Compare(a.Metric+fmt.Sprint(a.Attributes), b.Metric+fmt.Sprint(b.Attributes))
	})
	return entries
}

func ofMetric(m pmetric.Metric) (entries []entry) {
	number := func(p pmetric.NumberDataPoint, cumulative bool) {
		e := entry{Metric: m.Name(), At: since(p.Timestamp()), Attributes: p.Attributes().AsRaw(), Value: p.IntValue()}
		if p.ValueType() == pmetric.NumberDataPointValueTypeDouble {
			e.Value = p.DoubleValue()
		}
		if cumulative {
			start := since(p.StartTimestamp())
			e.Since = &start
		}
		entries = append(entries, e)
	}
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		for _, p := range m.Gauge().DataPoints().All() {
			number(p, false)
		}
	case pmetric.MetricTypeSum:
		for _, p := range m.Sum().DataPoints().All() {
			number(p, m.Sum().IsMonotonic())
		}
	case pmetric.MetricTypeHistogram:
		for _, p := range m.Histogram().DataPoints().All() {
			buckets := map[string]uint64{}
			for i, n := range p.BucketCounts().All() {
				if n > 0 {
					buckets[bucketName(p.ExplicitBounds().AsRaw(), i)] = n
				}
			}
			start := since(p.StartTimestamp())
			entries = append(entries, entry{
				Metric: m.Name(), At: since(p.Timestamp()), Since: &start, Attributes: p.Attributes().AsRaw(),
				Value: map[string]any{"count": p.Count(), "sum": p.Sum(), "buckets": maps.Clone(buckets)},
			})
		}
	case pmetric.MetricTypeEmpty, pmetric.MetricTypeExponentialHistogram, pmetric.MetricTypeSummary:
	}
	return entries
}

func bucketName(bounds []float64, i int) string {
	if i == len(bounds) {
		return "more"
	}
	return fmt.Sprint("up to ", bounds[i])
}

// name is how the expected file calls the i-th step: by its comment-like title, or its number.
func (s *step) name(i int) string {
	if s.Title != "" {
		return s.Title
	}
	return fmt.Sprint("step ", i+1)
}
