package seasonalityprocessor

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// hostileConfig learns everything there is.
func hostileConfig() *Config {
	cfg := replayConfig()
	cfg.Metrics = []RuleConfig{{
		Names: []string{"*"}, Errors: map[string]string{"e": "."}, Mark: true, Forecast: true,
		Limits: []LimitConfig{{Name: "rate", Value: 1, Of: ofRate}, {Name: "low", Value: 1, Below: true}},
	}}
	cfg.MaxSeries, cfg.MaxStreams, cfg.MaxTenants = 50, 50, 5
	cfg.Emit.Comparison = time.Minute
	return cfg
}

// hostile are metrics that nobody means well with.
func hostile() pmetric.Metrics {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutEmptyMap("braid.tenant").PutStr("a", strings.Repeat("x", 5000))
	rm.Resource().Attributes().PutStr("\xff", "\xff\xfe")
	ms := rm.ScopeMetrics().AppendEmpty().Metrics()
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, 0, -1}
	times := []pcommon.Timestamp{0, 1, math.MaxUint64, math.MaxInt64, math.MaxInt64 - 1, pcommon.NewTimestampFromTime(base)}
	for _, monotonic := range []bool{true, false} {
		for temporality := range pmetric.AggregationTemporality(4) {
			m := ms.AppendEmpty()
			m.SetName(fmt.Sprint("sum", monotonic, temporality))
			s := m.SetEmptySum()
			s.SetIsMonotonic(monotonic)
			s.SetAggregationTemporality(temporality)
			for i, v := range odd {
				p := s.DataPoints().AppendEmpty()
				p.SetDoubleValue(v)
				p.SetTimestamp(times[i%len(times)])
				p.SetStartTimestamp(times[(i+1)%len(times)])
			}
			s.DataPoints().AppendEmpty()
		}
	}
	h := ms.AppendEmpty().SetEmptyHistogram()
	h.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	for i := range 6 {
		p := h.DataPoints().AppendEmpty()
		p.SetTimestamp(times[5] + pcommon.Timestamp(i)*pcommon.Timestamp(time.Minute))
		p.SetCount(uint64(i) * math.MaxUint64 / 3)
		p.BucketCounts().FromRaw(make([]uint64, 1<<i))
		p.ExplicitBounds().FromRaw(odd[:i])
	}
	e := ms.AppendEmpty().SetEmptyExponentialHistogram()
	for i, scale := range []int32{0, math.MaxInt32, math.MinInt32, -20, 3} {
		p := e.DataPoints().AppendEmpty()
		p.SetTimestamp(times[5] + pcommon.Timestamp(i)*pcommon.Timestamp(time.Minute))
		p.SetScale(scale)
		p.Positive().SetOffset(math.MaxInt32 - scale)
		p.Positive().BucketCounts().FromRaw(make([]uint64, 10_001))
		p.Negative().SetOffset(math.MinInt32)
		p.Negative().BucketCounts().FromRaw([]uint64{math.MaxUint64, math.MaxUint64})
	}
	s := ms.AppendEmpty().SetEmptySummary().DataPoints().AppendEmpty()
	s.QuantileValues().AppendEmpty().SetQuantile(math.NaN())
	s.QuantileValues().AppendEmpty().SetValue(math.Inf(1))
	ms.AppendEmpty()
	return md
}

// FuzzConsumeMetrics feeds whatever decodes as OTLP, twice with a shift, through every kind of measure with the real
// model.
func FuzzConsumeMetrics(f *testing.F) {
	var marshaler pmetric.ProtoMarshaler
	for _, md := range []pmetric.Metrics{hostile(), gauge("shop", "system.load", 0, 1)} {
		b, err := marshaler.MarshalMetrics(md)
		require.NoError(f, err)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var unmarshaler pmetric.ProtoUnmarshaler
		md, err := unmarshaler.UnmarshalMetrics(data)
		if err != nil {
			t.Skip("not metrics: the receiver refuses it before a processor sees it")
		}
		r := newRig(t, hostileConfig(), seasonalModels).start(componenttest.NewNopHost())
		again := pmetric.NewMetrics()
		md.CopyTo(again)
		points := md.DataPointCount()
		r.consume(md)
		r.consume(gauge("shop", "system.load", 0, 1))
		r.consume(again)
		r.stop()
		for _, tenant := range r.core.order {
			assert.LessOrEqual(t, len(tenant.streams.entries), 50)
			assert.LessOrEqual(t, tenant.series, 50)
		}
		counted := int64(0)
		for _, n := range r.counted("points") {
			counted += n
		}
		assert.LessOrEqual(t, counted, int64(2*points+1))
		for _, out := range r.sink.AllMetrics() {
			_, err := (&pmetric.ProtoMarshaler{}).MarshalMetrics(out)
			require.NoError(t, err)
		}
	})
}

func FuzzDecodeEntry(f *testing.F) {
	g := newGroup(&tenant{name: "t"}, compileRule(&RuleConfig{Names: []string{"a"}}, replayConfig()), &origin{
		resource: &resource{attrs: pcommon.NewMap()}, metric: "a", attrs: pcommon.NewMap(),
	})
	g.series[0].model = rulers.create(nil)
	b, err := appendEntry(nil, g)
	require.NoError(f, err)
	f.Add(b)
	f.Add([]byte{entryVersion, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := decodeEntry(data)
		if err != nil {
			return
		}
		assert.NotNil(t, e.origin)
		assert.LessOrEqual(t, len(e.series), len(data))
	})
}
