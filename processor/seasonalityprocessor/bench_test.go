package seasonalityprocessor

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/processor/seasonalityprocessor/internal/metadata"
)

const benchPoints = 1000 // of one call

// benchBatch is the points of 1,000 series of 20 services, as hostmetrics or an SDK sends them.
func benchBatch(kind metricType) pmetric.Metrics {
	md := pmetric.NewMetrics()
	for service := range 20 {
		rm := md.ResourceMetrics().AppendEmpty()
		attrs := rm.Resource().Attributes()
		attrs.PutStr("service.name", fmt.Sprint("service ", service))
		attrs.PutStr("service.namespace", "shop")
		attrs.PutStr("service.instance.id", "3f2a")
		attrs.PutStr("host.name", "node-1")
		m := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
		for i := range benchPoints / 20 {
			var p pcommon.Map
			switch kind {
			case typeHistogram:
				m.SetName("http.server.request.duration")
				if i == 0 {
					m.SetEmptyHistogram().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
				}
				h := m.Histogram().DataPoints().AppendEmpty()
				h.ExplicitBounds().FromRaw([]float64{.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10})
				h.BucketCounts().FromRaw(make([]uint64, 15))
				p = h.Attributes()
			default:
				m.SetName("jvm.memory.used")
				if i == 0 {
					m.SetEmptyGauge()
				}
				p = m.Gauge().DataPoints().AppendEmpty().Attributes()
			}
			p.PutStr("http.route", fmt.Sprint("/route/", i))
			p.PutStr("http.request.method", "GET")
			p.PutInt("http.response.status_code", 200)
		}
	}
	return md
}

// advance gives every point a new time and value.
func advance(md pmetric.Metrics, at time.Time, v float64) {
	stamp := pcommon.NewTimestampFromTime(at)
	for _, rm := range md.ResourceMetrics().All() {
		m := rm.ScopeMetrics().At(0).Metrics().At(0)
		if m.Type() == pmetric.MetricTypeHistogram {
			for i, p := range m.Histogram().DataPoints().All() {
				p.SetTimestamp(stamp)
				p.BucketCounts().SetAt(i%10, p.BucketCounts().At(i%10)+10)
				p.SetCount(p.Count() + 10)
			}
			continue
		}
		for i, p := range m.Gauge().DataPoints().All() {
			p.SetTimestamp(stamp)
			p.SetDoubleValue(v + float64(i))
		}
	}
}

// BenchmarkConsumeMetrics takes 1,000 points a call, the models learnt for a day: one of the points of a minute (within), or
// the one that ends it (closing), with all that is derived by default and its encoding. A point of these histograms makes
// five series.
func BenchmarkConsumeMetrics(b *testing.B) {
	for _, bench := range []struct {
		name string
		kind metricType
		step time.Duration
	}{
		{"gauge_within", typeGauge, 0},
		{"gauge_closing", typeGauge, time.Minute},
		{"histogram_within", typeHistogram, 0},
		{"histogram_closing", typeHistogram, time.Minute},
	} {
		b.Run(bench.name, func(b *testing.B) {
			cfg := replayConfig()
			cfg.MaxPending = 1 // so that each call waits until what it derived has left
			f := &factory{models: seasonalModels}
			n, err := f.createMetrics(b.Context(), processortest.NewNopSettings(metadata.Type), cfg, consumertest.NewNop())
			require.NoError(b, err)
			require.NoError(b, n.Start(b.Context(), componenttest.NewNopHost()))
			md := benchBatch(bench.kind)
			at := base
			for range 24 * 60 {
				at = at.Add(time.Minute)
				advance(md, at, 100)
				require.NoError(b, n.ConsumeMetrics(b.Context(), md))
			}
			step := bench.step
			if step == 0 { // as many points a minute as fit
				step = time.Nanosecond
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				at = at.Add(step)
				advance(md, at, float64(i%60))
				b.StartTimer()
				require.NoError(b, n.ConsumeMetrics(b.Context(), md))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchPoints, "ns/point")
			require.NoError(b, n.Shutdown(b.Context()))
		})
	}
}

// BenchmarkMemory holds 5,000 series that have learnt a week of hours.
func BenchmarkMemory(b *testing.B) {
	const held = 5_000
	for b.Loop() {
		cfg := replayConfig()
		cfg.Emit = EmitConfig{}
		c, err := newCore(processortest.NewNopSettings(metadata.Type), cfg, seasonalModels)
		require.NoError(b, err)
		n := &node{}
		heap := heapInUse()
		for batch := range held / benchPoints {
			md := benchBatch(typeGauge)
			for _, rm := range md.ResourceMetrics().All() {
				rm.Resource().Attributes().PutInt("batch", int64(batch))
			}
			for hour := range 170 {
				advance(md, base.Add(time.Duration(hour)*time.Hour), float64(hour%24))
				c.learn(b.Context(), n, md)
			}
		}
		b.ReportMetric(float64(heapInUse()-heap)/held, "B/series")
		require.Equal(b, held, c.tenants[""].series)
	}
}

func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkSweep100000 looks, as once a minute, at 100,000 series of which none has anything to end.
func BenchmarkSweep100000(b *testing.B) {
	const held = 100_000
	cfg := replayConfig()
	cfg.Emit = EmitConfig{}
	c, err := newCore(processortest.NewNopSettings(metadata.Type), cfg, rulers)
	require.NoError(b, err)
	for batch := range held / benchPoints {
		md := benchBatch(typeGauge)
		for _, rm := range md.ResourceMetrics().All() {
			rm.Resource().Attributes().PutInt("batch", int64(batch))
		}
		advance(md, base, 1)
		c.learn(b.Context(), &node{}, md)
	}
	t := c.tenants[""]
	require.Len(b, t.groups.entries, held)
	at := base
	for b.Loop() {
		at = at.Add(time.Minute)
		t.clock.AdvanceTo(eventtime.Of(at), at)
		c.sweep(t)
	}
}
