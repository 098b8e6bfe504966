package incidentconnector

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"

	"github.com/braidotel/braid/internal/configtest"
)

func load(t *testing.T, id string) *Config {
	t.Helper()
	return configtest.Load[*Config](t, createDefaultConfig(), id)
}

func TestConfig_Example_IsValid(t *testing.T) {
	assert.Equal(t, createDefaultConfig(), load(t, "incident"))
	cfg := load(t, "incident/shop")
	require.NoError(t, cfg.Validate())
	assert.Equal(t, "order", cfg.Business[0].Name)
	assert.Equal(t, map[string]string{"http.route": "/checkout"}, cfg.Business[0].Match)
	assert.Equal(t, component.MustNewID("file_storage"), *cfg.Storage)
}

func TestConfig_Readme_HasTheExampleAndEveryDefault(t *testing.T) {
	configtest.ExampleStandsInReadme(t)
	rows := configtest.Defaults(t)
	conf := confmap.New()
	require.NoError(t, conf.Marshal(createDefaultConfig()))
	for _, key := range conf.AllKeys() {
		want, ok := rows[key]
		if !assert.True(t, ok, "%s is missing in the table", key) || want == "none" || want == "random" {
			continue
		}
		assert.Equal(t, want, fmt.Sprint(conf.Get(key)), key)
	}
}

func TestConfig_Invalid_NamesTheField(t *testing.T) {
	for field, spoil := range map[string]func(*Config){
		"quiet":              func(c *Config) { c.Quiet = 0 },
		"min_alerts":         func(c *Config) { c.MinAlerts = 0 },
		"update_interval":    func(c *Config) { c.UpdateInterval = 2 * time.Hour },
		"reopen":             func(c *Config) { c.Reopen = -1 },
		"lateness":           func(c *Config) { c.Lateness = -1 },
		"max_skew":           func(c *Config) { c.MaxSkew = -1 },
		"clock":              func(c *Config) { c.Clock = "stopped" },
		"secret":             func(c *Config) { c.Secret = "short" },
		"cart":               func(c *Config) { c.Cart = make([]string, maxCart+1) },
		"business":           func(c *Config) { c.Business = make([]BusinessConfig, maxBusiness+1) },
		"business::0::name":  func(c *Config) { c.Business = []BusinessConfig{{Match: map[string]string{"a": "b"}}} },
		"business::0::match": func(c *Config) { c.Business = []BusinessConfig{{Name: "order"}} },
		"limits::tenants":    func(c *Config) { c.Limits.Tenants = 0 },
		"limits::series":     func(c *Config) { c.Limits.Series = -1 },
		"limits::traces":     func(c *Config) { c.Limits.Traces = 0 },
		"limits::alerts":     func(c *Config) { c.Limits.Alerts = 0 },
		"limits::incidents":  func(c *Config) { c.Limits.Incidents = 0 },
		"limits::watched":    func(c *Config) { c.Limits.Watched = 0 },
		"limits::carts":      func(c *Config) { c.Limits.Carts = 0 },
		"limits::pending":    func(c *Config) { c.Limits.Pending = 0 },
	} {
		cfg := createDefaultConfig().(*Config)
		spoil(cfg)
		require.ErrorContains(t, cfg.Validate(), field+":", field)
	}
}
