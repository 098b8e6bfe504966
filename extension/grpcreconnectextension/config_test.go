package grpcreconnectextension

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/xconfmap"

	"github.com/braidotel/braid/internal/configtest"
)

func TestConfig_Examples_AreAsWritten(t *testing.T) {
	for id, want := range map[string]any{
		"grpc_reconnect":         createDefaultConfig(),
		"grpc_reconnect/patient": &Config{InitialDelay: time.Second, MaxDelay: 10 * time.Second, ConnectTimeout: 20 * time.Second},
	} {
		cfg := configtest.Load[*Config](t, createDefaultConfig(), id)
		require.NoError(t, xconfmap.Validate(cfg))
		assert.Equal(t, want, cfg, id)
	}
}

func TestConfig_Invalid_NamesEveryField(t *testing.T) {
	err := xconfmap.Validate(&Config{InitialDelay: -1, MaxDelay: -2, ConnectTimeout: 0})
	for _, field := range []string{"initial_delay", "max_delay", "connect_timeout"} {
		assert.ErrorContains(t, err, field+": must be at least ")
	}
}

func TestReadme_OptionsTable_HasEveryFieldAndDefault(t *testing.T) {
	conf := confmap.New()
	require.NoError(t, conf.Marshal(createDefaultConfig()))
	defaults := configtest.Defaults(t)
	for _, key := range conf.AllKeys() {
		want, err := time.ParseDuration(defaults[key])
		require.NoError(t, err, "%s is not in the table", key)
		assert.Equal(t, want, conf.Get(key), key)
	}
}
