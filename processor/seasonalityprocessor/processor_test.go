package seasonalityprocessor

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/braidotel/braid/processor/seasonalityprocessor/internal/metadata"
)

// daily is a day's pattern: 500 at midnight, 1500 at noon.
func daily(at time.Duration) float64 {
	return 1000 - 500*math.Cos(2*math.Pi*at.Hours()/24)
}

// The model is the real one here; what is asked of it any model worth its name answers.
func TestProcessor_TwoDaysOfADailyPattern_BandHoldsTheThird(t *testing.T) {
	cfg := replayConfig()
	cfg.Interval = 5 * time.Minute
	cfg.Emit.Baseline, cfg.Emit.Score, cfg.Emit.Forecast, cfg.Emit.Probability = 5*time.Minute, 5*time.Minute, 0, 0
	r := newRig(t, cfg, seasonalModels).start(componenttest.NewNopHost())
	for at := time.Duration(0); at < 72*time.Hour; at += 5 * time.Minute {
		wobble := 20 * math.Sin(float64(at/time.Minute)*1.7)
		r.consume(gauge("shop", "braid.concurrent_users", at, daily(at)+wobble))
	}
	r.stop()
	off, n := 0.0, 0
	for _, p := range r.derived(metricBaseline) {
		if p.at > 48*time.Hour && p.attrs[attrBound] == "median" {
			off += math.Abs(p.value - daily(p.at))
			n++
		}
	}
	require.Greater(t, n, 200)
	assert.Less(t, off/float64(n), 75.0, "of a daily swing of 1000")
}

func TestProcessor_Flood_OpensAnEpisodeAndClosesIt(t *testing.T) {
	cfg := replayConfig()
	cfg.Interval = 5 * time.Minute
	cfg.Emit = EmitConfig{}
	r := newRig(t, cfg, seasonalModels).start(componenttest.NewNopHost())
	const flood, end = 7*24*time.Hour + 10*time.Hour, 8 * 24 * time.Hour
	for at := time.Duration(0); at < end; at += 5 * time.Minute {
		v := daily(at) + 20*math.Sin(float64(at/time.Minute)*1.7)
		if at >= flood && at < flood+30*time.Minute {
			v *= 10
		}
		r.consume(gauge("shop", "braid.concurrent_users", at, v))
	}
	r.stop()
	seen := false
	last := 1.0
	for _, p := range r.derived(metricActive) {
		seen = seen || p.at > flood && p.at < flood+time.Hour && p.value == 1
		last = p.value
	}
	assert.True(t, seen, "ten times what is usual is unusual")
	assert.Zero(t, last, "and half a day later it is over")
}

func TestProcessor_TwoPipelines_DerivedLeavesWhereThePointsCame(t *testing.T) {
	var sinks [2]consumertest.MetricsSink
	f := &factory{models: rulers}
	cfg := replayConfig()
	set := processortest.NewNopSettings(metadata.Type)
	var nodes [2]*node
	for i := range nodes {
		n, err := f.createMetrics(t.Context(), set, cfg, &sinks[i])
		require.NoError(t, err)
		require.NoError(t, n.Start(t.Context(), componenttest.NewNopHost()))
		nodes[i] = n.(*node)
	}
	assert.Same(t, nodes[0].handle.Core, nodes[1].handle.Core)
	for minute := range 4 {
		at := time.Duration(minute) * time.Minute
		require.NoError(t, nodes[0].ConsumeMetrics(t.Context(), gauge("a", "system.load", at, 1)))
		require.NoError(t, nodes[1].ConsumeMetrics(t.Context(), gauge("b", "system.load", at, 1)))
	}
	require.NoError(t, nodes[0].Shutdown(t.Context()))
	require.NoError(t, nodes[1].ConsumeMetrics(t.Context(), gauge("b", "system.load", 4*time.Minute, 1)))
	require.NoError(t, nodes[1].Shutdown(t.Context()))
	require.NoError(t, nodes[1].Shutdown(t.Context()), "a second time does nothing")
	for i, service := range []string{"a", "b"} {
		r := &rig{t: t}
		for _, md := range sinks[i].AllMetrics() {
			_ = r.sink.ConsumeMetrics(t.Context(), md)
		}
		points := r.derived(metricBaseline)
		require.NotEmpty(t, points)
		for _, p := range points {
			assert.Equal(t, service, p.attrs["service.name"])
		}
	}
}

func TestProcessor_ReadOnlyInput_PassesUntouched(t *testing.T) {
	r := newRig(t, replayConfig(), rulers).start(componenttest.NewNopHost())
	assert.False(t, r.node.Capabilities().MutatesData)
	md := gauge("shop", "system.load", 0, 1)
	md.MarkReadOnly()
	r.consume(md)
	r.stop()
	assert.Equal(t, []pmetric.Metrics{md}, r.sink.AllMetrics())

	cfg := replayConfig()
	cfg.Metrics = []RuleConfig{{Names: []string{"a"}, Mark: true}}
	marking := newRig(t, cfg, rulers)
	assert.True(t, marking.node.Capabilities().MutatesData)
	marking.stop()
}

func TestProcessor_DataBeforeTheStart_IsRefused(t *testing.T) {
	r := newRig(t, replayConfig(), rulers)
	require.Error(t, r.node.ConsumeMetrics(t.Context(), gauge("shop", "system.load", 0, 1)))
	r.stop()
	assert.Empty(t, r.sink.AllMetrics())
}

var errDown = errors.New("down")

// What the next consumer says of the points themselves goes back to the sender.
func TestProcessor_NextRefuses_TheSenderIsTold(t *testing.T) {
	f := &factory{models: rulers}
	n, err := f.createMetrics(t.Context(), processortest.NewNopSettings(metadata.Type), replayConfig(), consumertest.NewErr(errDown))
	require.NoError(t, err)
	require.NoError(t, n.Start(t.Context(), componenttest.NewNopHost()))
	require.ErrorIs(t, n.ConsumeMetrics(t.Context(), gauge("shop", "system.load", 0, 1)), errDown)
	require.NoError(t, n.Shutdown(t.Context()))
}

// live runs a component with a ruler for a model on the fake clock of a bubble, whose time is that of the data.
func live(t *testing.T, cfg *Config, f func(t *testing.T, r *rig, now func() time.Duration)) {
	synctest.Test(t, func(t *testing.T) {
		now := func() time.Duration { return time.Since(base) }
		r := newRig(t, cfg, rulers).start(componenttest.NewNopHost())
		f(t, r, now)
		require.NoError(t, r.node.Shutdown(context.Background()))
	})
}

func TestProcessor_DataStops_EpisodeEndsByTheWallClock(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	live(t, cfg, func(t *testing.T, r *rig, now func() time.Duration) {
		for _, v := range []float64{100, 100, 150} {
			r.consume(gauge("shop", "system.load", now(), v))
			time.Sleep(time.Minute)
		}
		assert.Empty(t, r.derived(metricActive), "the third minute is not over")
		time.Sleep(20 * time.Second)
		require.Len(t, r.derived(metricActive), 1)
		time.Sleep(20 * time.Minute)
		points := r.derived(metricActive)
		require.Len(t, points, 11, "every minute, ten minutes long, and the end")
		for i, p := range points {
			assert.Equal(t, points[0].at+time.Duration(i)*time.Minute, p.at)
		}
		assert.InDelta(t, 1, points[9].value, 0)
		assert.Zero(t, points[10].value)
	})
}

func TestProcessor_WrongClock_IsClampedAndCounted(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	live(t, cfg, func(t *testing.T, r *rig, now func() time.Duration) {
		r.consume(gauge("shop", "system.load", now()+50*365*24*time.Hour, 1))
		assert.Equal(t, map[string]int64{"clamped": 1}, r.counted("time_corrected"))
		for range 3 {
			time.Sleep(time.Minute)
			r.consume(gauge("cart", "system.load", now(), 1))
		}
		time.Sleep(time.Minute)
		assert.NotEmpty(t, r.derived(metricBaseline), "nobody else is held up")
		assert.Equal(t, int64(4), r.counted("points")["learnt"])
	})
}

// A million series are offered; a thousand are held.
func TestProcessor_MillionSeries_StaysBounded(t *testing.T) {
	cfg := replayConfig()
	cfg.MaxSeries, cfg.MaxStreams = 1000, 2000
	r := newRig(t, cfg, rulers).start(componenttest.NewNopHost())
	const batch = 10_000
	offered := 1_000_000
	if testing.Short() {
		offered /= 10
	}
	md := pmetric.NewMetrics()
	m := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName("system.load")
	points := m.SetEmptyGauge().DataPoints()
	points.EnsureCapacity(batch)
	for range batch {
		p := points.AppendEmpty()
		p.SetTimestamp(pcommon.NewTimestampFromTime(base))
		p.SetDoubleValue(1)
	}
	for from := 0; from < offered; from += batch {
		for i := range batch {
			points.At(i).Attributes().PutInt("id", int64(from+i))
		}
		r.core.learn(t.Context(), r.node.(*node), md)
	}
	tenant := r.core.tenants[""]
	assert.Equal(t, 1000, tenant.series)
	assert.Len(t, tenant.groups.entries, 1000)
	assert.Equal(t, 1000, tenant.groups.order.Len())
	assert.Len(t, tenant.streams.entries, 2000)
	assert.Equal(t, map[string]int64{"series": int64(offered - 1000), "streams": int64(offered - 2000)}, r.counted("evicted"))
	assert.Equal(t, int64(offered), r.counted("points")["learnt"])
	r.stop()
}
