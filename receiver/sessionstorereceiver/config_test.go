package sessionstorereceiver

import (
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/confmap"

	"github.com/braidotel/braid/internal/configtest"
)

func example(t *testing.T) *Config {
	t.Helper()
	return configtest.Load[*Config](t, createDefaultConfig(), "session_store")
}

func TestConfig_Example_IsValid(t *testing.T) {
	cfg := example(t)
	require.NoError(t, cfg.Validate())
	shop, api := cfg.Stores["shop"], cfg.Stores["api"]
	assert.Equal(t, CookieConfig{Name: "SESSION", Encoding: "base64"}, shop.Cookie, "the format's")
	assert.Equal(t, 10*time.Minute, shop.FullView, "what is not set has its default")
	assert.Equal(t, "auto", api.Redis.Get().Notifications)
	assert.False(t, api.SQL.HasValue())
	assert.Equal(t, "connect.sid", api.Cookie.Name)
	portal := cfg.Stores["portal"]
	assert.Equal(t, "PORTALSESSION", portal.Cookie.Name)
	for _, name := range []string{"api", "portal", "board", "bank"} {
		store := cfg.Stores[name]
		src, err := openStore(t.Context(), &store, &cfg.Limits)
		require.NoError(t, err, name)
		require.NoError(t, src.Close())
	}
}

func TestConfig_Wrong_NamesTheField(t *testing.T) {
	store := func(name string, change func(*StoreConfig)) func(*Config) {
		return func(c *Config) {
			s := c.Stores[name]
			change(&s)
			c.Stores[name] = s
		}
	}
	for want, change := range map[string]func(*Config){
		"secret: must be set":                   func(c *Config) { c.Secret = "" },
		"session_ids: must be of hash, plain":   func(c *Config) { c.SessionIDs = "raw" },
		"users: must be of":                     func(c *Config) { c.Users = "" },
		"duplicate_logins: must be of":          func(c *Config) { c.DuplicateLogins = "yes" },
		"limits::sessions: must be at least 1":  func(c *Config) { c.Limits.Sessions = 0 },
		"metrics::interval: must be positive":   func(c *Config) { c.Metrics.Interval = 0 },
		"stores: name at least one":             func(c *Config) { c.Stores = nil },
		"stores::shop::format: must be of":      store("shop", func(s *StoreConfig) { s.Format = "asp" }),
		"stores::shop::count: at most 10000":    store("shop", func(s *StoreConfig) { s.Count = 1e6 }),
		"stores::shop::keys_per_second":         store("shop", func(s *StoreConfig) { s.KeysPerSecond = math.NaN() }),
		"stores::shop::full_view":               store("shop", func(s *StoreConfig) { s.FullView = 0 }),
		"stores::shop::redis::database":         store("shop", func(s *StoreConfig) { s.Redis.Get().Database = 1 }),
		"stores::shop::redis::master_name":      store("shop", func(s *StoreConfig) { s.Redis.Get().MasterName = "m" }),
		"stores::shop::redis::notifications":    store("shop", func(s *StoreConfig) { s.Redis.Get().Notifications = "on" }),
		"stores::board::redis::addresses: seve": store("board", func(s *StoreConfig) { s.Redis.Get().MasterName = "" }),
		"stores::api::redis::addresses: must":   store("api", func(s *StoreConfig) { s.Redis.Get().Addresses = nil }),
		"stores::portal::prefix: must be set":   store("portal", func(s *StoreConfig) { s.Prefix = "" }),
		"stores::portal::cookie::name":          store("portal", func(s *StoreConfig) { s.Cookie.Name = "" }),
		"stores::portal::cookie::encoding":      store("portal", func(s *StoreConfig) { s.Cookie.Encoding = "rot13" }),
		"stores::bank::sql::dsn: must be set":   store("bank", func(s *StoreConfig) { s.SQL.Get().DSN = "" }),
		"stores::bank::sql::driver: must be of": store("bank", func(s *StoreConfig) { s.SQL.Get().Driver = "oracle" }),
		"stores::bank::prefix":                  store("bank", func(s *StoreConfig) { s.Prefix = "t; DROP TABLE t" }),
		"stores::bank::sql: spring is a format": store("bank", func(s *StoreConfig) { s.Format = "spring" }),
	} {
		cfg := example(t)
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
	require.NoError(t, conf.Marshal(example(t)))
	names := regexp.MustCompile(`^stores::[a-z]+::`)
	for _, key := range conf.AllKeys() {
		key = names.ReplaceAllString(key, "stores::*::")
		if strings.Contains(key, "::tls::") || key == "stores::*::redis" || key == "stores::*::sql" { // configtls's own; not set
			continue
		}
		assert.True(t, strings.Contains(readme, "| `"+key+"` |"), key) //nolint:testifylint // the whole readme is too much to print
	}
}
