package rca

import (
	"bytes"
	"encoding/gob"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/simulate"
)

// reborn is an engine that knows what another one saved, by way of its encoding.
func reborn(t *testing.T, e *Engine) *Engine {
	t.Helper()
	var stored bytes.Buffer
	require.NoError(t, gob.NewEncoder(&stored).Encode(e.Save()))
	t.Logf("%d series and metrics in %d bytes", e.table.len()+e.points.len(), stored.Len())
	var m Memory
	require.NoError(t, gob.NewDecoder(&stored).Decode(&m))
	out := New(Options{})
	out.Restore(&m)
	return out
}

func TestEngine_RestartAmidATrouble_KnowsThatItIsNone(t *testing.T) {
	t.Parallel()
	begin := noon.Add(10 * time.Minute)
	e := New(Options{})
	again := false
	var seen []Detection
	restarted(t, func(now time.Time) *Engine {
		if !again && now.After(begin.Add(90*time.Second)) {
			again, e = true, reborn(t, e)
		}
		return e
	}, simulate.Config{
		Seed: 2, Start: noon, Duration: 14 * time.Minute, Users: 120,
		Scenarios: []simulate.Scenario{{Kind: simulate.Fault, Offset: 10 * time.Minute, Length: 4 * time.Minute}},
	}, func(d Detection) {
		if again {
			seen = append(seen, d)
		}
	})
	require.NotEmpty(t, seen, "a new engine would take the trouble for normal")
	assert.WithinDuration(t, begin.Add(90*time.Second), seen[0].At, 2*time.Minute)
	d := e.Rank(Window{Onset: seen[0].Onset})
	require.NotEmpty(t, d.Hypotheses)
	assert.Equal(t, "shop-payment", d.Hypotheses[0].Service)
}

func TestEngine_RestartInTheQuiet_OpensNothing(t *testing.T) {
	t.Parallel()
	e := New(Options{})
	again := false
	restarted(t, func(now time.Time) *Engine {
		if !again && now.After(noon.Add(8*time.Minute)) {
			again, e = true, reborn(t, e)
		}
		return e
	}, simulate.Config{Seed: 1, Start: noon, Duration: 14 * time.Minute, Users: 60}, func(d Detection) {
		assert.NotEqual(t, PhaseOpened, d.Phase, "%v: %v %v", d.At.Sub(noon), d.Services, d.Findings)
	})
}

func TestEngine_DamagedMemory_IsPassedOver(t *testing.T) {
	t.Parallel()
	e := New(Options{})
	e.Restore(&Memory{
		Series: []SeriesMemory{{Signal: 200, N: 1}, {BaseSignal: 200}, {Service: "a", N: math.NaN()}, {Service: "b", N: 1, Based: true}},
		Points: []PointsMemory{{Service: "a", At: []int64{1, 2}, Value: []float64{1}}},
	})
	assert.Equal(t, 1, e.Stats().Series)
	assert.Equal(t, 1, e.Stats().Points)
	e.Advance(noon)
}
