package query

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/answer"
	"github.com/braidotel/braid/internal/question"
)

func TestAsk_SeveralReadings_OffersEachAsARequest(t *testing.T) {
	e := over(t, open1(t))
	viewer := Caller{Roles: Roles{View: true}}
	for text, want := range map[string]string{"느려": "여러 가지로", "slow": "several ways"} {
		a, err := e.Ask(t.Context(), viewer, Question{Text: text})
		require.NoError(t, err)
		assert.Equal(t, answer.OutcomeClarify, a.Outcome, text)
		assert.Contains(t, a.Headline.String(), want)
		assert.Empty(t, a.Facts)
		require.NotEmpty(t, a.Options, text)
		for _, o := range a.Options {
			assert.NotEmpty(t, o.Label)
			again, err := e.Ask(t.Context(), viewer, Question{Text: o.Request.Question, Corrections: o.Request.Corrections})
			require.NoError(t, err, o.Label)
			assert.NotEqual(t, answer.OutcomeClarify, again.Outcome, "%s: %s", text, o.Label)
			assert.Equal(t, o.Intent, again.Intent, o.Label)
		}
	}
}

func TestAsk_ServiceMissing_OffersTheServices(t *testing.T) {
	e := over(t, open1(t))
	e.options.Catalogue.Services = []question.Name{{ID: "cart"}, {ID: "pay"}}
	viewer := Caller{Roles: Roles{View: true}}
	a, err := e.Ask(t.Context(), viewer, Question{Text: "show the downstream services"})
	require.NoError(t, err)
	assert.Equal(t, answer.OutcomeClarify, a.Outcome)
	require.GreaterOrEqual(t, len(a.Options), 2)
	assert.Equal(t, "cart", a.Options[0].Label)
	again, err := e.Ask(t.Context(), viewer, Question{Text: a.Options[0].Request.Question, Corrections: a.Options[0].Request.Corrections})
	require.NoError(t, err)
	assert.NotEqual(t, answer.OutcomeClarify, again.Outcome)
}
