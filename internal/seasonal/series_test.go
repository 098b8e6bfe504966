package seasonal_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/eventtime"
	"github.com/braidotel/braid/internal/seasonal"
)

func TestSeries_BadPoints_ArePassedOver(t *testing.T) {
	t.Parallel()
	s := seasonal.New(seasonal.NewOptions())
	require.Equal(t, seasonal.Learnt, s.Observe(monday, 1).Outcome)
	before, err := s.AppendBinary(nil)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		at   eventtime.Instant
		v    float64
		want seasonal.Outcome
	}{
		"nan":      {monday.Add(step), math.NaN(), seasonal.Invalid},
		"infinite": {monday.Add(step), math.Inf(-1), seasonal.Invalid},
		"huge":     {monday.Add(step), 1e200, seasonal.Invalid},
		"untimed":  {0, 1, seasonal.Invalid},
		"again":    {monday, 2, seasonal.Duplicate},
		"late":     {monday.Add(-step), 2, seasonal.Late},
	} {
		assert.Equal(t, c.want, s.Observe(c.at, c.v).Outcome, name)
	}
	s.Observe(monday.Add(step), 1) // forgets how many were stale
	after := seasonal.New(seasonal.NewOptions())
	after.Observe(monday, 1)
	got, err := after.AppendBinary(nil)
	require.NoError(t, err)
	assert.Equal(t, before, got)
}

func TestSeries_ClockTurnedBack_IsFollowed(t *testing.T) {
	t.Parallel()
	s := seasonal.New(seasonal.NewOptions())
	w := newWave(false)
	feed(s, monday, 3*aDay, time.UTC, w.at)
	s.Observe(monday.Add(365*aDay), 100) // one point from the future
	learnt := 0
	for i := range 20 {
		at := monday.Add(3*aDay + time.Duration(i)*step)
		if s.Observe(at, w.at(at.Time())).Outcome == seasonal.Learnt {
			learnt++
		}
	}
	assert.Equal(t, 5, learnt, "the sixteenth is believed")
	feed(s, monday.Add(3*aDay+20*step), aDay, time.UTC, w.at)
	at := monday.Add(4*aDay + 20*step + 6*time.Hour)
	assert.InDelta(t, w.mean(at.Time()), s.Usual(at).Median, 10)
}

func TestSeries_Bands_ComeWithKnowledgeAndNarrowWithIt(t *testing.T) {
	t.Parallel()
	s := seasonal.New(seasonal.NewOptions())
	w := newWave(true)
	s.Observe(monday, 100)
	assert.False(t, s.Usual(monday.Add(time.Hour)).Known())
	assert.False(t, s.Forecast(time.Hour).Known())
	width := func(b seasonal.Band) float64 { return b.High - b.Low }
	at := func(d time.Duration) eventtime.Instant { return monday.Add(d) }

	feed(s, at(step), 25*time.Hour, time.UTC, w.at)
	first := s.Usual(at(25*time.Hour + 30*time.Minute))
	require.True(t, first.Known(), "after one day")
	feed(s, at(25*time.Hour+step), 3*aDay-25*time.Hour, time.UTC, w.at)
	third := s.Usual(at(3*aDay + 90*time.Minute))
	assert.Less(t, width(third), width(first)/2)
	noon := at(3*aDay + 18*time.Hour)
	assert.InDelta(t, w.mean(noon.Time()), s.Usual(noon).Median, 10)

	feed(s, at(3*aDay+step), 15*aDay, time.UTC, w.at)
	saturday := at(19*aDay + 18*time.Hour)
	assert.InDelta(t, w.mean(saturday.Time()), s.Usual(saturday).Median, 30, "after two weeks the weekend is known")
}

func TestSeries_OrdinaryDays_AreWithinTheBand(t *testing.T) {
	t.Parallel()
	s := seasonal.New(seasonal.NewOptions())
	w := newWave(false)
	feed(s, monday, 14*aDay, time.UTC, w.at)
	outside := feed(s, monday.Add(14*aDay), 7*aDay, time.UTC, w.at)
	assert.InDelta(t, .1, float64(outside)/(7*288), .04)
}

func TestSeries_LevelMoves_IsLearntWithinADayAndUndoneWithinHours(t *testing.T) {
	t.Parallel()
	s := seasonal.New(seasonal.NewOptions())
	w := newWave(false)
	up := func(at time.Time) float64 { return w.at(at) + 200 }
	feed(s, monday, 14*aDay, time.UTC, w.at)
	feed(s, monday.Add(14*aDay), aDay, time.UTC, up)
	assert.Less(t, feed(s, monday.Add(15*aDay), 12*time.Hour, time.UTC, up), 72, "of 144 points on the second day")
	feed(s, monday.Add(15*aDay+12*time.Hour), 12*time.Hour, time.UTC, up)
	feed(s, monday.Add(16*aDay), 3*time.Hour, time.UTC, w.at)
	assert.Less(t, feed(s, monday.Add(16*aDay+3*time.Hour), 12*time.Hour, time.UTC, w.at), 72, "back to normal")
}

func TestSeries_ClocksChange_PatternFollowsTheLocalDay(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Australia/Melbourne")
	require.NoError(t, err)
	o := seasonal.NewOptions()
	o.Location = zone
	s := seasonal.New(o)
	w := newWave(false)
	start := eventtime.Of(time.Date(2014, 9, 15, 0, 0, 0, 0, zone)) // clocks go forward on 5 October
	feed(s, start, 20*aDay, zone, w.at)
	outside := feed(s, start.Add(20*aDay), 7*aDay, zone, w.at)
	assert.InDelta(t, .1, float64(outside)/(7*288), .05)
}

func TestSeries_Bounds_HoldEverywhere(t *testing.T) {
	t.Parallel()
	o := seasonal.NewOptions()
	o.Floor, o.Ceiling = 0, 120
	s := seasonal.New(o)
	w := newWave(false)
	feed(s, monday, 5*aDay, time.UTC, func(at time.Time) float64 { return min(120, w.at(at)) })
	for lead := step; lead < aDay; lead += time.Hour {
		b := s.Forecast(lead)
		assert.LessOrEqual(t, b.Low, b.Median)
		assert.LessOrEqual(t, b.Median, b.High)
		assert.GreaterOrEqual(t, b.Low, 0.)
		assert.LessOrEqual(t, b.High, 120.)
		assert.Zero(t, s.Exceed(120, lead))
		assert.Equal(t, 1., s.Exceed(-1, lead))
	}
}

func TestSeries_Exceed_FallsWithTheLimitAndAgreesWithTheBand(t *testing.T) {
	t.Parallel()
	s := seasonal.New(seasonal.NewOptions())
	w := newWave(true)
	feed(s, monday, 20*aDay, time.UTC, w.at)
	for lead := step; lead < aDay; lead += 47 * time.Minute {
		last := 1.
		for limit := 0.; limit < 300; limit += 5 {
			p := s.Exceed(limit, lead)
			assert.LessOrEqual(t, p, last)
			last = p
		}
		b := s.Forecast(lead)
		assert.InDelta(t, .05, s.Exceed(b.High, lead), .05)
		assert.InDelta(t, .95, s.Exceed(b.Low, lead), .05)
	}
}

func TestSeries_TimeTo_FindsTheDailyRise(t *testing.T) {
	t.Parallel()
	s := seasonal.New(seasonal.NewOptions())
	w := newWave(false)
	feed(s, monday, 14*aDay+6*time.Hour, time.UTC, w.at) // at the low of the day; 125 is passed at two in the afternoon
	lead, ok := s.TimeTo(125, .5, aDay)
	require.True(t, ok)
	assert.InDelta(t, 8, lead.Hours(), 1)
	_, ok = s.TimeTo(400, .5, aDay)
	assert.False(t, ok)
}

func TestSeries_Compare_KnowsYesterdayAndLastWeek(t *testing.T) {
	t.Parallel()
	s := seasonal.New(seasonal.NewOptions())
	w := newWave(true)
	feed(s, monday, 15*aDay, time.UTC, w.at)
	now := monday.Add(15*aDay - step)
	c := s.Compare(now)
	assert.InDelta(t, w.mean(now.Time()), c.Value, 8)
	assert.InDelta(t, w.mean(now.Add(-aDay).Time()), c.Yesterday, 8)
	assert.InDelta(t, w.mean(now.Add(-7*aDay).Time()), c.LastWeek, 12)
	assert.InDelta(t, c.Value-c.Usual.Median, c.Deviation, 1e-9)
	assert.Less(t, math.Abs(c.Sigmas), 4.)
	young := seasonal.New(seasonal.NewOptions())
	young.Observe(monday, 1)
	assert.True(t, math.IsNaN(young.Compare(monday).LastWeek))
}

func TestSeries_ConstantAndSparse_AreQuiet(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]func(time.Time) float64{
		"zero":     func(time.Time) float64 { return 0 },
		"constant": func(time.Time) float64 { return 42 },
		"sparse": func(at time.Time) float64 {
			if at.Minute() == 0 && at.Hour()%6 == 0 {
				return 1
			}
			return 0
		},
	} {
		s := seasonal.New(seasonal.NewOptions())
		alarms := 0
		for i := range 10 * 288 {
			at := monday.Add(time.Duration(i) * step)
			if s.Observe(at, value(at.Time())).Alarm {
				alarms++
			}
		}
		assert.LessOrEqual(t, alarms, 1, name)
		b := s.Forecast(3 * time.Hour)
		assert.True(t, b.Low <= b.Median && b.Median <= b.High, name)
	}
}
