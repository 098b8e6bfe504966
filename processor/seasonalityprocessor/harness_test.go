package seasonalityprocessor

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/journal/journaltest"
	"github.com/braidotel/braid/internal/seasonal"
	"github.com/braidotel/braid/processor/seasonalityprocessor/internal/metadata"
)

// base is where test data begins: the start of a Monday.
var base = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// ruler is a model whose answers can be told beforehand: usual is what came first, give or take 10; what is further off is
// an episode; the future is what came last, give or take 1 an hour; and so it was the day before.
type ruler struct {
	options *seasonal.Options
	ruled
}

type ruled struct {
	At          int64
	First, Last float64
}

var rulers = models{
	create: func(o *seasonal.Options) model { return &ruler{options: o} },
	decode: func(o *seasonal.Options, b []byte) (model, error) {
		r := &ruler{options: o}
		n, err := binary.Decode(b, binary.LittleEndian, &r.ruled)
		if err != nil || n != len(b) {
			return nil, errors.New("no ruler")
		}
		return r, nil
	},
}

func (r *ruler) Observe(at eventtime.Instant, v float64) seasonal.Verdict {
	switch {
	case int64(at) == r.At:
		return seasonal.Verdict{Outcome: seasonal.Duplicate}
	case int64(at) < r.At:
		return seasonal.Verdict{Outcome: seasonal.Late}
	}
	usual := seasonal.Band{Low: math.NaN(), Median: math.NaN(), High: math.NaN()}
	if r.At == 0 {
		r.First = v
	} else {
		usual = seasonal.Band{Low: r.First - 10, Median: r.First, High: r.First + 10}
	}
	r.At, r.Last = int64(at), v
	off := math.Abs(v - r.First)
	return seasonal.Verdict{Score: off / (off + 10), Active: off > 10, Usual: usual}
}

func (r *ruler) Forecast(lead time.Duration) seasonal.Band {
	return seasonal.Band{Low: r.Last - lead.Hours(), Median: r.Last, High: r.Last + lead.Hours()}
}

func (r *ruler) Exceed(limit float64, lead time.Duration) float64 {
	return min(max(.5+(r.Last-limit)/20/lead.Hours(), 0), 1)
}

func (r *ruler) TimeTo(limit, _ float64, within time.Duration) (time.Duration, bool) {
	d := time.Duration((limit - r.Last) * float64(time.Hour))
	return max(d, 0), d <= within
}

func (r *ruler) Compare(eventtime.Instant) seasonal.Comparison {
	return seasonal.Comparison{Value: r.Last, Yesterday: r.Last, LastWeek: math.NaN()}
}

func (r *ruler) AppendBinary(b []byte) ([]byte, error) {
	return binary.Append(b, binary.LittleEndian, r.ruled)
}

// replayConfig learns recorded data: nothing asks the wall clock.
func replayConfig() *Config {
	cfg := createDefaultConfig().(*Config)
	cfg.Clock = clockReplay
	return cfg
}

// rig is a node of a component with a sink behind it.
type rig struct {
	t    testing.TB
	cfg  *Config
	node processor.Metrics
	sink consumertest.MetricsSink
	tel  *componenttest.Telemetry
	core *core
}

func newRig(t testing.TB, cfg *Config, m models) *rig {
	t.Helper()
	require.NoError(t, cfg.Validate())
	r := &rig{t: t, cfg: cfg, tel: componenttest.NewTelemetry()}
	set := processortest.NewNopSettings(metadata.Type)
	set.ID = component.NewID(metadata.Type)
	set.TelemetrySettings = r.tel.NewTelemetrySettings()
	f := &factory{models: m}
	var err error
	r.node, err = f.createMetrics(t.Context(), set, cfg, &r.sink)
	require.NoError(t, err)
	r.core = r.node.(*node).handle.Core
	return r
}

func (r *rig) start(host component.Host) *rig {
	r.t.Helper()
	require.NoError(r.t, r.node.Start(r.t.Context(), host))
	return r
}

func (r *rig) stop() {
	r.t.Helper()
	require.NoError(r.t, r.node.Shutdown(context.Background()))
}

func (r *rig) consume(md pmetric.Metrics) {
	r.t.Helper()
	require.NoError(r.t, r.node.ConsumeMetrics(r.t.Context(), md))
}

// gauge is one point of a gauge, of a service, at a time after base.
func gauge(service, name string, at time.Duration, v float64) pmetric.Metrics {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("service.name", service)
	m := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName(name)
	p := m.SetEmptyGauge().DataPoints().AppendEmpty()
	p.SetTimestamp(pcommon.NewTimestampFromTime(base.Add(at)))
	p.SetDoubleValue(v)
	return md
}

// said is a derived point.
type said struct {
	at    time.Duration
	value float64
	attrs map[string]any
}

// derived are the points of a derived metric in the order they left.
func (r *rig) derived(name string) (out []said) {
	for _, md := range r.sink.AllMetrics() {
		for _, rm := range md.ResourceMetrics().All() {
			for _, sm := range rm.ScopeMetrics().All() {
				if sm.Scope().Name() != metadata.ScopeName {
					continue
				}
				for _, m := range sm.Metrics().All() {
					if m.Name() != name {
						continue
					}
					for _, p := range m.Gauge().DataPoints().All() {
						attrs := rm.Resource().Attributes().AsRaw()
						maps.Copy(attrs, p.Attributes().AsRaw())
						out = append(out, said{p.Timestamp().AsTime().Sub(base), number(p), attrs})
					}
				}
			}
		}
	}
	return out
}

// counted is the value of one of the core's own counters by attribute, such as late=3.
func (r *rig) counted(name string) map[string]int64 {
	out := map[string]int64{}
	got, err := r.tel.GetMetric("otelcol_processor_seasonality_" + name)
	if err != nil {
		return out
	}
	for _, p := range sumOf(got) {
		var values []string
		for _, kv := range p.Attributes.ToSlice() {
			if kv.Key != "processor" {
				values = append(values, kv.Value.AsString())
			}
		}
		out[strings.Join(values, ",")] = p.Value
	}
	return out
}

func storedConfig() *Config {
	cfg := replayConfig()
	cfg.Storage = &journaltest.DiskID
	return cfg
}

func (s said) String() string { return fmt.Sprintf("%s %g", s.at, s.value) }
