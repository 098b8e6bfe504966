package concurrencyprocessor

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"

	"github.com/braidotel/braid/internal/configtest"
	"github.com/braidotel/braid/internal/eventtime"
)

func load(t *testing.T, id string) *Config {
	t.Helper()
	return configtest.Load[*Config](t, createDefaultConfig(), id)
}

func TestConfig_Example_IsValidAndReplacesLists(t *testing.T) {
	assert.Equal(t, createDefaultConfig(), load(t, "concurrency"))
	cfg := load(t, "concurrency/regions")
	require.NoError(t, cfg.Validate())
	assert.Equal(t, []IdentityConfig{{"visitor", "enduser.pseudo.id"}, {"client", "client.address"}}, cfg.Identities)
	assert.Len(t, cfg.Tiers, 5)
	assert.Equal(t, component.MustNewID("file_storage"), *cfg.Storage)
	require.NoError(t, cfg.plan().Validate())
}

func TestConfig_Example_StandsInTheReadme(t *testing.T) {
	configtest.ExampleStandsInReadme(t)
}

// Every option stands in the table, with the default it has.
func TestConfig_OptionsTable_NamesEveryFieldAndDefault(t *testing.T) {
	rows := configtest.Defaults(t)
	conf := confmap.New()
	require.NoError(t, conf.Marshal(createDefaultConfig()))
	for _, key := range conf.AllKeys() {
		want, ok := rows[key]
		if !assert.True(t, ok, "%s is not in the table", key) {
			continue
		}
		value := conf.Get(key)
		if v := reflect.ValueOf(value); value == nil || v.Kind() == reflect.Slice || key == "secret" {
			continue // written for people
		}
		if d, err := time.ParseDuration(fmt.Sprint(value)); err == nil {
			value = eventtime.Text(d)
		}
		assert.Equal(t, want, fmt.Sprint(value), key)
	}
}

func TestConfig_Mistakes_AreNamedWithTheirFix(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"identities: needs 1 to 16":      func(c *Config) { c.Identities = nil },
		"identities::1: needs a name":    func(c *Config) { c.Identities[1].Attribute = "" },
		`the name "session" is taken`:    func(c *Config) { c.Identities[1].Name = "session" },
		"at most 255 bytes":              func(c *Config) { c.Identities[0].Attribute = strings.Repeat("x", 300) },
		"keys: at most 16":               func(c *Config) { c.Keys = make([]string, 17) },
		"keys: is empty and total":       func(c *Config) { c.Keys, c.Total = nil, false },
		`keys::0: "a++b" is not one`:     func(c *Config) { c.Keys = []string{"a++b"} },
		`keys::0: "a+a" is not one`:      func(c *Config) { c.Keys = []string{"a+a"} },
		`keys::0: "braid.tier" is not`:   func(c *Config) { c.Keys = []string{"braid.tier"} },
		`keys::1: "a" is there twice`:    func(c *Config) { c.Keys = []string{"a", "a"} },
		"tick: must be at least 1ms":     func(c *Config) { c.Tick = 0 },
		"window: must be 1 to 240 ticks": func(c *Config) { c.Window = time.Hour },
		"window: must be 1 to 240 ":      func(c *Config) { c.Window = 3 * time.Second },
		"tiers::1: must be a multiple":   func(c *Config) { c.Tiers[1] = 3 * time.Second },
		"tiers::0: must be a multiple":   func(c *Config) { c.Tiers[0] = time.Second },
		"precision: must be 13 or 14":    func(c *Config) { c.Precision = 12 },
		"secret: needs at least 16":      func(c *Config) { c.Secret = "short" },
		"lateness: must not be negative": func(c *Config) { c.Lateness = -1 },
		"max_skew: must not be negative": func(c *Config) { c.MaxSkew = -1 },
		"clock: must be live or replay":  func(c *Config) { c.Clock = "sundial" },
		"limits::tenants: must be":       func(c *Config) { c.Limits.Tenants = 0 },
		"limits::keys: must be":          func(c *Config) { c.Limits.Keys = 0 },
		"limits::pending: must be":       func(c *Config) { c.Limits.Pending = 0 },
		"limits::value_bytes: must be":   func(c *Config) { c.Limits.ValueBytes = 0 },
		"sketches::tiers: 7m0s is not":   func(c *Config) { c.Sketches.Tiers = []time.Duration{7 * time.Minute} },
		"revision::reach: must not be":   func(c *Config) { c.Revision.Reach = -1 },
		"revision::every: must be":       func(c *Config) { c.Revision.Reach, c.Revision.Every = time.Hour, time.Millisecond },
		"revision::keep: 1h0m0s is not":  func(c *Config) { c.Revision.Keep = []time.Duration{time.Hour} },
		"revision::keep: needs revision": func(c *Config) { c.Revision.Keep = []time.Duration{time.Minute} },
		"revision::keep: needs storage":  func(c *Config) { c.Revision.Keep, c.Revision.Reach = []time.Duration{time.Minute}, time.Hour },
		"edge: has 300 bytes":            func(c *Config) { c.Edge = strings.Repeat("x", 300) },
		"edge: reports tell of sketches": func(c *Config) { c.Edge, c.Sketches.Enabled = "busan", false },
		"edges::silent_after: must be":   func(c *Config) { c.Edges.Enabled, c.Edges.SilentAfter = true, 0 },
		"limits::edges: must be":         func(c *Config) { c.Limits.Edges = 0 },
		"limits::kept_bytes: must be":    func(c *Config) { c.Limits.KeptBytes = 0 },
		"sketches::enabled: false":       func(c *Config) { c.Sketches.Tiers = nil },
	} {
		cfg := createDefaultConfig().(*Config)
		require.NoError(t, cfg.Validate())
		change(cfg)
		assert.ErrorContains(t, cfg.Validate(), want)
	}
}
