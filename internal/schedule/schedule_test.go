package schedule

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func in(t *testing.T, zone string) *time.Location {
	t.Helper()
	l, err := time.LoadLocation(zone)
	require.NoError(t, err)
	return l
}

func TestLast_Instants_AreOfTheZone(t *testing.T) {
	seoul := in(t, "Asia/Seoul")
	now := time.Date(2026, 11, 18, 14, 30, 0, 0, seoul) // a Wednesday
	for expression, want := range map[string]string{
		"0 9 * * 1": "2026-11-16 09:00", "0 9 * * *": "2026-11-18 09:00", "30 14 * * *": "2026-11-18 14:30", "31 14 * * *": "2026-11-17 14:31",
		"0 8 1 * *": "2026-11-01 08:00", "@weekly": "2026-11-15 00:00", "0 0 1 1 *": "2026-01-01 00:00", "0 0 29 2 *": "",
	} {
		s, err := Parse(expression, seoul)
		require.NoError(t, err, expression)
		at, ok := s.Last(now.UTC())
		if want == "" {
			assert.False(t, ok, expression)
			continue
		}
		assert.Equal(t, want, at.Format("2006-01-02 15:04"), expression)
		assert.True(t, s.Next(at).After(now), expression)
	}
}

func TestNext_SummerTime_NoneTwice(t *testing.T) {
	berlin := in(t, "Europe/Berlin")
	s, err := Parse("30 2 * * *", berlin)
	require.NoError(t, err)
	seen := map[string]int{}
	for at := time.Date(2026, 10, 20, 0, 0, 0, 0, berlin); at.Before(time.Date(2026, 11, 1, 0, 0, 0, 0, berlin)); {
		at = s.Next(at)
		seen[at.Format(time.DateOnly)]++
	}
	for day, n := range seen {
		assert.Equal(t, 1, n, day)
	}
}

func TestParse_BadExpression_SaysWhy(t *testing.T) {
	for expression, want := range map[string]string{
		"often": "5", "* * * * *": "more often", "0,5 9 * * *": "more often", "@every 1h": "@every", "CRON_TZ=UTC 0 9 * * *": "time zone", "0 0 30 2 *": "never",
	} {
		_, err := Parse(expression, time.UTC)
		assert.ErrorContains(t, err, want, expression)
	}
}
