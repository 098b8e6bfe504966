package pace

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSpeed_Set_AcceptsFactorsAndMax(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Speed{"1": 1, "600": 600, "0.5": 0.5, "max": Max} {
		var s Speed
		require.NoError(t, s.Set(text))
		assert.InDelta(t, float64(want), float64(s), 1e-12)
		assert.Equal(t, text, s.String())
	}
	for _, text := range []string{"", "0", "-1", "NaN", "+Inf", "1e9", "fast"} {
		var s Speed
		assert.ErrorContains(t, s.Set(text), "speed must be", text)
	}
}

func TestPacer_Wait_ScalesFromFirstEvent(t *testing.T) {
	t.Parallel()
	event, now := time.Date(1995, 7, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	p := Pacer{Speed: 60}
	assert.Zero(t, p.Wait(event, now))
	assert.Equal(t, time.Second, p.Wait(event.Add(time.Minute), now))
	assert.Equal(t, 400*time.Millisecond, p.Wait(event.Add(time.Minute), now.Add(600*time.Millisecond)))
	assert.Negative(t, p.Wait(event.Add(time.Minute), now.Add(5*time.Second)), "behind: send at once")
	p = Pacer{Speed: Max}
	assert.Zero(t, p.Wait(event, now))
	assert.LessOrEqual(t, p.Wait(event.Add(time.Hour), now), time.Duration(0))
}

func TestPacer_LiveCaughtUp_GoesOnWithTheClock(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	p := Pacer{Speed: 600, Live: true}
	assert.LessOrEqual(t, p.Wait(now.Add(-time.Hour), now), time.Duration(0))
	assert.Equal(t, 3*time.Second, p.Wait(now.Add(9*time.Second), now.Add(6*time.Second)))
	p.Speed = Max
	assert.Equal(t, time.Second, p.Wait(now.Add(10*time.Second), now.Add(9*time.Second)))
}
