package nestinglimiterextension

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/configtest"
)

func TestConfig_Examples_AreValid(t *testing.T) {
	for id, want := range map[string]int{"nesting_limiter": defaultMaxDepth, "nesting_limiter/strict": 64} {
		cfg := configtest.Load[*Config](t, createDefaultConfig(), id)
		require.NoError(t, cfg.Validate())
		assert.Equal(t, want, cfg.MaxDepth, id)
	}
}

func TestConfig_Wrong_NamesTheField(t *testing.T) {
	for _, depth := range []int{-1, 0, leastMaxDepth - 1, 1 << 20} {
		require.ErrorContains(t, (&Config{MaxDepth: depth}).Validate(), "max_depth")
	}
}

func TestReadme_OptionsTable_HasTheDefault(t *testing.T) {
	assert.Equal(t, strconv.Itoa(defaultMaxDepth), configtest.Defaults(t)["max_depth"])
}
