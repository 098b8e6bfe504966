package llmsummaryexporter

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
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

func TestConfig_Examples_AreValid(t *testing.T) {
	for _, id := range []string{"llm_summary", "llm_summary/local", "llm_summary/claude", "llm_summary/edge"} {
		require.NoError(t, xconfmap.Validate(load(t, id)), id)
	}
	assert.Empty(t, createDefaultConfig().(*Config).Models, "no model, no call")
}

func TestConfig_Wrong_NamesTheField(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"history or file":    func(c *Config) { c.History = nil },
		"languages: name ko": func(c *Config) { c.Languages = nil },
		`"fr" must be`:       func(c *Config) { c.Languages = []string{"fr"} },
		"pseudonym_key":      func(c *Config) { c.PseudonymKey = "short" },
		"models[0]: name":    func(c *Config) { c.Models = []ModelConfig{{Provider: "openai", Model: "m"}} },
		"models[0]: model":   func(c *Config) { c.Models = []ModelConfig{{Name: "a", Provider: "openai"}} },
		"provider: must be":  func(c *Config) { c.Models = []ModelConfig{{Name: "a", Provider: "x", Model: "m"}} },
		"endpoint: must be": func(c *Config) {
			c.Models = []ModelConfig{{Name: "a", Provider: "openai", Model: "m", Endpoint: "ollama:1"}}
		},
		"input_price": func(c *Config) { c.Models = []ModelConfig{{Name: "a", Provider: "openai", Model: "m", InputPrice: -1}} },
		`models[1]::name: "a"`: func(c *Config) {
			m := ModelConfig{Name: "a", Provider: "openai", Model: "m"}
			c.Models = []ModelConfig{m, m}
		},
		"calls::timeout":                func(c *Config) { c.Calls.Timeout = 0 },
		"calls::attempts":               func(c *Config) { c.Calls.Attempts = 0 },
		"notifications::signing_secret": func(c *Config) { c.Notifications.SigningSecret = "short" },
		"notifications::link":           func(c *Config) { c.Notifications.Link = "braid" },
		"notifications::lapse":          func(c *Config) { c.Notifications.Lapse = 0 },
		"notifications::silences: there is nothing": func(c *Config) {
			server := confighttp.NewDefaultServerConfig()
			server.NetAddr.Endpoint = "127.0.0.1:9093"
			c.Notifications.Silences = configoptional.Some(server)
		},
		"notifications::silences::auth: 0.0.0.0:9093": func(c *Config) {
			server := confighttp.NewDefaultServerConfig()
			server.NetAddr.Endpoint = "0.0.0.0:9093"
			c.Notifications.File, c.Notifications.Silences = "a.yml", configoptional.Some(server)
		},
		"calls::per_hour":    func(c *Config) { c.Calls.PerHour = -1 },
		"reports::0::name":   func(c *Config) { c.Reports = []periodical.Config{{Name: "Weekly", Cron: "@weekly"}} },
		"reports::0::period": func(c *Config) { c.Reports = []periodical.Config{{Name: "weekly", Cron: "@weekly", Period: "week"}} },
		"reports::0::to::receivers": func(c *Config) {
			c.Reports = []periodical.Config{{Name: "weekly", Cron: "@weekly", To: periodical.To{Receivers: []string{"board"}}}}
		},
	} {
		cfg := createDefaultConfig().(*Config)
		id := component.MustNewID("history")
		cfg.History = &id
		require.NoError(t, cfg.Validate())
		change(cfg)
		assert.ErrorContains(t, cfg.Validate(), want)
	}
}

// TestConfig_Marshalled_HidesSecrets: what shows the effective configuration shows none of its secrets.
func TestConfig_Marshalled_HidesSecrets(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	const canary = "canary-9d1e77c4b2"
	cfg.PseudonymKey, cfg.Notifications.SigningSecret = canary, canary
	cfg.Models = []ModelConfig{{Name: "a", Provider: "openai", Model: "m", APIKey: canary}}
	conf := confmap.New()
	require.NoError(t, conf.Marshal(cfg))
	assert.NotContains(t, fmt.Sprint(conf.ToStringMap()), canary)
	assert.NotContains(t, fmt.Sprintf("%+v", cfg), canary)
}

func TestReadme_Example_IsTheConfig(t *testing.T) {
	configtest.ExampleStandsInReadme(t)
}

func TestReadme_OptionsTable_NamesEveryField(t *testing.T) {
	readme := configtest.Readme(t)
	conf := confmap.New()
	require.NoError(t, conf.Marshal(createDefaultConfig()))
	for _, key := range conf.AllKeys() {
		if !strings.HasPrefix(key, "sending_queue") && !strings.HasPrefix(key, "retry_on_failure") {
			assert.Contains(t, readme, "`"+key+"`")
		}
	}
}
