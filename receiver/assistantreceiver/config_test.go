package assistantreceiver

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/xconfmap"

	"github.com/braidotel/braid/internal/configtest"
)

func TestConfig_Examples_AreAsWritten(t *testing.T) {
	kept := createDefaultConfig().(*Config)
	id := component.MustNewID("file_storage")
	kept.Storage = &id
	for id, want := range map[string]any{"assistant": createDefaultConfig(), "assistant/kept": kept} {
		cfg := configtest.Load[*Config](t, createDefaultConfig(), id)
		require.NoError(t, xconfmap.Validate(cfg))
		assert.Equal(t, want, cfg, id)
	}
}

func TestConfig_Invalid_NamesTheField(t *testing.T) {
	assert.ErrorContains(t, (&Config{Interval: time.Millisecond}).Validate(), "interval: must be at least 1s")
}

func TestReadme_Example_IsTheConfig(t *testing.T) {
	configtest.ExampleStandsInReadme(t)
}

func TestReadme_OptionsTable_HasEveryFieldAndDefault(t *testing.T) {
	conf := confmap.New()
	require.NoError(t, conf.Marshal(createDefaultConfig()))
	rows := configtest.Defaults(t)
	for _, key := range conf.AllKeys() {
		want, ok := rows[key]
		require.True(t, ok, "%s is not in the table", key)
		if value := conf.Get(key); value != nil {
			assert.Equal(t, want, fmt.Sprint(value), key)
		}
	}
}
