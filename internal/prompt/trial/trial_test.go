package trial

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/prompt"
	"github.com/braidotel/braid/prompts"
)

// TestRun_ShippedPrompts_PassTheirTests holds each version that a label points at to the tests that ship with it.
func TestRun_ShippedPrompts_PassTheirTests(t *testing.T) {
	store := prompt.NewStore(prompts.Files, "")
	names, err := store.Names()
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		cases, err := Load(store, name)
		require.NoError(t, err)
		for _, label := range prompt.Labels {
			p, err := store.Get(name, string(label))
			require.NoError(t, err)
			n, err := Run(p, cases)
			assert.NoError(t, err, p.ID())
			assert.Positive(t, n)
			_, passed := store.Passed(p)
			assert.True(t, passed || label == prompt.Draft, "%s, hash %s, is %s without a passed test", p.ID(), p.Hash, label)
		}
	}
}

func TestRun_WrongExpectation_IsNamed(t *testing.T) {
	p, err := prompt.NewStore(prompts.Files, "").Get("summary", "1")
	require.NoError(t, err)
	cases, err := Load(prompt.NewStore(prompts.Files, ""), "summary")
	require.NoError(t, err)
	cases[0].Answers[0].Says = "something else"
	cases[0].Answers[1].Refused = ""
	cases[0].Answers[2].Refused = "number"
	_, err = Run(p, cases)
	for _, want := range []string{"answer 1: says", "answer 2: is refused for", "answer 3: is refused for"} {
		assert.ErrorContains(t, err, want)
	}
}
