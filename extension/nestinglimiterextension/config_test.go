package nestinglimiterextension

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap/confmaptest"
)

func TestConfig_Examples_AreValid(t *testing.T) {
	conf, err := confmaptest.LoadConf("testdata/config.yaml")
	require.NoError(t, err)
	for id, want := range map[string]int{"nesting_limiter": defaultMaxDepth, "nesting_limiter/strict": 64} {
		sub, err := conf.Sub(id)
		require.NoError(t, err)
		cfg := createDefaultConfig().(*Config)
		require.NoError(t, sub.Unmarshal(cfg))
		require.NoError(t, cfg.Validate())
		assert.Equal(t, want, cfg.MaxDepth, id)
	}
}

func TestConfig_Wrong_NamesTheField(t *testing.T) {
	for _, depth := range []int{-1, 0, leastMaxDepth - 1, 1 << 20} {
		require.ErrorContains(t, (&Config{MaxDepth: depth}).Validate(), "max_depth")
	}
}
