package concurrencyprocessor

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	yaml "go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "rewrite the expected files")

// batchFile is one call of Consume in an input file. Times count from base.
type batchFile struct {
	// Title says what the batch is about.
	Title string `yaml:"title"`
	// Signal is traces, logs or metrics.
	Signal string     `yaml:"signal"`
	Items  []itemFile `yaml:"items"`
}

type itemFile struct {
	At         time.Duration  `yaml:"at"`
	Scope      string         `yaml:"scope"`
	Resource   map[string]any `yaml:"resource"`
	Attributes map[string]any `yaml:"attributes"`
}

// outFile is one point or record that left.
type outFile struct {
	Metric     string         `yaml:"metric,omitempty"`
	Event      string         `yaml:"event,omitempty"`
	At         time.Duration  `yaml:"at"`
	Value      any            `yaml:"value,omitempty"`
	Attributes map[string]any `yaml:"attributes"`
}

// MarshalYAML puts every item on a line of its own.
func (o outFile) MarshalYAML() (any, error) {
	type plain outFile
	var node yaml.Node
	if err := node.Encode(plain(o)); err != nil {
		return nil, err
	}
	node.Style = yaml.FlowStyle
	return &node, nil
}

// TestGolden sends the batches of testdata/<case>/input.yaml through the component that config.yaml describes and
// compares every point and record it makes, up to and including its shutdown, with expected.yaml.
func TestGolden(t *testing.T) {
	folders, err := os.ReadDir("testdata")
	require.NoError(t, err)
	for _, folder := range folders {
		if folder.IsDir() && folder.Name() != "fuzz" {
			t.Run(folder.Name(), func(t *testing.T) { golden(t, filepath.Join("testdata", folder.Name())) })
		}
	}
}

func golden(t *testing.T, dir string) {
	conf, err := confmaptest.LoadConf(filepath.Join(dir, "config.yaml"))
	require.NoError(t, err)
	cfg := createDefaultConfig().(*Config)
	require.NoError(t, conf.Unmarshal(cfg))
	raw, err := os.ReadFile(filepath.Join(dir, "input.yaml"))
	require.NoError(t, err)
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	var batches []batchFile
	require.NoError(t, decoder.Decode(&batches))

	r := newRig(t, cfg).start(componenttest.NewNopHost())
	for _, b := range batches {
		r.send(b)
	}
	r.stop()
	var got bytes.Buffer
	encoder := yaml.NewEncoder(&got)
	encoder.SetIndent(2)
	require.NoError(t, encoder.Encode(r.output()))
	path := filepath.Join(dir, "expected.yaml")
	if *update {
		require.NoError(t, os.WriteFile(path, got.Bytes(), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got.String())
}

func (r *rig) send(b batchFile) {
	r.t.Helper()
	td, ld, md := ptrace.NewTraces(), plog.NewLogs(), pmetric.NewMetrics()
	for _, it := range b.Items {
		at := pcommon.NewTimestampFromTime(base.Add(it.At))
		var resource pcommon.Resource
		var attrs pcommon.Map
		switch b.Signal {
		case "traces":
			rs := td.ResourceSpans().AppendEmpty()
			ss := rs.ScopeSpans().AppendEmpty()
			ss.Scope().SetName(it.Scope)
			span := ss.Spans().AppendEmpty()
			span.SetEndTimestamp(at)
			resource, attrs = rs.Resource(), span.Attributes()
		case "logs":
			rl := ld.ResourceLogs().AppendEmpty()
			sl := rl.ScopeLogs().AppendEmpty()
			sl.Scope().SetName(it.Scope)
			rec := sl.LogRecords().AppendEmpty()
			rec.SetTimestamp(at)
			resource, attrs = rl.Resource(), rec.Attributes()
		case "metrics":
			rm := md.ResourceMetrics().AppendEmpty()
			sm := rm.ScopeMetrics().AppendEmpty()
			sm.Scope().SetName(it.Scope)
			p := sm.Metrics().AppendEmpty().SetEmptyGauge().DataPoints().AppendEmpty()
			p.SetTimestamp(at)
			resource, attrs = rm.Resource(), p.Attributes()
		default:
			require.Fail(r.t, "unknown signal", b.Signal)
		}
		require.NoError(r.t, resource.Attributes().FromRaw(it.Resource))
		require.NoError(r.t, attrs.FromRaw(it.Attributes))
	}
	switch b.Signal {
	case "traces":
		require.NoError(r.t, r.traces.ConsumeTraces(r.t.Context(), td))
	case "logs":
		require.NoError(r.t, r.logs.ConsumeLogs(r.t.Context(), ld))
	case "metrics":
		require.NoError(r.t, r.metrics.ConsumeMetrics(r.t.Context(), md))
	}
}

// output is every derived point and record, in the order of each pipeline. Bodies are compared elsewhere, by merging.
func (r *rig) output() (out []outFile) {
	for _, md := range r.metricsSink.AllMetrics() {
		for _, rm := range md.ResourceMetrics().All() {
			for _, m := range rm.ScopeMetrics().At(0).Metrics().All() {
				if m.Name() != metricUsers && m.Name() != metricUncertainty {
					continue
				}
				for _, p := range m.Gauge().DataPoints().All() {
					var value any = p.IntValue()
					if p.ValueType() == pmetric.NumberDataPointValueTypeDouble {
						value = p.DoubleValue()
					}
					out = append(out, outFile{
						Metric: m.Name(), At: p.Timestamp().AsTime().Sub(base), Value: value, Attributes: p.Attributes().AsRaw(),
					})
				}
			}
		}
	}
	for _, ld := range r.logsSink.AllLogs() {
		for _, rl := range ld.ResourceLogs().All() {
			for _, rec := range rl.ScopeLogs().At(0).LogRecords().All() {
				if rec.EventName() == eventSketch {
					attrs := rec.Attributes().AsRaw()
					attrs[attrWindowStart] = time.Unix(0, attrs[attrWindowStart].(int64)).Sub(base).String()
					out = append(out, outFile{Event: eventSketch, At: rec.Timestamp().AsTime().Sub(base), Attributes: attrs})
				}
			}
		}
	}
	return out
}
