package drafts

import (
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRun_PlantedErrors_NoneIsRendered is the bar of unverified text, and of good text that is refused.
func TestRun_PlantedErrors_NoneIsRendered(t *testing.T) {
	result, err := Run(io.Discard, Options{Seed: 5, Answers: 300})
	require.NoError(t, err)
	assert.Zero(t, result.Rendered)
	assert.LessOrEqual(t, result.Refused, result.Answers/100)
	assert.LessOrEqual(t, result.Held, result.Answers/100)
}
