package question

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseExpr_CanonicalForms_ReadBackAsWritten(t *testing.T) {
	for _, canonical := range []string{
		"default", "now", "today", "yesterday", "day:-2", "day:1", "this_week", "last_week", "next_week", "week:-2", "weekend:0", "this_month",
		"last_month", "this_quarter", "last_year", "weekday:fri:-1", "date:2026-11-03", "last:PT30M", "last:P7D", "next:PT3H", "ago:PT2H",
		"since_deploy", "date:2026-11-01..date:2026-11-03", "today@00:00-12:00", "yesterday@14:00", "since:today@14:00", "since:yesterday",
		"yesterday@21:00-24:00",
	} {
		e, err := ParseExpr(canonical)
		require.NoError(t, err, canonical)
		assert.Equal(t, canonical, e.String())
	}
}

func TestParseExpr_Nonsense_IsRefused(t *testing.T) {
	for _, text := range []string{
		"", "soon", "last:", "last:XX", "weekday:xyz:1", "weekday:fri:many", "date:2026-13-01", "today@25:00", "today@12:00-11:00",
		"day:99999999", "now..today", "date:2026-11-01..", "since:", "this_", "_week",
	} {
		_, err := ParseExpr(text)
		assert.Error(t, err, text)
	}
}

func TestParseComparison_CanonicalForms_ReadBackAsWritten(t *testing.T) {
	for _, canonical := range []string{"", "shift:P1D", "shift:P7D", "shift:P1M", "baseline", "before_deploy", "expr:yesterday@15:00"} {
		c, err := ParseComparison(canonical)
		require.NoError(t, err, canonical)
		assert.Equal(t, canonical, c.String())
	}
	_, err := ParseComparison("sideways")
	assert.Error(t, err)
}

func FuzzParseExpr(f *testing.F) {
	f.Add("since:today@14:00")
	f.Add("date:2026-11-01..date:2026-11-03")
	now := time.Date(2026, 11, 18, 14, 30, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		if e, err := ParseExpr(text); err == nil {
			e.Resolve(now)
			again, err := ParseExpr(e.String())
			require.NoError(t, err, e.String())
			assert.Equal(t, e.String(), again.String())
		}
	})
}
