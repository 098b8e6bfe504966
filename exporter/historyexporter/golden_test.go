package historyexporter

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	yaml "go.yaml.in/yaml/v3"

	"github.com/braidotel/braid/internal/history"
)

var update = flag.Bool("update", false, "write expected.json anew")

// batch is what a case sends at once; times are since epoch.
type batch struct {
	Resource map[string]any `yaml:"resource"`
	Spans    []struct {
		Trace, Span, Parent, Kind, Name string
		Start, End                      time.Duration
		Failed                          string
		Attributes                      map[string]any
	} `yaml:"spans"`
	Logs []struct {
		Event, Body string
		Frame       string
		At          time.Duration
		Severity    int
		Attributes  map[string]any
	} `yaml:"logs"`
	Metrics []struct {
		Name       string
		At         time.Duration
		Value      float64
		Attributes map[string]any
	} `yaml:"metrics"`
}

// outcome is what the stores hold afterwards.
type outcome struct {
	Sessions []history.Session `json:"sessions,omitempty"`
	Events   []history.Event   `json:"events,omitempty"`
	Sketches []sketch          `json:"sketches,omitempty"`
	Traces   []history.Trace   `json:"traces,omitempty"`
	Series   []series          `json:"series,omitempty"`
}

type sketch struct {
	history.Sketch
	Frames []string `json:"frames"`
}

type series struct {
	Labels map[string]string `json:"labels"`
	Last   float64           `json:"last"`
}

// TestGolden sends testdata/<case>/input.yaml through the exporter, twice, and compares everything that is stored then with
// expected.json: the second time changes nothing.
func TestGolden(t *testing.T) {
	folders, err := os.ReadDir("testdata")
	require.NoError(t, err)
	for _, folder := range folders {
		if folder.IsDir() {
			t.Run(folder.Name(), func(t *testing.T) { golden(t, filepath.Join("testdata", folder.Name())) })
		}
	}
}

func golden(t *testing.T, dir string) {
	input, err := os.ReadFile(filepath.Join(dir, "input.yaml"))
	require.NoError(t, err)
	var batches []batch
	decoder := yaml.NewDecoder(bytes.NewReader(input))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(&batches))
	k := newKeeper(t)
	r := newRig(t, newHost(k), direct())
	for range 2 {
		for i := range batches {
			batches[i].send(t, r)
		}
	}
	r.shutdown(t)
	got, err := json.MarshalIndent(read(t, k), "", "  ")
	require.NoError(t, err)
	got = append(got, '\n')
	expected := filepath.Join(dir, "expected.json")
	if *update {
		require.NoError(t, os.WriteFile(expected, got, 0o600))
		return
	}
	want, err := os.ReadFile(expected)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got))
}

func (b *batch) send(t *testing.T, r *rig) {
	td, ld, md := ptrace.NewTraces(), plog.NewLogs(), pmetric.NewMetrics()
	rs, rl, rm := td.ResourceSpans().AppendEmpty(), ld.ResourceLogs().AppendEmpty(), md.ResourceMetrics().AppendEmpty()
	for _, resource := range []pcommon.Resource{rs.Resource(), rl.Resource(), rm.Resource()} {
		require.NoError(t, resource.Attributes().FromRaw(b.Resource))
	}
	ss, sl, sm := rs.ScopeSpans().AppendEmpty(), rl.ScopeLogs().AppendEmpty(), rm.ScopeMetrics().AppendEmpty()
	for _, s := range b.Spans {
		span := ss.Spans().AppendEmpty()
		var trace [16]byte
		var id, parent [8]byte
		copy(trace[:], s.Trace)
		copy(id[:], s.Span)
		copy(parent[:], s.Parent)
		span.SetTraceID(trace)
		span.SetSpanID(id)
		span.SetParentSpanID(parent)
		span.SetKind(map[string]ptrace.SpanKind{"server": ptrace.SpanKindServer, "client": ptrace.SpanKindClient, "": ptrace.SpanKindInternal}[s.Kind])
		span.SetName(s.Name)
		span.SetStartTimestamp(pcommon.NewTimestampFromTime(epoch.Add(s.Start)))
		span.SetEndTimestamp(pcommon.NewTimestampFromTime(epoch.Add(s.End)))
		if s.Failed != "" {
			span.Status().SetCode(ptrace.StatusCodeError)
			span.Status().SetMessage(s.Failed)
		}
		require.NoError(t, span.Attributes().FromRaw(s.Attributes))
	}
	for _, l := range b.Logs {
		record := sl.LogRecords().AppendEmpty()
		record.SetEventName(l.Event)
		record.SetTimestamp(pcommon.NewTimestampFromTime(epoch.Add(l.At)))
		record.SetSeverityNumber(plog.SeverityNumber(l.Severity))
		record.Body().SetStr(l.Body)
		if l.Frame != "" {
			record.Body().SetEmptyBytes().FromRaw([]byte(l.Frame))
		}
		require.NoError(t, record.Attributes().FromRaw(l.Attributes))
	}
	for _, m := range b.Metrics {
		metric := sm.Metrics().AppendEmpty()
		metric.SetName(m.Name)
		p := metric.SetEmptyGauge().DataPoints().AppendEmpty()
		p.SetTimestamp(pcommon.NewTimestampFromTime(epoch.Add(m.At)))
		p.SetDoubleValue(m.Value)
		require.NoError(t, p.Attributes().FromRaw(m.Attributes))
	}
	td.MarkReadOnly()
	ld.MarkReadOnly()
	md.MarkReadOnly()
	ctx := t.Context()
	if len(b.Spans) > 0 {
		require.NoError(t, r.traces.ConsumeTraces(ctx, td))
	}
	if len(b.Logs) > 0 {
		require.NoError(t, r.logs.ConsumeLogs(ctx, ld))
	}
	if len(b.Metrics) > 0 {
		require.NoError(t, r.metrics.ConsumeMetrics(ctx, md))
	}
}

// read returns everything of two tenants.
func read(t *testing.T, k *keeper) (o outcome) {
	ctx := t.Context()
	for _, tenant := range []history.Tenant{"", "acme"} {
		sessions, err := k.records.Sessions(ctx, history.SessionQuery{Tenant: tenant})
		require.NoError(t, err)
		o.Sessions = append(o.Sessions, sessions.Items...)
		events, err := k.records.Events(ctx, history.EventQuery{Tenant: tenant})
		require.NoError(t, err)
		o.Events = append(o.Events, events.Items...)
		for _, key := range []map[string]string{nil, {"service.name": "shop"}} {
			sketches, err := k.records.Sketches(ctx, history.SketchQuery{Tenant: tenant, Key: key})
			require.NoError(t, err)
			for _, s := range sketches.Items {
				own := sketch{Sketch: s}
				for _, frame := range s.Frames {
					own.Frames = append(own.Frames, string(frame))
				}
				o.Sketches = append(o.Sketches, own)
			}
		}
		traces, err := k.records.Traces(ctx, history.TraceQuery{Tenant: tenant})
		require.NoError(t, err)
		for _, trace := range traces.Items {
			whole, _, err := k.records.Trace(ctx, tenant, trace.ID)
			require.NoError(t, err)
			o.Traces = append(o.Traces, whole)
		}
		o.Series = append(o.Series, readSeries(t, k.db.Metrics(tenant))...)
	}
	return o
}

// readSeries returns the last value of every series; of a histogram its mean.
func readSeries(t *testing.T, m history.Metrics) (list []series) {
	last, err := m.Query(t.Context(), `last_over_time({__name__=~".+"}[1h])`, epoch.Add(time.Hour))
	require.NoError(t, err)
	for _, s := range last.Series {
		list = append(list, series{Labels: s.Labels, Last: s.Points[0].Value})
	}
	slices.SortFunc(list, func(a, b series) int {
		return strings.Compare(fmt.Sprint(a.Labels), fmt.Sprint(b.Labels))
	})
	return list
}
