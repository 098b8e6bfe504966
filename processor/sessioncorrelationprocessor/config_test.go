package sessioncorrelationprocessor

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/xconfmap"

	"github.com/braidotel/braid/internal/configtest"
	"github.com/braidotel/braid/internal/identity"
)

func loadExample(t *testing.T) *Config {
	t.Helper()
	return configtest.Load[*Config](t, createDefaultConfig(), "session_correlation")
}

func TestConfig_Example_IsValidAndWhole(t *testing.T) {
	t.Parallel()
	cfg := loadExample(t)
	require.NoError(t, xconfmap.Validate(cfg))
	storage := component.MustNewID("file_storage")
	assert.Equal(t, &storage, cfg.Storage)
	assert.Equal(t, 5*time.Second, cfg.Wait)
	assert.Equal(t, "device", cfg.Identity.Session[2].Token)
	assert.Equal(t, "^POST$", cfg.Business[0].Match[0].Attributes["http.request.method"], "keys with dots stay keys")

	raw, err := os.ReadFile(filepath.Join("testdata", "config.yaml"))
	require.NoError(t, err)
	leaves("", reflect.ValueOf(*cfg), func(name string, _ reflect.Value) {
		field := name[strings.LastIndex(name, ":")+1:]
		assert.Contains(t, string(raw), field+":", "the example leaves %s out", name)
	})
	configtest.ExampleStandsInReadme(t)
}

// leaves visits every option that is not a group of options.
func leaves(prefix string, v reflect.Value, visit func(name string, v reflect.Value)) {
	for i := range v.NumField() {
		name := prefix + v.Type().Field(i).Tag.Get("mapstructure")
		if v.Field(i).Kind() == reflect.Struct {
			leaves(name+"::", v.Field(i), visit)
		} else {
			visit(name, v.Field(i))
		}
	}
}

// optionTables reads the rows of the README's tables whose header begins with Field, by field.
func optionTables(t *testing.T) map[string][]string {
	t.Helper()
	rows, within := map[string][]string{}, false
	for row := range strings.Lines(configtest.Readme(t)) {
		if !strings.HasPrefix(row, "|") {
			within = false
			continue
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(strings.TrimSpace(row), "|"), " | ") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		if cells[0] == "Field" {
			within = true
		} else if within && !strings.HasPrefix(cells[0], "--") {
			rows[strings.Trim(cells[0], "`")] = cells
		}
	}
	return rows
}

func TestREADME_OptionsTable_SaysEveryFieldAndDefault(t *testing.T) {
	t.Parallel()
	documented := optionTables(t)
	known := map[string]bool{}
	leaves("", reflect.ValueOf(*createDefaultConfig().(*Config)), func(name string, v reflect.Value) {
		known[name] = true
		cells, ok := documented[name]
		if !assert.True(t, ok, "README.md does not list %s", name) || !assert.Len(t, cells, 3, name) {
			return
		}
		if v.Kind() == reflect.Slice && v.Len() > 0 && v.Index(0).Kind() == reflect.Struct {
			assert.Equal(t, "[below](#defaults-in-full)", cells[2], name)
			return
		}
		assert.Equal(t, written(v), strings.ReplaceAll(cells[2], "`", ""), name)
	})
	for prefix, of := range map[string]any{"rule": identity.Rule{}, "matcher": Matcher{}, "business event": BusinessConfig{}} {
		leaves(prefix+": ", reflect.ValueOf(of), func(name string, _ reflect.Value) {
			known[name] = true
			assert.Contains(t, documented, name)
		})
	}
	for name := range documented {
		assert.True(t, known[name], "README.md lists %s, which does not exist", name)
	}
}

// short finds the parts of a duration that nobody writes: the 0s of 1m0s, the 0m0s of 8h0m0s.
var short = regexp.MustCompile(`^(\d+h|\d+m)(0m)?0s$`)

// written is a default as the README writes it.
func written(v reflect.Value) string {
	switch value := v.Interface().(type) {
	case time.Duration:
		return short.ReplaceAllString(value.String(), "$1")
	case []string:
		if len(value) > 0 {
			return strings.Join(value, ", ")
		}
		return "none"
	}
	if v.IsZero() && v.Kind() != reflect.Bool && v.Kind() != reflect.Int {
		return "none"
	}
	return fmt.Sprint(v.Interface())
}

func TestREADME_DefaultsInFull_AreTheDefaults(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, section, ok := strings.Cut(string(raw), "### Defaults in full\n")
	require.True(t, ok)
	_, section, ok = strings.Cut(section, "```yaml\n")
	require.True(t, ok)
	section, _, _ = strings.Cut(section, "```")
	retrieved, err := confmap.NewRetrievedFromYAML([]byte(section))
	require.NoError(t, err)
	conf, err := retrieved.AsConf()
	require.NoError(t, err)
	cfg := createDefaultConfig().(*Config)
	cfg.Login, cfg.Page = LoginConfig{}, PageConfig{}
	require.NoError(t, conf.Unmarshal(cfg))
	assert.Equal(t, createDefaultConfig(), cfg)
}

func TestConfigValidate_Errors_NameFieldAndFix(t *testing.T) {
	t.Parallel()
	require.NoError(t, xconfmap.Validate(createDefaultConfig()))
	rule := func(r identity.Rule) []identity.Rule { return []identity.Rule{r} }
	for name, tc := range map[string]struct {
		change func(*Config)
		want   []string
	}{
		"presets": {func(c *Config) { c.Identity.Presets = []string{"java"} },
			[]string{"identity::presets: must be of semconv, otel_browser, jsessionid", `has "java"`}},
		"session_rule_empty": {func(c *Config) { c.Identity.Session = rule(identity.Rule{}) },
			[]string{"identity::session::0: needs exactly one of attribute, cookie, header, body, metadata, has 0"}},
		"user_rule_two_places": {func(c *Config) { c.Identity.User = rule(identity.Rule{Cookie: "a", Attribute: "b"}) },
			[]string{"identity::user::0: needs exactly one of", "has 2"}},
		"client_rule_expression": {func(c *Config) { c.Identity.Client = rule(identity.Rule{Body: "("}) },
			[]string{"identity::client::0: body: error parsing regexp"}},
		"rule_id_and_token": {func(c *Config) { c.Identity.Session = rule(identity.Rule{Cookie: "a", ID: true, Token: "b"}) },
			[]string{"identity::session::0: id and token exclude each other"}},
		"trusted_proxies": {func(c *Config) { c.Identity.TrustedProxies = []string{"10.0.0.0/8", "proxy"} },
			[]string{`identity::trusted_proxies: "proxy" is neither an address nor a network such as 10.0.0.0/8`}},
		"promote_tokens": {func(c *Config) { c.Identity.PromoteTokens = "maybe" },
			[]string{`identity::promote_tokens: must be root, always or never, is "maybe"`}},
		"promote_after": {func(c *Config) { c.Identity.PromoteAfter = -1 },
			[]string{"identity::promote_after: must not be negative, is -1ns"}},
		"wait": {func(c *Config) { c.Wait = -time.Second }, []string{"wait: must not be negative, is -1s"}},
		"durations": {func(c *Config) {
			c.Session = SessionConfig{Idle: 0, Linger: -1, LongAfter: -1, Remember: -1, TraceTTL: 0}
			c.Lateness, c.MaxSkew = -1, -1
		}, []string{"session::idle: must be positive", "session::linger: must not be negative", "session::long_after: must not be negative",
			"session::remember: must not be negative", "session::trace_ttl: must be positive", "lateness: must not be negative",
			"max_skew: must not be negative"}},
		"metrics_interval": {func(c *Config) { c.Metrics.Interval = 0 }, []string{"metrics::interval: must be positive, is 0s"}},
		"login": {func(c *Config) {
			c.Login = LoginConfig{
				Attempts: []Matcher{{}}, Refused: []Matcher{{Kind: "page", Name: "x"}}, Logouts: []Matcher{{Body: "bye"}}, FloodAttempts: -1,
			}
		}, []string{"login::attempts::0: needs a name, attributes or a body to match",
			`login::refused::0: kind: must be of server, client, internal, span, log, is "page"`,
			"login::logouts::0: body: only log records have one, set kind: log",
			"login::flood_attempts: must not be negative, is -1; 0 turns it off"}},
		"page_expressions": {func(c *Config) {
			c.Page.Match = []Matcher{{Name: "(", Attributes: map[string]string{"http.route": "["}}}
		}, []string{"page::match::0: name: error parsing regexp", "attributes::http.route: error parsing regexp"}},
		"business": {func(c *Config) { c.Business = []BusinessConfig{{Name: "order"}, {Match: []Matcher{{Name: "("}}}} },
			[]string{"business::0: needs a name and a match", "business::1: needs a name and a match", "business::1::match::0: name:"}},
		"business_many": {func(c *Config) { c.Business = make([]BusinessConfig, maxBusiness+1) },
			[]string{"business: at most 64 kinds, has 65"}},
		"pseudonymize": {func(c *Config) { c.Pseudonymize = []string{"session.id"} },
			[]string{`pseudonymize: must be of user.id, client.address, is "session.id"`, "pseudonymize: needs a secret"}},
		"limits": {func(c *Config) { c.Limits = LimitsConfig{} }, []string{"limits::tenants: must be at least 1, is 0",
			"limits::sessions", "limits::traces", "limits::held", "limits::tokens", "limits::counted", "limits::places",
			"limits::clients", "limits::stored", "limits::pending", "limits::cookie_bytes", "limits::value_bytes"}},
		"clock": {func(c *Config) { c.Clock = "wall" }, []string{`clock: must be live or replay, is "wall"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := createDefaultConfig().(*Config)
			tc.change(cfg)
			err := xconfmap.Validate(cfg)
			for _, want := range tc.want {
				require.ErrorContains(t, err, want)
			}
		})
	}
}
