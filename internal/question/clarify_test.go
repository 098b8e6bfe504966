package question

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParse_SeveralReadings_AsksBack(t *testing.T) {
	p, err := NewParser(Catalogue{Services: []Name{{ID: "payment", Aliases: []string{"결제"}}}})
	require.NoError(t, err)
	now := time.Date(2026, 11, 18, 14, 30, 0, 0, time.FixedZone("KST", 9*3600))
	for text, want := range map[string]struct {
		outcome Outcome
		missing string
	}{
		"느려":                           {OutcomeClarify, ""},
		"slow":                         {OutcomeClarify, ""},
		"느린 API":                       {OutcomeAnswer, ""},
		"오늘 왜 느려?":                     {OutcomeAnswer, ""},
		"show the downstream services": {OutcomeClarify, "service"},
		"결제를 호출하는 서비스 보여줘":          {OutcomeAnswer, ""},
		"서비스 맵 보여줘":                 {OutcomeAnswer, ""},
		"how many users right now?": {OutcomeAnswer, ""},
	} {
		q, err := p.Parse(text, now)
		require.NoError(t, err)
		assert.Equal(t, want.outcome, q.Outcome, "%s: %s %v", text, q.Intent, q.Reason)
		assert.Equal(t, want.missing, q.Missing, text)
		if want.outcome == OutcomeClarify && want.missing == "" {
			require.GreaterOrEqual(t, len(q.Alternatives), 2, text)
			assert.Equal(t, q.Intent, q.Alternatives[0], text)
		}
	}
}
