package historyexporter

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/xconfmap"

	"github.com/braidotel/braid/internal/configtest"
)

func load(t *testing.T, id string) *Config {
	t.Helper()
	return configtest.Load[*Config](t, createDefaultConfig(), id)
}

func TestConfig_Examples_AreValid(t *testing.T) {
	assert.Equal(t, createDefaultConfig(), load(t, "history"))
	require.NoError(t, xconfmap.Validate(load(t, "history")))
	require.NoError(t, xconfmap.Validate(load(t, "history/strict")))
}

func TestConfig_Wrong_NamesTheField(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"transactions::max_series": func(c *Config) { c.Transactions.MaxSeries = 0 },
		"transactions::held_spans": func(c *Config) { c.Transactions.HeldSpans = 0 },
		"transactions::recognized": func(c *Config) { c.Transactions.Recognized = 0 },
		"transactions::interval":   func(c *Config) { c.Transactions.Interval = 0 },
		"transactions::slow":       func(c *Config) { c.Transactions.Slow = 0 },
	} {
		cfg := createDefaultConfig().(*Config)
		change(cfg)
		assert.ErrorContains(t, cfg.Validate(), want)
	}
}

func TestReadme_Example_IsTheConfig(t *testing.T) {
	configtest.ExampleStandsInReadme(t)
}

func TestReadme_OptionsTable_NamesEveryField(t *testing.T) {
	readme := configtest.Readme(t)
	conf := confmap.New()
	require.NoError(t, conf.Marshal(createDefaultConfig()))
	for _, key := range conf.AllKeys() {
		if strings.HasPrefix(key, "sending_queue") || strings.HasPrefix(key, "retry_on_failure") {
			continue
		}
		assert.Contains(t, readme, "| `"+key+"` |")
	}
}
