package redisstorageextension

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/configtest"
)

func load(t *testing.T, id string) *Config {
	t.Helper()
	return configtest.Load[*Config](t, createDefaultConfig(), id)
}

func TestConfig_Examples_AreValid(t *testing.T) {
	for _, id := range []string{"redis_storage", "redis_storage/cluster", "redis_storage/sentinel"} {
		require.NoError(t, load(t, id).Validate(), id)
	}
	assert.True(t, load(t, "redis_storage/cluster").TLS.HasValue())
	assert.False(t, load(t, "redis_storage").TLS.HasValue())
}

func TestConfig_Wrong_NamesTheField(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"addresses: is empty":                 func(c *Config) { c.Addresses = nil },
		"addresses: a standalone server":      func(c *Config) { c.Addresses = []string{"a:1", "b:2"} },
		"addresses::0: must be host:port":     func(c *Config) { c.Addresses = []string{"redis"} },
		"mode: must be":                       func(c *Config) { c.Mode = "ring" },
		"sentinel::master: is empty":          func(c *Config) { c.Mode = ModeSentinel },
		"sentinel: is for mode sentinel":      func(c *Config) { c.Sentinel.Master = "m" },
		"database: a cluster has only 0":      func(c *Config) { c.Mode, c.Database = ModeCluster, 1 },
		"database: must not be negative":      func(c *Config) { c.Database = -1 },
		"password: is empty although":         func(c *Config) { c.Username = "braid" },
		"key_prefix: must be":                 func(c *Config) { c.KeyPrefix = "{braid}" },
		"shard: must be":                      func(c *Config) { c.Shard = "" },
		"lease: must be":                      func(c *Config) { c.Lease = time.Millisecond },
		"replicas_acknowledged: must not":     func(c *Config) { c.ReplicasAcknowledged = -1 },
		"wait_timeout: must be at least":      func(c *Config) { c.WaitTimeout = 0 },
		"dial_timeout: must be at least":      func(c *Config) { c.DialTimeout = 0 },
		"timeout: must be at least":           func(c *Config) { c.Timeout = 0 },
		"max_value_bytes: must be 1":          func(c *Config) { c.MaxValueBytes = 1 << 30 },
		"max_connections: must be at least 2": func(c *Config) { c.MaxConnections = 1 },
	} {
		cfg := load(t, "redis_storage")
		change(cfg)
		require.ErrorContains(t, cfg.Validate(), want)
	}
}

// Every option is in the README's table.
func TestReadme_Options_Complete(t *testing.T) {
	readme := configtest.Readme(t)
	fields := func(of any, prefix string) (names []string) {
		for f := range reflect.TypeOf(of).Fields() {
			names = append(names, prefix+f.Tag.Get("mapstructure"))
		}
		return names
	}
	for _, name := range append(fields(Config{}, ""), fields(SentinelConfig{}, "sentinel::")...) {
		if name != "sentinel" {
			assert.Contains(t, readme, "`"+name+"`")
		}
	}
	example, err := os.ReadFile("testdata/config.yaml")
	require.NoError(t, err)
	for line := range strings.Lines(string(example)) {
		assert.Contains(t, readme, strings.TrimSpace(line))
	}
}
