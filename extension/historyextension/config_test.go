package historyextension

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"

	"github.com/braidotel/braid/internal/configtest"
)

func load(t *testing.T, id string) *Config {
	t.Helper()
	return configtest.Load[*Config](t, createDefaultConfig(), id)
}

func TestConfig_Examples_AreValid(t *testing.T) {
	assert.Equal(t, createDefaultConfig(), load(t, "history"))
	require.NoError(t, load(t, "history").Validate())
	shared := load(t, "history/shared")
	require.NoError(t, shared.Validate())
	assert.Equal(t, 8, shared.Records.PostgreSQL.Get().MaxConnections)
	assert.Equal(t, 400*24*time.Hour, shared.Records.retention()["braid.anomaly"], "what is not named keeps its default")
	assert.Zero(t, shared.Records.retention()["audit"])
	grafana := load(t, "history/grafana")
	require.NoError(t, grafana.Validate())
	assert.Len(t, grafana.Metrics.Rollups, 2)
	assert.Equal(t, defaultEndpoint, grafana.API.Get().HTTP.NetAddr.Endpoint)
}

func TestConfig_Wrong_NamesTheField(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"directory":                      func(c *Config) { c.Directory = "" },
		`records::retention: "sesion"`:   func(c *Config) { c.Records.Retention["sesion"] = time.Hour },
		"records::retention::audit":      func(c *Config) { c.Records.Retention["audit"] = -1 },
		"records::traces_per_operation":  func(c *Config) { c.Records.TracesPerOperation = 0 },
		"records::postgresql::dsn":       func(c *Config) { c.Records.PostgreSQL.GetOrInsertDefault() },
		"metrics::prometheus::endpoint":  func(c *Config) { c.Metrics.Prometheus.GetOrInsertDefault() },
		"metrics::retention":             func(c *Config) { c.Metrics.Retention = time.Hour },
		"metrics::out_of_order":          func(c *Config) { c.Metrics.OutOfOrder = -1 },
		"metrics::max_bytes":             func(c *Config) { c.Metrics.MaxBytes = 0 },
		"metrics::max_series":            func(c *Config) { c.Metrics.MaxSeries = 0 },
		"metrics::query_timeout":         func(c *Config) { c.Metrics.QueryTimeout = 0 },
		"metrics::rollups::0::interval":  func(c *Config) { c.Metrics.Rollups[0].Interval = 7 * time.Minute },
		"metrics::rollups::1::retention": func(c *Config) { c.Metrics.Rollups[1].Retention = time.Minute },
	} {
		cfg := createDefaultConfig().(*Config)
		change(cfg)
		assert.ErrorContains(t, cfg.Validate(), want)
	}
}

func TestReadme_Example_IsTheConfig(t *testing.T) {
	configtest.ExampleStandsInReadme(t)
}

// Every option of our own stands in the table; those of confighttp are its.
func TestReadme_OptionsTable_NamesEveryField(t *testing.T) {
	readme := configtest.Readme(t)
	conf := confmap.New()
	cfg := createDefaultConfig().(*Config)
	cfg.Records.PostgreSQL.GetOrInsertDefault()
	cfg.Records.Retention = nil
	require.NoError(t, conf.Marshal(cfg))
	for _, key := range conf.AllKeys() {
		if strings.HasPrefix(key, "api") || strings.HasPrefix(key, "metrics::prometheus::") {
			continue
		}
		assert.Contains(t, readme, "| `"+key+"` |")
	}
}
