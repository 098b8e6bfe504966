package eventtime

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

var wall = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func TestClockObserve_Verdicts(t *testing.T) {
	t.Parallel()
	base := Of(wall)
	for name, tc := range map[string]struct {
		replay  bool
		at      Instant
		want    Instant
		verdict Verdict
	}{
		"on_time":             {at: base.Add(time.Second), want: base.Add(time.Second), verdict: OnTime},
		"within_lateness":     {at: base.Add(-9 * time.Second), want: base.Add(-9 * time.Second), verdict: OnTime},
		"late":                {at: base.Add(-11 * time.Second), want: base.Add(-11 * time.Second), verdict: Late},
		"year_2100_clamped":   {at: Of(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)), want: base.Add(time.Minute), verdict: Clamped},
		"year_2100_in_replay": {replay: true, at: Of(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)), want: Of(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)), verdict: OnTime},
		"year_1970":           {at: 1, want: 1, verdict: Late},
		"zero_takes_the_head": {at: 0, want: base, verdict: Untimed},
		"negative":            {at: -5, want: base, verdict: Untimed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := NewClock(Config{Lateness: 10 * time.Second, MaxSkew: time.Minute, Replay: tc.replay})
			c.Observe(base, wall)
			got, verdict := c.Observe(tc.at, wall)
			assert.Equal(t, tc.want, got)
			assert.Equal(t, tc.verdict, verdict)
			assert.Equal(t, max(base, tc.want), c.Head())
		})
	}
}

func TestClockFollow_DataStopped_RunsOnByElapsedTime(t *testing.T) {
	t.Parallel()
	yesterday := Of(wall.Add(-24 * time.Hour))
	live := NewClock(Config{Lateness: time.Second, MaxSkew: time.Minute})
	live.Follow(wall)
	assert.Zero(t, live.Head(), "a clock that saw nothing has no time to follow from")
	live.Observe(yesterday, wall)
	live.Follow(wall.Add(5 * time.Second))
	live.Follow(wall.Add(3 * time.Second))
	assert.Equal(t, yesterday.Add(5*time.Second), live.Head())
	assert.Equal(t, yesterday.Add(4*time.Second), live.Watermark())

	replay := NewClock(Config{Replay: true})
	replay.Observe(yesterday, wall)
	replay.Follow(wall.Add(time.Hour))
	assert.Equal(t, yesterday, replay.Head())
}

func TestInstantTruncate_AroundTheEpoch(t *testing.T) {
	t.Parallel()
	assert.Equal(t, Instant(2*time.Second), Instant(3*time.Second).Truncate(2*time.Second))
	assert.Equal(t, Instant(-2*time.Second), Instant(-time.Second).Truncate(2*time.Second))
	assert.Equal(t, wall, Of(wall).Time())
}

func TestText_RoundDurations_AreShort(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]time.Duration{
		"5m": 5 * time.Minute, "24h": 24 * time.Hour, "1h30m": 90 * time.Minute, "1m30s": 90 * time.Second, "0s": 0, "10s": 10 * time.Second,
	} {
		assert.Equal(t, want, Text(d))
	}
}
