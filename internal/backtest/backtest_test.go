package backtest

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/seasonal"
)

var monday = eventtime.Of(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))

// daily is a day's wave with noise.
func daily(noise *rand.Rand, at eventtime.Instant) float64 {
	hour := float64(at.Sub(monday)%(24*time.Hour)) / float64(time.Hour)
	return 100 + 50*math.Sin(2*math.Pi*hour/24) + noise.NormFloat64()
}

func TestRun_DailyPattern_ForecastsHold(t *testing.T) {
	noise := rand.New(rand.NewPCG(1, 1))
	run := New(seasonal.NewOptions())
	const days = 21
	for i := range days * 24 * 12 {
		at := monday.Add(time.Duration(i) * 5 * time.Minute)
		run.Observe(at, daily(noise, at))
	}
	s := run.Summary()
	assert.Equal(t, days*24*12, s.Points[seasonal.Learnt])
	require.Len(t, s.Leads, len(aheads))
	for _, lead := range s.Leads {
		assert.Greater(t, lead.Forecasts, (days-4)*24, "lead %s", lead.Ahead)
		assert.Greater(t, lead.Coverage(), 0.85, "lead %s", lead.Ahead)
		assert.Less(t, lead.Relative(), 0.9, "lead %s", lead.Ahead)
	}
	assert.Less(t, s.AlarmsPerWeek(), 2.0)
}

func TestRun_UnusualHour_IsAnAlarm(t *testing.T) {
	noise := rand.New(rand.NewPCG(2, 2))
	run := New(seasonal.NewOptions())
	var alarms []eventtime.Instant
	for i := range 21 * 24 * 12 {
		at := monday.Add(time.Duration(i) * 5 * time.Minute)
		value := daily(noise, at)
		if day := 20; i/(24*12) == day && i%(24*12)/12 == 9 { // nine in the morning of the last day
			value += 80
		}
		if row := run.Observe(at, value); row.Verdict.Alarm && i > 14*24*12 {
			alarms = append(alarms, at)
		}
	}
	nine := monday.Add(20*24*time.Hour + 9*time.Hour)
	require.NotEmpty(t, alarms)
	last := alarms[len(alarms)-1]
	assert.LessOrEqual(t, last.Sub(nine).Abs(), time.Hour)
}

func TestRun_PointsThatCannotBeLearnt_AreCounted(t *testing.T) {
	run := New(seasonal.NewOptions())
	run.Observe(monday.Add(time.Hour), 1)
	run.Observe(monday.Add(time.Hour), 1)
	run.Observe(monday, 1)
	run.Observe(monday.Add(2*time.Hour), math.NaN())
	assert.Equal(t, map[seasonal.Outcome]int{
		seasonal.Learnt: 1, seasonal.Duplicate: 1, seasonal.Late: 1, seasonal.Invalid: 1,
	}, run.Summary().Points)
}
