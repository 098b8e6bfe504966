package seasonalityprocessor

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	yaml "go.yaml.in/yaml/v3"

	"github.com/braidotel/braid/internal/journal/journaltest"
	"github.com/braidotel/braid/processor/seasonalityprocessor/internal/metadata"
)

var update = flag.Bool("update", false, "rewrite the expected files")

// runFile is a run of points of one stream in an input file, each a call of ConsumeMetrics of its own. Times count from
// base.
type runFile struct {
	// Title says what the run is about.
	Title string `yaml:"title"`
	// Restart stops the component before the run and starts it again.
	Restart    bool           `yaml:"restart"`
	At         time.Duration  `yaml:"at"`
	Every      time.Duration  `yaml:"every"`
	Start      *time.Duration `yaml:"start"` // of the counter
	Metric     string         `yaml:"metric"`
	Unit       string         `yaml:"unit"`
	Scope      string         `yaml:"scope"`
	Resource   map[string]any `yaml:"resource"`
	Attributes map[string]any `yaml:"attributes"`

	// One of these, a list with an entry for each point:
	Gauge       []float64            `yaml:"gauge"`
	Counter     []float64            `yaml:"counter"`
	Delta       []float64            `yaml:"delta"`
	Level       []float64            `yaml:"level"`
	Buckets     [][]uint64           `yaml:"buckets"` // of Bounds, cumulative
	Exponential [][]uint64           `yaml:"exponential"`
	Summary     []map[string]float64 `yaml:"summary"` // by quantile

	Bounds []float64 `yaml:"bounds"`
	Scale  int32     `yaml:"scale"`
}

// outFile is one point or count that came of it.
type outFile struct {
	Metric     string         `yaml:"metric,omitempty"`
	Telemetry  string         `yaml:"telemetry,omitempty"`
	At         string         `yaml:"at,omitempty"`
	Unit       string         `yaml:"unit,omitempty"`
	Value      any            `yaml:"value"`
	Resource   map[string]any `yaml:"resource,omitempty"`
	Attributes map[string]any `yaml:"attributes,omitempty"`
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

// TestGolden sends the runs of testdata/<case>/input.yaml through the component that config.yaml describes, with a ruler
// for a model, and compares every point it makes or marks, and its own counts, with expected.yaml.
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
	cfg := replayConfig()
	require.NoError(t, conf.Unmarshal(cfg))
	raw, err := os.ReadFile(filepath.Join(dir, "input.yaml"))
	require.NoError(t, err)
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	var runs []runFile
	require.NoError(t, decoder.Decode(&runs))

	d := journaltest.NewDisk()
	r := newRig(t, cfg, rulers).start(journaltest.Host{Extension: d})
	var out []outFile
	for _, run := range runs {
		if run.Restart {
			r.stop()
			out = append(out, r.all()...)
			r = newRig(t, cfg, rulers).start(journaltest.Host{Extension: d})
		}
		for i := range run.len() {
			r.consume(run.metrics(i))
		}
	}
	r.stop()
	out = append(append(out, r.all()...), r.counts()...)

	var got bytes.Buffer
	encoder := yaml.NewEncoder(&got)
	encoder.SetIndent(2)
	require.NoError(t, encoder.Encode(out))
	path := filepath.Join(dir, "expected.yaml")
	if *update {
		require.NoError(t, os.WriteFile(path, got.Bytes(), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got.String())
}

func (f *runFile) len() int {
	return max(len(f.Gauge), len(f.Counter), len(f.Delta), len(f.Level), len(f.Buckets), len(f.Exponential), len(f.Summary))
}

// metrics is point i of the run.
func (f *runFile) metrics(i int) pmetric.Metrics {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	_ = rm.Resource().Attributes().FromRaw(f.Resource)
	sm := rm.ScopeMetrics().AppendEmpty()
	sm.Scope().SetName(f.Scope)
	m := sm.Metrics().AppendEmpty()
	m.SetName(f.Metric)
	m.SetUnit(f.Unit)
	var p interface {
		Attributes() pcommon.Map
		SetTimestamp(pcommon.Timestamp)
		SetStartTimestamp(pcommon.Timestamp)
	}
	switch {
	case f.Gauge != nil:
		n := m.SetEmptyGauge().DataPoints().AppendEmpty()
		n.SetDoubleValue(f.Gauge[i])
		p = n
	case f.Summary != nil:
		n := m.SetEmptySummary().DataPoints().AppendEmpty()
		for _, q := range slices.Sorted(maps.Keys(f.Summary[i])) {
			v := n.QuantileValues().AppendEmpty()
			quantile, _ := strconv.ParseFloat(q, 64)
			v.SetQuantile(quantile)
			v.SetValue(f.Summary[i][q])
		}
		n.SetCount(uint64(60 * i))
		p = n
	case f.Buckets != nil:
		h := m.SetEmptyHistogram()
		h.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		n := h.DataPoints().AppendEmpty()
		n.ExplicitBounds().FromRaw(f.Bounds)
		n.BucketCounts().FromRaw(f.Buckets[i])
		n.SetCount(sum(f.Buckets[i]))
		p = n
	case f.Exponential != nil:
		h := m.SetEmptyExponentialHistogram()
		h.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		n := h.DataPoints().AppendEmpty()
		n.SetScale(f.Scale)
		n.Positive().BucketCounts().FromRaw(f.Exponential[i])
		n.SetCount(sum(f.Exponential[i]))
		p = n
	default:
		p = f.sum(m, i)
	}
	_ = p.Attributes().FromRaw(f.Attributes)
	p.SetTimestamp(pcommon.NewTimestampFromTime(base.Add(f.At + time.Duration(i)*f.Every)))
	if f.Start != nil {
		p.SetStartTimestamp(pcommon.NewTimestampFromTime(base.Add(*f.Start)))
	}
	return md
}

func (f *runFile) sum(m pmetric.Metric, i int) pmetric.NumberDataPoint {
	s := m.SetEmptySum()
	s.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	n := s.DataPoints().AppendEmpty()
	switch {
	case f.Counter != nil:
		s.SetIsMonotonic(true)
		n.SetDoubleValue(f.Counter[i])
	case f.Delta != nil:
		s.SetIsMonotonic(true)
		s.SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
		n.SetDoubleValue(f.Delta[i])
	default:
		n.SetDoubleValue(f.Level[i])
	}
	return n
}

func sum(counts []uint64) (n uint64) {
	for _, c := range counts {
		n += c
	}
	return n
}

// output is every marked point, then every derived one, in order. The two leave independently.
func (r *rig) output() (marked, derived []outFile) {
	for _, md := range r.sink.AllMetrics() {
		for _, rm := range md.ResourceMetrics().All() {
			for _, sm := range rm.ScopeMetrics().All() {
				for _, m := range sm.Metrics().All() {
					if m.Type() != pmetric.MetricTypeGauge {
						continue
					}
					for _, p := range m.Gauge().DataPoints().All() {
						value, _ := strconv.ParseFloat(fmt.Sprintf("%.6g", number(p)), 64)
						out := outFile{
							Metric: m.Name(), At: p.Timestamp().AsTime().Sub(base).String(), Unit: m.Unit(), Value: value,
							Resource: rm.Resource().Attributes().AsRaw(), Attributes: p.Attributes().AsRaw(),
						}
						if sm.Scope().Name() == metadata.ScopeName && p.Attributes().Len() > 0 {
							derived = append(derived, out)
						} else if _, ok := p.Attributes().Get(attrMark); ok {
							marked = append(marked, out)
						}
					}
				}
			}
		}
	}
	return marked, derived
}

func (r *rig) all() []outFile {
	marked, derived := r.output()
	return append(marked, derived...)
}

// counts are the component's own counts of points, evictions and the like.
func (r *rig) counts() (out []outFile) {
	for _, name := range []string{"points", "time_corrected", "evicted", "episodes", "checkpoint_damaged"} {
		counted := r.counted(name)
		for _, by := range slices.Sorted(maps.Keys(counted)) {
			out = append(out, outFile{Telemetry: name + " " + by, Value: counted[by]})
		}
	}
	return out
}

func sumOf(m metricdata.Metrics) []metricdata.DataPoint[int64] {
	s, _ := m.Data.(metricdata.Sum[int64])
	return s.DataPoints
}
