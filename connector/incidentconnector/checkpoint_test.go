package incidentconnector

import (
	"bytes"
	"compress/gzip"
	"encoding/gob"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/rca"
)

// learnt is what a tenant knows after some traffic and a storm.
func learnt(t testing.TB) memory {
	t.Helper()
	r := newRig(t, replayConfig(), componenttest.NewNopHost())
	for i := range 60 {
		at := base.Add(time.Duration(i) * 5 * time.Second)
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), spans(0, 2, at)))
		require.NoError(t, r.metrics.ConsumeMetrics(t.Context(), gauge("k8s.pod.cpu_limit_utilization", at, .2, nil)))
		require.NoError(t, r.logs.ConsumeLogs(t.Context(), record(at, "service-0", "", "all is well", 0, nil)))
	}
	r.storm("a", base, 12)
	r.core.mu.Lock()
	m := r.core.tenants[""].save()
	r.core.mu.Unlock()
	r.stop()
	return m
}

// zipped is a memory of any content whose checksum is right.
func zipped(t testing.TB, raw []byte) []byte {
	t.Helper()
	out := bytes.NewBuffer([]byte{memoryVersion})
	zip := gzip.NewWriter(out)
	_, err := zip.Write(raw)
	require.NoError(t, err)
	require.NoError(t, zip.Close())
	return out.Bytes()
}

func TestMemory_PackedAndUnpacked_IsTheSame(t *testing.T) {
	m := learnt(t)
	packed, err := pack(&m)
	require.NoError(t, err)
	got, err := unpack(packed)
	require.NoError(t, err)
	require.NotEmpty(t, m.Engine.Series)
	require.NotEmpty(t, m.Engine.Points)
	require.NotEmpty(t, m.Engine.Templates)
	assert.True(t, reflect.DeepEqual(m.Engine, got.Engine))
	assert.Equal(t, m.At, got.At)
}

func TestMemory_AnyByteDamaged_IsRefused(t *testing.T) {
	m := memory{At: 7, Engine: rca.Memory{Pods: []rca.PodMemory{{Service: "cart", Pod: "cart-0", Host: "h"}}}}
	packed, err := pack(&m)
	require.NoError(t, err)
	for i := range packed {
		damaged := bytes.Clone(packed)
		damaged[i] ^= 0x10
		got, err := unpack(damaged)
		if err == nil { // gzip's header holds bytes that say nothing, such as a time
			assert.Equal(t, &m, got, fmt.Sprint("byte ", i))
			assert.Less(t, i, 1+10)
		}
	}
	for n := range len(packed) {
		_, err := unpack(packed[:n])
		assert.Error(t, err, fmt.Sprint("first ", n))
	}
}

// FuzzMemory restores memories whose checksum is right and whose content may be anything.
func FuzzMemory(f *testing.F) {
	m := learnt(f)
	var raw bytes.Buffer
	require.NoError(f, gob.NewEncoder(&raw).Encode(&m))
	f.Add(raw.Bytes())
	m.Engine.Watermark, m.Engine.First, m.At = -1<<63, 1<<31-1, -1
	raw.Reset()
	require.NoError(f, gob.NewEncoder(&raw).Encode(&m))
	f.Add(raw.Bytes())
	f.Add([]byte{})
	r := newRig(f, replayConfig(), componenttest.NewNopHost())
	f.Cleanup(r.stop)
	f.Fuzz(func(t *testing.T, raw []byte) {
		r.core.mu.Lock()
		defer r.core.mu.Unlock()
		tn := r.core.newTenant("")
		if tn.restore(zipped(t, raw)) != nil {
			return // and it begins anew
		}
		for i := range 4 { // what was taken up is looked at, and kept again
			tn.engine.ObservePoint(rca.Point{Time: base.Add(time.Duration(i) * time.Minute), Service: "service-0", Metric: "cpu", Value: 1})
			tn.clock.AdvanceTo(eventtime.Of(base.Add(time.Duration(i)*time.Minute)), base)
			_ = tn.advance(nil)
		}
		tn.engine.Rank(rca.Window{Onset: base, End: base.Add(time.Minute)})
		m := tn.save()
		_, err := pack(&m)
		require.NoError(t, err)
	})
}
