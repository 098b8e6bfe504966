package knowledge

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	sample "github.com/braidotel/braid/distribution/knowledge"
	"github.com/braidotel/braid/internal/knowledge"
)

func TestSample_EveryFile_IsReadAndEveryAnswerExists(t *testing.T) {
	library, err := knowledge.Open(t.Context(), knowledge.Options{Folders: []knowledge.Folder{{FS: sample.Sample}}})
	require.NoError(t, err)
	assert.Empty(t, library.Problems())
	for _, half := range []string{"tuning", "heldback"} {
		list, err := Read(half)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, len(list), 30)
		for _, q := range list {
			_, ok := library.Passage(q.Want)
			assert.True(t, ok, "%s wants %s", q.ID, q.Want)
		}
	}
}

// The bars are those of the issue, over both halves together.
func TestEvaluate_SampleKnowledge_ReachesTheBars(t *testing.T) {
	var all Score
	for _, half := range []string{"tuning", "heldback"} {
		s, byLang, err := Evaluate(t.Context(), half, nil)
		require.NoError(t, err)
		t.Logf("%s: %s, ko %s, en %s", half, s, byLang["ko"], byLang["en"])
		all.N, all.First, all.Three = all.N+s.N, all.First+s.First, all.Three+s.Three
	}
	assert.GreaterOrEqual(t, 100*all.First, 85*all.N)
	assert.GreaterOrEqual(t, 100*all.Three, 95*all.N)
}
