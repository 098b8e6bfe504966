package llmsummaryexporter

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/exporter/exporterhelper"

	"github.com/braidotel/braid/internal/periodical"
	"github.com/braidotel/braid/internal/pii"
)

// Config is the configuration of the LLM summary exporter.
type Config struct {
	// Timeout ends one attempt to store summaries. Default 30s.
	Timeout exporterhelper.TimeoutConfig `mapstructure:",squash"`
	// Retry is what happens while the store fails. Default max_elapsed_time 0s: it is tried until it works.
	Retry configretry.BackOffConfig `mapstructure:"retry_on_failure"`
	// Queue is where events wait. Default exporterhelper's.
	Queue configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`
	// History is the history extension that keeps summaries and the audit of calls; without one they are not kept.
	History *component.ID `mapstructure:"history"`
	// File is a file that summaries are appended to, a line of OTLP JSON each. Default none.
	File string `mapstructure:"file"`
	// Languages are those that summaries are written in. Default ko.
	Languages []string `mapstructure:"languages"`
	// PseudonymKey keys what stands for users and addresses in texts, at least 16 bytes. Default a random one at each start.
	PseudonymKey configopaque.String `mapstructure:"pseudonym_key"`
	// Models are the language models that may phrase summaries, the preferred first. Default none: no call is ever made.
	Models []ModelConfig `mapstructure:"models"`
	// Prompts is where prompts come from.
	Prompts PromptsConfig `mapstructure:"prompts"`
	// Calls bounds calls of models.
	Calls CallsConfig `mapstructure:"calls"`
	// Reports are written by the clock, of the figures that pass through the metrics pipelines that name this exporter: for
	// collectors without a history, as the assistant's reports say more, and more exactly. Periods are yesterday, last_week (from
	// Monday on) and last_month, in UTC unless a report names its zone, in the first of languages. Default none.
	Reports []periodical.Config `mapstructure:"reports"`
	// Storage is the storage extension that keeps, over a restart, figures of reports, silences, what was sent and the threads
	// of messages. Default none: they are kept in memory.
	Storage *component.ID `mapstructure:"storage"`
	// Notifications send summaries to people. Default none.
	Notifications NotificationsConfig `mapstructure:"notifications"`
}

// NotificationsConfig is how people are told.
type NotificationsConfig struct {
	// File is an Alertmanager configuration: routes, receivers, time intervals. Default none: nobody is told.
	File string `mapstructure:"file"`
	// SigningSecret signs webhooks, at least 16 bytes. Default none: they are not signed.
	SigningSecret configopaque.String `mapstructure:"signing_secret"`
	// Link is the address of the assistant's page, which messages link into. Default none.
	Link string `mapstructure:"link"`
	// Silences serves Alertmanager's API for silences: the collector's own server settings. Default none.
	Silences configoptional.Optional[confighttp.ServerConfig] `mapstructure:"silences"`
	// Lapse is after how long an event of which nothing is heard is taken for resolved. Default 24h.
	Lapse time.Duration `mapstructure:"lapse"`
}

// ModelConfig is one language model.
type ModelConfig struct {
	// Name is what records call it.
	Name string `mapstructure:"name"`
	// Provider is the protocol: openai or anthropic.
	Provider string `mapstructure:"provider"`
	// Endpoint is the base URL; default the provider's own.
	Endpoint string `mapstructure:"endpoint"`
	// Model is what the endpoint calls it.
	Model string `mapstructure:"model"`
	// APIKey is the key.
	APIKey configopaque.String `mapstructure:"api_key"`
	// Local marks a model that personal data may go to. Default false.
	Local bool `mapstructure:"local"`
	// Tasks and Languages are what it is used for. Default all.
	Tasks     []string `mapstructure:"tasks"`
	Languages []string `mapstructure:"languages"`
	// InputPrice and OutputPrice are those of a million tokens. Default 0.
	InputPrice  float64 `mapstructure:"input_price"`
	OutputPrice float64 `mapstructure:"output_price"`
}

// PromptsConfig is where prompts come from.
type PromptsConfig struct {
	// Dir is a directory of prompts over those embedded. Default none.
	Dir string `mapstructure:"dir"`
	// Label is the label whose versions are used. Default production.
	Label string `mapstructure:"label"`
}

// CallsConfig bounds calls of models.
type CallsConfig struct {
	// Timeout ends one call, Deadline all calls for one summary. Defaults 10s and 25s.
	Timeout  time.Duration `mapstructure:"timeout"`
	Deadline time.Duration `mapstructure:"deadline"`
	// Attempts is how often a call that failed in passing is tried. Default 2.
	Attempts int `mapstructure:"attempts"`
	// Failures in a row keep a model from being called for Rest. Defaults 3 and 1m.
	Failures uint32        `mapstructure:"failures"`
	Rest     time.Duration `mapstructure:"rest"`
	// PerHour and CostPerHour are the most calls and the most cost in an hour. Defaults 60 and 0: no bound.
	PerHour     int     `mapstructure:"per_hour"`
	CostPerHour float64 `mapstructure:"cost_per_hour"`
	// Waiting is the most summaries that wait for a model; further ones keep their template. Default 100.
	Waiting int `mapstructure:"waiting"`
	// Refresh is how often a model is asked again about an event of which only figures changed. Default 5m.
	Refresh time.Duration `mapstructure:"refresh"`
}

func createDefaultConfig() component.Config {
	retry := configretry.NewDefaultBackOffConfig()
	retry.MaxElapsedTime = 0
	return &Config{
		Timeout:   exporterhelper.TimeoutConfig{Timeout: 30 * time.Second},
		Retry:     retry,
		Queue:     configoptional.Some(exporterhelper.NewDefaultQueueConfig()),
		Languages: []string{"ko"},
		Prompts:   PromptsConfig{Label: "production"},
		Calls: CallsConfig{
			Timeout: 10 * time.Second, Deadline: 25 * time.Second, Attempts: 2, Failures: 3, Rest: time.Minute, PerHour: 60, Waiting: 100,
			Refresh: 5 * time.Minute,
		},
		Notifications: NotificationsConfig{Lapse: 24 * time.Hour, Silences: configoptional.Default(confighttp.NewDefaultServerConfig())},
	}
}

// Validate reports every error at once, naming the field.
func (c *Config) Validate() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.History == nil && c.File == "" {
		wrong("history or file: one must be set, or summaries would go nowhere")
	}
	if len(c.Languages) == 0 {
		wrong("languages: name ko, en or both")
	}
	for _, l := range c.Languages {
		if l != "ko" && l != "en" {
			wrong("languages: %q must be ko or en", l)
		}
	}
	if n := len(c.PseudonymKey); n > 0 && n < pii.MinKey {
		wrong("pseudonym_key: must have at least %d bytes, has %d", pii.MinKey, n)
	}
	errs = append(errs, c.Notifications.validate())
	names := map[string]bool{}
	for i := range c.Models {
		if err := c.Models[i].validate(); err != nil {
			wrong("models[%d]: %w", i, err)
		}
		if names[c.Models[i].Name] {
			wrong("models[%d]::name: %q is taken", i, c.Models[i].Name)
		}
		names[c.Models[i].Name] = true
	}
	return errors.Join(append(errs, c.validateReports(), c.Calls.validate())...)
}

func (n *NotificationsConfig) validate() error {
	var errs []error
	if l := len(n.SigningSecret); l > 0 && l < pii.MinKey {
		errs = append(errs, fmt.Errorf("notifications::signing_secret: must have at least %d bytes, has %d", pii.MinKey, l))
	}
	if u, err := url.Parse(n.Link); n.Link != "" && (err != nil || u.Host == "") {
		errs = append(errs, fmt.Errorf("notifications::link: must be a URL such as https://braid.example.org, is %q", n.Link))
	}
	if n.Lapse <= 0 {
		errs = append(errs, fmt.Errorf("notifications::lapse: must be positive, is %s", n.Lapse))
	}
	if s := n.Silences.Get(); s != nil {
		if n.File == "" {
			errs = append(errs, errors.New("notifications::silences: there is nothing to silence without notifications::file"))
		}
		if !loopback(s.NetAddr.Endpoint) && !s.Auth.HasValue() {
			errs = append(errs, fmt.Errorf("notifications::silences::auth: %s can be reached from elsewhere; name an authenticator, or listen on 127.0.0.1", s.NetAddr.Endpoint))
		}
	}
	return errors.Join(errs...)
}

func (m *ModelConfig) validate() error {
	var errs []error
	if m.Name == "" {
		errs = append(errs, errors.New("name: is missing"))
	}
	if m.Model == "" {
		errs = append(errs, errors.New("model: is missing: what the endpoint calls it"))
	}
	if m.Provider != "openai" && m.Provider != "anthropic" {
		errs = append(errs, fmt.Errorf("provider: must be openai or anthropic, is %q", m.Provider))
	}
	if u, err := url.Parse(m.Endpoint); m.Endpoint != "" && (err != nil || !slices.Contains([]string{"http", "https"}, u.Scheme) || u.Host == "") {
		errs = append(errs, fmt.Errorf("endpoint: must be a URL such as http://127.0.0.1:11434/v1, is %q", m.Endpoint))
	}
	if m.InputPrice < 0 || m.OutputPrice < 0 {
		errs = append(errs, errors.New("input_price and output_price: must not be negative"))
	}
	return errors.Join(errs...)
}

func (c *CallsConfig) validate() error {
	var errs []error
	for _, f := range []struct {
		name  string
		value time.Duration
	}{{"timeout", c.Timeout}, {"deadline", c.Deadline}, {"rest", c.Rest}, {"refresh", c.Refresh}} {
		if f.value <= 0 {
			errs = append(errs, fmt.Errorf("calls::%s: must be positive, is %s", f.name, f.value))
		}
	}
	if c.Attempts < 1 || c.Failures < 1 || c.Waiting < 1 {
		errs = append(errs, errors.New("calls::attempts, failures and waiting: must be at least 1"))
	}
	if c.PerHour < 0 || c.CostPerHour < 0 {
		errs = append(errs, errors.New("calls::per_hour and cost_per_hour: must not be negative"))
	}
	return errors.Join(errs...)
}
