package seasonalityprocessor

import (
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/braidotel/braid/internal/configtest"
	"github.com/braidotel/braid/internal/eventtime"
)

func load(t *testing.T, id string) *Config {
	t.Helper()
	return configtest.Load[*Config](t, createDefaultConfig(), id)
}

func TestConfig_Example_IsValid(t *testing.T) {
	assert.Equal(t, createDefaultConfig(), load(t, "seasonality"))
	cfg := load(t, "seasonality/shop")
	require.NoError(t, cfg.Validate())
	assert.Len(t, cfg.Metrics, 3)
	assert.Equal(t, component.MustNewID("file_storage"), *cfg.Storage)
}

func TestConfig_Example_StandsInTheReadme(t *testing.T) {
	configtest.ExampleStandsInReadme(t)
}

// Every option stands in the table, with the default it has.
func TestConfig_OptionsTable_NamesEveryFieldAndDefault(t *testing.T) {
	table := configtest.Defaults(t)
	conf := confmap.New()
	require.NoError(t, conf.Marshal(createDefaultConfig()))
	for _, key := range conf.AllKeys() {
		want, ok := table[key]
		if !assert.True(t, ok, "%s is not in the table", key) {
			continue
		}
		value := conf.Get(key)
		if v := reflect.ValueOf(value); value == nil || v.Kind() == reflect.Slice {
			continue // written for people
		}
		if d, err := time.ParseDuration(fmt.Sprint(value)); err == nil {
			value = eventtime.Text(d)
		}
		assert.Equal(t, want, fmt.Sprint(value), key)
	}
	for field := range reflect.TypeFor[RuleConfig]().Fields() {
		assert.Contains(t, table, "metrics[]::"+field.Tag.Get("mapstructure"))
	}
}

func TestConfig_DefaultRules_AreValidAndStandInTheReadme(t *testing.T) {
	readme := configtest.Readme(t)
	for i, r := range defaultRules() {
		require.NoError(t, r.validate(time.Minute), "%d", i)
		for _, name := range r.Names {
			assert.Contains(t, readme, "`"+name+"`")
		}
	}
}

// Receivers of the contrib distribution name states by the older conventions, SDKs and agents by the newer.
func TestConfig_DefaultLimits_HoldByBothNamesOfAState(t *testing.T) {
	r := compileRules(NewFactory().CreateDefaultConfig().(*Config))
	for _, c := range []struct {
		metric, key, state string
		limits             int
	}{
		{"system.cpu.utilization", "state", "idle", 1}, {"system.cpu.utilization", "cpu.mode", "idle", 1}, {"system.cpu.utilization", "cpu.mode", "user", 0},
		{"system.memory.utilization", "state", "used", 1}, {"system.memory.utilization", "system.memory.state", "used", 1},
		{"system.memory.utilization", "system.memory.state", "free", 0}, {"system.paging.utilization", "system.paging.state", "used", 1},
	} {
		attrs := pcommon.NewMap()
		attrs.PutStr(c.key, c.state)
		rule := ruleOf(r.named(c.metric), attrs, pcommon.NewMap())
		require.NotNil(t, rule, c)
		assert.Len(t, rule.cfg.Limits, c.limits, "%v", c)
		for _, processor := range []string{"cpu", "cpu.logical_number"} {
			assert.Equal(t, c.metric != "system.cpu.utilization", rule.keep(processor), "%v", c)
		}
	}
}

func TestConfig_Mistakes_AreNamedWithTheirFix(t *testing.T) {
	one, two := 1.0, 2.0
	rule := func(change func(*RuleConfig)) func(*Config) {
		return func(c *Config) {
			c.Metrics = []RuleConfig{{Names: []string{"a"}}}
			change(&c.Metrics[0])
		}
	}
	for want, change := range map[string]func(*Config){
		"metrics: is empty and defaults":             func(c *Config) { c.Defaults = false },
		"metrics: at most 1000":                      func(c *Config) { c.Metrics = make([]RuleConfig, 1001) },
		"interval: must be 1s to 1h":                 func(c *Config) { c.Interval = 0 },
		"lateness: must not":                         func(c *Config) { c.Lateness = -1 },
		"max_skew: must not":                         func(c *Config) { c.MaxSkew = -1 },
		"silence: must not":                          func(c *Config) { c.Silence = -1 },
		"checkpoint: must be":                        func(c *Config) { c.Checkpoint = 0 },
		"clock: must be live or":                     func(c *Config) { c.Clock = "sundial" },
		"max_series: must be":                        func(c *Config) { c.MaxSeries = 0 },
		"max_streams: must be":                       func(c *Config) { c.MaxStreams = 0 },
		"max_tenants: must be":                       func(c *Config) { c.MaxTenants = 0 },
		"max_pending: must be":                       func(c *Config) { c.MaxPending = 0 },
		"emit::score: must be a multiple":            func(c *Config) { c.Emit.Score = 90 * time.Second },
		"emit::horizons: at most 16":                 func(c *Config) { c.Emit.Horizons = make([]time.Duration, 17) },
		"emit::horizons::1: must be above":           func(c *Config) { c.Emit.Horizons[1] = time.Hour },
		"emit::horizons::3: must be above":           func(c *Config) { c.Emit.Horizons[3] = 1000 * time.Hour },
		"metrics::0: names: needs":                   rule(func(r *RuleConfig) { r.Names = nil }),
		"metrics::0: values: must":                   rule(func(r *RuleConfig) { r.Values = []string{"mode"} }),
		"metrics::0: errors: is empty":               rule(func(r *RuleConfig) { r.Values = []string{ofErrorRatio} }),
		"metrics::0: quantiles":                      rule(func(r *RuleConfig) { r.Quantiles = []float64{.9, .5} }),
		"metrics::0: by: cannot":                     rule(func(r *RuleConfig) { r.By, r.Drop = []string{"a"}, []string{"b"} }),
		"metrics::0: attributes::a: error parsing":   rule(func(r *RuleConfig) { r.Attributes = map[string]string{"a": "("} }),
		"metrics::0: errors::a: error parsing":       rule(func(r *RuleConfig) { r.Errors = map[string]string{"a": "("} }),
		"metrics::0: season: must":                   rule(func(r *RuleConfig) { r.Season = "month" }),
		"metrics::0: time_zone: must":                rule(func(r *RuleConfig) { r.TimeZone = "Mars/Olympus" }),
		"metrics::0: direction: must":                rule(func(r *RuleConfig) { r.Direction = "up" }),
		"metrics::0: floor: must be below":           rule(func(r *RuleConfig) { r.Floor, r.Ceiling = &two, &one }),
		"metrics::0: min_dev: must":                  rule(func(r *RuleConfig) { r.MinDev = math.NaN() }),
		"metrics::0: threshold: must":                rule(func(r *RuleConfig) { r.Threshold = 1 }),
		"metrics::0: interval: must be a multiple":   rule(func(r *RuleConfig) { r.Interval = 90 * time.Second }),
		"metrics::0: limits: at most":                rule(func(r *RuleConfig) { r.Limits = make([]LimitConfig, 17) }),
		"metrics::0: limits::0: needs a name":        rule(func(r *RuleConfig) { r.Limits = []LimitConfig{{}} }),
		"metrics::0: limits::0: the value must be":   rule(func(r *RuleConfig) { r.Limits = []LimitConfig{{Name: "a", Value: math.Inf(1)}} }),
		`metrics::0: limits::1: the name "a" is`:     rule(func(r *RuleConfig) { r.Limits = []LimitConfig{{Name: "a"}, {Name: "a"}} }),
		`metrics::0: limits::0: of: "p42" is not le`: rule(func(r *RuleConfig) { r.Limits = []LimitConfig{{Name: "a", Of: "p42"}} }),
	} {
		cfg := createDefaultConfig().(*Config)
		require.NoError(t, cfg.Validate())
		change(cfg)
		assert.ErrorContains(t, cfg.Validate(), want)
	}
}
