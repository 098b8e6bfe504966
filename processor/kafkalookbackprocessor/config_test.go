package kafkalookbackprocessor

import (
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/kafka/configkafka"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/configtest"
)

func TestConfig_Examples_AreValid(t *testing.T) {
	configtest.ExampleStandsInReadme(t)
	cfg := configtest.Load[*Config](t, createDefaultConfig(), "kafka_lookback")
	require.NoError(t, cfg.Validate())
	rows := configtest.Defaults(t)
	assert.Equal(t, rows["lookback"], cfg.Lookback.String())
	assert.Equal(t, rows["timeout"], cfg.Timeout.String())
	assert.Equal(t, rows["encoding"], cfg.Encoding)

	cfg = configtest.Load[*Config](t, createDefaultConfig(), "kafka_lookback/all")
	require.NoError(t, cfg.Validate())
	assert.Equal(t, 10*time.Second, cfg.Lookback)
	assert.Equal(t, "balancer", cfg.Authentication.SASL.Username)
	_, err := cfg.options(t.Context())
	require.ErrorContains(t, err, "tls", "there is no such file")
	cfg.TLS = nil
	options, err := cfg.options(t.Context())
	require.NoError(t, err)
	assert.NotEmpty(t, options)
}

func TestConfig_Wrong_NamesTheField(t *testing.T) {
	for field, wrong := range map[string]func(*Config){
		"encoding":              func(c *Config) { c.Encoding = "jaeger_proto" },
		"lookback":              func(c *Config) { c.Lookback = 0 },
		"max_records":           func(c *Config) { c.MaxRecords = 0 },
		"timeout":               func(c *Config) { c.Timeout = -1 },
		"auth::kerberos":        func(c *Config) { c.Authentication.Kerberos = &configkafka.KerberosConfig{} },
		"auth::sasl::mechanism": func(c *Config) { c.Authentication.SASL = &configkafka.SASLConfig{Mechanism: "OAUTHBEARER"} },
		"protocol_version":      func(c *Config) { c.ProtocolVersion = "2.0.0" },
	} {
		t.Run(field, func(t *testing.T) {
			cfg := createDefaultConfig()
			wrong(cfg)
			require.ErrorContains(t, cfg.Validate(), field)
		})
	}
}
