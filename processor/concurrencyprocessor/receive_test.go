package concurrencyprocessor

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// sentByEdges sees 2 minutes of visits, each at one of three collectors, and returns what they sent and what one collector
// that saw everything counted.
func sentByEdges(t *testing.T, tiers ...time.Duration) (records []plog.Logs, whole map[string]int64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 1))
	config := func() *Config {
		cfg := replayConfig()
		cfg.Sketches.Tiers = tiers
		return cfg
	}
	one := newRig(t, replayConfig()).start(componenttest.NewNopHost())
	var nodes []*rig
	for range 3 {
		nodes = append(nodes, newRig(t, config()).start(componenttest.NewNopHost()))
	}
	for i := range 120 {
		for range 20 {
			v := visit{time.Duration(i) * time.Second, []string{"shop", "cart"}[rng.IntN(2)], fmt.Sprint(rng.IntN(300))}
			one.visit(v)
			nodes[rng.IntN(3)].visit(v)
		}
	}
	one.stop()
	for _, n := range nodes {
		n.stop()
		records = append(records, n.logsSink.AllLogs()...)
	}
	return records, users(one.sketches())
}

func received(t *testing.T, r *rig) map[string]int64 {
	t.Helper()
	m, err := r.tel.GetMetric("otelcol_processor_concurrency_sketches_received")
	require.NoError(t, err)
	out := map[string]int64{}
	for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
		v, _ := p.Attributes.Value("result")
		out[v.AsString()] = p.Value
	}
	return out
}

func TestCenter_SketchesOfEdges_CountAsOneCollectorWould(t *testing.T) {
	for _, tier := range []time.Duration{2 * time.Second, time.Minute} {
		t.Run(tier.String(), func(t *testing.T) {
			records, want := sentByEdges(t, tier)
			rng := rand.New(rand.NewPCG(2, 2))
			records = append(records, records...) // twice
			rng.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
			cfg := replayConfig()
			cfg.Lateness = 10 * time.Minute
			center := newRig(t, cfg).start(componenttest.NewNopHost())
			for _, ld := range records {
				ld.MarkReadOnly()
				require.NoError(t, center.logs.ConsumeLogs(t.Context(), ld))
			}
			assert.Len(t, received(t, center), 1, "all of them merged")
			passed := center.logsSink.LogRecordCount()
			center.logsSink.Reset()
			center.stop()
			assert.Positive(t, passed, "the records go on")
			got := users(center.sketches())
			for name, n := range want {
				if tier == time.Minute && strings.Contains(name, " 2s ") {
					continue
				}
				assert.Equal(t, n, got[name], name)
			}
			values := center.gauges()["session/"]
			assert.Equal(t, want["session/ 5m @0s"], values[len(values)-1])
		})
	}
}

func TestCenter_LateSketches_CountWhereStillOpen(t *testing.T) {
	records, want := sentByEdges(t, time.Minute)
	center := newRig(t, replayConfig()).start(componenttest.NewNopHost())
	center.visit(visit{4 * time.Minute, "other", "x"}) // two minutes have closed
	for _, ld := range records {
		require.NoError(t, center.logs.ConsumeLogs(t.Context(), ld))
	}
	assert.Positive(t, received(t, center)["late"])
	center.logsSink.Reset()
	center.stop()
	got := users(center.sketches())
	assert.Equal(t, want["session/shop 5m @0s"], got["session/shop 5m @0s"])
	assert.NotContains(t, got, "session/shop 1m @0s", "that had closed")
}

func TestCenter_WhatItMustNotMerge_IsCountedByReasonAndPassedOn(t *testing.T) {
	records, _ := sentByEdges(t, time.Hour)
	var good plog.LogRecord
	for _, rec := range records[0].ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().All() {
		if textOf(rec.Attributes(), "service.name") == "shop" {
			good = rec
		}
	}
	edit := func(f func(rec plog.LogRecord)) plog.Logs {
		ld := plog.NewLogs()
		rec := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		good.CopyTo(rec)
		f(rec)
		return ld
	}
	body := func(at int, v byte) plog.Logs {
		return edit(func(rec plog.LogRecord) {
			frame := good.Body().Bytes().AsRaw()
			frame[at] = v
			rec.Body().SetEmptyBytes().FromRaw(frame)
		})
	}
	put := func(name, value string) plog.Logs {
		return edit(func(rec plog.LogRecord) { rec.Attributes().PutStr(name, value) })
	}
	for want, ld := range map[string][]plog.Logs{
		"merged":    {edit(func(plog.LogRecord) {})},
		"version":   {body(2, 9)},
		"precision": {body(4, 16)},
		"key":       {body(9, 1), put("braid.tenant", "someone else")},
		"too_large": {edit(func(rec plog.LogRecord) { rec.Body().SetEmptyBytes().FromRaw(make([]byte, 4<<20)) })},
		"forged":    {body(60, 1), put("service.name", "cart"), put("braid.identity", "user")},
		"malformed": {
			body(0, 0), edit(func(rec plog.LogRecord) { rec.Body().SetStr("text") }),
			edit(func(rec plog.LogRecord) { rec.Attributes().Remove("service.name") }),
			edit(func(rec plog.LogRecord) { rec.Attributes().Remove("braid.identity") }),
			put("braid.keys", "service.name"),
			edit(func(rec plog.LogRecord) { rec.Attributes().PutEmptySlice("braid.keys").AppendEmpty().SetInt(3) }),
		},
	} {
		t.Run(want, func(t *testing.T) {
			center := newRig(t, replayConfig()).start(componenttest.NewNopHost())
			for _, one := range ld {
				require.NoError(t, center.logs.ConsumeLogs(t.Context(), one))
			}
			assert.Equal(t, map[string]int64{want: int64(len(ld))}, received(t, center))
			assert.Equal(t, len(ld), center.logsSink.LogRecordCount())
			center.stop()
		})
	}
}

// An edge that stops in the middle of an hour sends that hour as far as it got. That must not move the center's clock to
// the hour's end.
func TestCenter_BucketsFlushedEarly_LeaveTheClockAlone(t *testing.T) {
	records, _ := sentByEdges(t, time.Hour)
	center := newRig(t, replayConfig()).start(componenttest.NewNopHost())
	for _, ld := range records {
		require.NoError(t, center.logs.ConsumeLogs(t.Context(), ld))
	}
	center.visit(visit{2*time.Minute + time.Second, "shop", "somebody new"})
	center.logsSink.Reset()
	center.stop()
	assert.EqualValues(t, 1, users(center.sketches())["session/shop 1m @2m0s"], "in its own minute")
}

func TestCenter_BucketsFarAhead_AreRefused(t *testing.T) {
	records, _ := sentByEdges(t, time.Hour)
	cfg := replayConfig()
	cfg.Clock = clockLive
	synctest.Test(t, func(t *testing.T) { // where it is the year 2000
		center := newRig(t, cfg).start(componenttest.NewNopHost())
		require.NoError(t, center.logs.ConsumeLogs(t.Context(), records[0]))
		got := received(t, center)
		assert.Len(t, got, 1)
		assert.Positive(t, got["ahead"])
		center.stop()
	})
}

func TestCenter_OtherSecret_MergesNothing(t *testing.T) {
	records, _ := sentByEdges(t, time.Minute)
	cfg := replayConfig()
	cfg.Secret = "another secret of a center"
	center := newRig(t, cfg).start(componenttest.NewNopHost())
	require.NoError(t, center.logs.ConsumeLogs(t.Context(), records[0]))
	got := received(t, center)
	assert.Len(t, got, 1)
	assert.Positive(t, got["key"])
	center.logsSink.Reset()
	center.stop()
	assert.Empty(t, center.sketches())
}

func TestCenter_TicksThatDoNotFit_AreMisaligned(t *testing.T) {
	records, _ := sentByEdges(t, 2*time.Second)
	cfg := replayConfig()
	cfg.Tick, cfg.Window = 3*time.Second, 3*time.Minute
	cfg.Tiers = []time.Duration{3 * time.Second, time.Minute}
	cfg.Sketches.Tiers = []time.Duration{time.Minute}
	center := newRig(t, cfg).start(componenttest.NewNopHost())
	for _, ld := range records {
		require.NoError(t, center.logs.ConsumeLogs(t.Context(), ld))
	}
	got := received(t, center)
	assert.Positive(t, got["misaligned"], "2 s that straddle ticks of 3 s")
	assert.Positive(t, got["merged"], "2 s within ticks of 3 s")
	center.stop()
}

func FuzzReceive(f *testing.F) {
	f.Add([]byte("BK"), "session", "service.name", "shop")
	f.Add([]byte(nil), "", "", "")
	cfg := replayConfig()
	r := newRig(f, cfg).start(componenttest.NewNopHost())
	f.Cleanup(func() { r.stop() })
	f.Fuzz(func(t *testing.T, frame []byte, kind, name, value string) {
		ld := plog.NewLogs()
		rec := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		rec.SetEventName(eventSketch)
		rec.Body().SetEmptyBytes().FromRaw(frame)
		rec.Attributes().PutStr(attrIdentity, kind)
		rec.Attributes().PutEmptySlice(attrKeys).AppendEmpty().SetStr(name)
		rec.Attributes().PutStr(name, value)
		require.NoError(t, r.logs.ConsumeLogs(t.Context(), ld))
		r.logsSink.Reset()
	})
}
