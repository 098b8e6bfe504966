package assistantextension

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configauth"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/xconfmap"

	"github.com/braidotel/braid/internal/configtest"
	"github.com/braidotel/braid/internal/periodical"
)

func load(t *testing.T, id string) *Config {
	t.Helper()
	return configtest.Load[*Config](t, createDefaultConfig(), id)
}

func TestConfig_Example_IsValid(t *testing.T) {
	assert.Equal(t, createDefaultConfig(), load(t, "assistant"))
	require.NoError(t, xconfmap.Validate(load(t, "assistant")))
	cfg := load(t, "assistant/team")
	require.NoError(t, xconfmap.Validate(cfg))
	assert.Equal(t, component.MustNewIDWithName("history", "shop"), cfg.History)
	assert.Len(t, cfg.Access.Rules, 3)
	assert.Equal(t, []string{"0.0.0.0", "braid.example.com"}, cfg.hosts())
}

func TestConfig_Example_StandsInTheReadme(t *testing.T) {
	configtest.ExampleStandsInReadme(t)
}

// Every option stands in the table, with the default it has. What confighttp brings is described there.
func TestConfig_OptionsTable_NamesEveryFieldAndDefault(t *testing.T) {
	rows := configtest.Defaults(t)
	conf := confmap.New()
	require.NoError(t, conf.Marshal(createDefaultConfig()))
	for _, key := range conf.AllKeys() {
		if strings.HasPrefix(key, "http::") && key != "http::endpoint" {
			continue
		}
		want, ok := rows[key]
		if !assert.True(t, ok, "%s is not in the table", key) {
			continue
		}
		value := conf.Get(key)
		if v := reflect.ValueOf(value); value == nil || value == "" || value == "[REDACTED]" || v.Kind() == reflect.Slice || v.Kind() == reflect.Map {
			continue // written for people
		}
		if d, ok := value.(time.Duration); ok {
			value = d.String()
		}
		assert.Equal(t, want, fmt.Sprint(value), key)
	}
}

// authenticated makes the default configuration one that asks for names.
func authenticated(c *Config) {
	c.HTTP.Auth = configoptional.Some(confighttp.AuthConfig{Config: configauth.Config{AuthenticatorID: component.MustNewID("basicauth")}})
	c.Access.Rules = []RuleConfig{{Names: []string{"*"}, Roles: []string{roleViewer}}}
}

func TestConfig_Mistakes_AreNamedWithTheirFix(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"http::endpoint: is empty":                     func(c *Config) { c.HTTP.NetAddr.Endpoint = "" },
		"http::auth: 0.0.0.0:80 can be reached":        func(c *Config) { c.HTTP.NetAddr.Endpoint = "0.0.0.0:80" },
		"http::tls: :80 can be reached":                func(c *Config) { authenticated(c); c.HTTP.NetAddr.Endpoint = ":80" },
		"http::cors: other origins are never let in":   func(c *Config) { c.HTTP.CORS = configoptional.Some(confighttp.NewDefaultCORSConfig()) },
		`time_zone: "Mars" is not an IANA time zone`:   func(c *Config) { c.TimeZone = "Mars" },
		`allowed_hosts::0: "https://x.test" is not a`:  func(c *Config) { c.AllowedHosts = []string{"https://x.test"} },
		"request_timeout: must be above 0":             func(c *Config) { c.RequestTimeout = 0 },
		"stream_interval: must be at least 1s":         func(c *Config) { c.StreamInterval = time.Millisecond },
		"limits::requests_per_second: must be above 0": func(c *Config) { c.Limits.RequestsPerSecond = 0 },
		"limits::burst: must be at least 1, is 0":      func(c *Config) { c.Limits.Burst = 0 },
		"limits::clients: must be at least 1":          func(c *Config) { c.Limits.Clients = 0 },
		"limits::streams: must be at least 1":          func(c *Config) { c.Limits.Streams = 0 },
		"limits::streams_per_client: must be at least": func(c *Config) { c.Limits.StreamsPerClient = -1 },
		"access::rules: is empty, so nobody may look":  func(c *Config) { authenticated(c); c.Access.Rules = nil },
		"access::rules: need http::auth":               func(c *Config) { c.Access.Rules = []RuleConfig{{Names: []string{"a"}, Roles: []string{"viewer"}}} },
		"access::unauthenticated_approvals: is for":    func(c *Config) { authenticated(c); c.Access.UnauthenticatedApprovals = true },
		"access::rules::0: needs either names or":      func(c *Config) { authenticated(c); c.Access.Rules[0].Names = nil },
		"access::rules::0: attribute and value go": func(c *Config) {
			authenticated(c)
			c.Access.Rules[0] = RuleConfig{Attribute: "groups", Roles: []string{"viewer"}}
		},
		"access::rules::0: roles: is empty":              func(c *Config) { authenticated(c); c.Access.Rules[0].Roles = nil },
		`access::rules::0: roles: "admin" is none of`:    func(c *Config) { authenticated(c); c.Access.Rules[0].Roles = []string{"admin"} },
		"knowledge::dirs::0: is empty":                   func(c *Config) { c.Knowledge.Dirs = []string{""} },
		"knowledge::refresh_interval: must be at least":  func(c *Config) { c.Knowledge.RefreshInterval = 0 },
		"knowledge::max_files: must be at least 1":       func(c *Config) { c.Knowledge.MaxFiles = 0 },
		"knowledge::max_file_bytes: must be at least 1":  func(c *Config) { c.Knowledge.MaxFileBytes = 0 },
		"knowledge::embeddings::model: is empty":         func(c *Config) { c.Knowledge.Embeddings.Endpoint = "http://127.0.0.1:1" },
		`knowledge::embeddings::endpoint: "x" is no URL`: func(c *Config) { c.Knowledge.Embeddings.Endpoint = "x" },
		`reports::0::name: "" is not 1 to 40`:            func(c *Config) { c.Reports = []ReportConfig{{Config: periodical.Config{Cron: "@weekly"}}} },
		`reports::0::period: "soon" is no time such as`: func(c *Config) {
			c.Reports = []ReportConfig{{Config: periodical.Config{Name: "a", Cron: "@weekly", Period: "soon"}}}
		},
	} {
		cfg := createDefaultConfig().(*Config)
		change(cfg)
		assert.ErrorContains(t, cfg.Validate(), want)
	}
}

func TestConfig_Loopback_NeedsNoAuthentication(t *testing.T) {
	for _, endpoint := range []string{"127.0.0.1:0", "localhost:80", "[::1]:80", "127.9.9.9:1"} {
		cfg := createDefaultConfig().(*Config)
		cfg.HTTP.NetAddr.Endpoint = endpoint
		assert.NoError(t, cfg.Validate(), endpoint)
	}
	for _, endpoint := range []string{":80", "10.0.0.1:80", "[::]:80", "braid.example:80", "nonsense"} {
		cfg := createDefaultConfig().(*Config)
		cfg.HTTP.NetAddr.Endpoint = endpoint
		assert.Error(t, cfg.Validate(), endpoint)
	}
}
