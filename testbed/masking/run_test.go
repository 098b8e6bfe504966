package masking

import (
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRun_SmallCorpusOfAnotherSeed_ReachesTheBars keeps recall and precision where they are; the full corpus is printed by
// `eval masking`.
func TestRun_SmallCorpusOfAnotherSeed_ReachesTheBars(t *testing.T) {
	result, err := Run(io.Discard, Options{Items: 12_000, Identifiers: 20_000, Seed: 7})
	require.NoError(t, err)
	for class, s := range result.Classes {
		assert.GreaterOrEqual(t, s.Recall, .995, "recall of %s", class)
		assert.GreaterOrEqual(t, s.Precision, .98, "precision of %s", class)
	}
	assert.LessOrEqual(t, result.FalseIDs, 5)
}
