package seasonalityprocessor

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
)

// Config is the configuration of the seasonality processor. Durations are event time, but for checkpoint.
type Config struct {
	// Metrics are the rules that select series, in order; the first that matches a data point decides. Default none.
	Metrics []RuleConfig `mapstructure:"metrics"`
	// Defaults appends the rules that the README lists. Default true.
	Defaults bool `mapstructure:"defaults"`
	// Interval is the grid on which points are gathered into one value, and the pace of what is emitted. Default 1m.
	Interval time.Duration `mapstructure:"interval"`
	// Lateness is how long after its end an interval without newer points stays open. Default 15s.
	Lateness time.Duration `mapstructure:"lateness"`
	// MaxSkew is how far ahead of the wall clock a point may be; one further ahead counts as if it were not. Keep it
	// short: one wrong clock ends the intervals of all. Default 5s.
	MaxSkew time.Duration `mapstructure:"max_skew"`
	// Silence is how long a series may send nothing before its episode ends. Default 10m.
	Silence time.Duration `mapstructure:"silence"`
	// Clock is live, or replay for recorded data: the wall clock is then never asked. Default live.
	Clock string `mapstructure:"clock"`
	// Tenant is the resource attribute that names the tenant. Default braid.tenant.
	Tenant string `mapstructure:"tenant"`
	// Emit says what is emitted and how often.
	Emit EmitConfig `mapstructure:"emit"`
	// MaxSeries is the most series of a tenant, each a model of up to 8 KB; beyond it the least recently seen are given up.
	// Default 100000.
	MaxSeries int `mapstructure:"max_series"`
	// MaxStreams is the most streams, as they arrive, of a tenant. Default 400000.
	MaxStreams int `mapstructure:"max_streams"`
	// MaxTenants is the most tenants; what belongs to further ones passes unlearnt. Default 100.
	MaxTenants int `mapstructure:"max_tenants"`
	// MaxPending is the most points waiting for the next consumer; beyond it the oldest are given up. Default 1000000.
	MaxPending int `mapstructure:"max_pending"`
	// Storage is the storage extension that keeps what was learnt over a restart. Default none: it is lost.
	Storage *component.ID `mapstructure:"storage"`
	// Checkpoint is how often each series is stored, and what a crash costs of what was learnt. Default 5m.
	Checkpoint time.Duration `mapstructure:"checkpoint"`
}

// EmitConfig says what is emitted, each at a multiple of interval; 0 is never.
type EmitConfig struct {
	// Baseline is the pace of braid.baseline. Default 1m.
	Baseline time.Duration `mapstructure:"baseline"`
	// Score is the pace of braid.anomaly.score. Default 1m.
	Score time.Duration `mapstructure:"score"`
	// Forecast is the pace of braid.forecast, for rules with limits or forecast: true. Default 2m.
	Forecast time.Duration `mapstructure:"forecast"`
	// Probability is the pace of braid.threshold.probability and braid.threshold.time_to, for rules with limits. Default 2m.
	Probability time.Duration `mapstructure:"probability"`
	// Comparison is the pace of braid.comparison. Default 0s.
	Comparison time.Duration `mapstructure:"comparison"`
	// Horizons are how far ahead forecasts and probabilities look. Default 1h, 3h, 6h, 24h.
	Horizons []time.Duration `mapstructure:"horizons"`
}

const (
	clockLive   = "live"
	clockReplay = "replay"

	maxRules    = 1000
	maxHorizons = 16
	maxHorizon  = 8 * 24 * time.Hour
)

func createDefaultConfig() component.Config {
	return &Config{
		Defaults: true,
		Interval: time.Minute,
		Lateness: 15 * time.Second,
		MaxSkew:  5 * time.Second,
		Silence:  10 * time.Minute,
		Clock:    clockLive,
		Tenant:   "braid.tenant",
		Emit: EmitConfig{
			Baseline: time.Minute, Score: time.Minute, Forecast: 2 * time.Minute, Probability: 2 * time.Minute,
			Horizons: []time.Duration{time.Hour, 3 * time.Hour, 6 * time.Hour, 24 * time.Hour},
		},
		MaxSeries:  100_000,
		MaxStreams: 400_000,
		MaxTenants: 100,
		MaxPending: 1_000_000,
		Checkpoint: 5 * time.Minute,
	}
}

// Validate reports every error at once, naming the field.
func (c *Config) Validate() error {
	errs := []error{c.validateTime(), c.validateEmit()}
	if len(c.Metrics) == 0 && !c.Defaults {
		errs = append(errs, errors.New("metrics: is empty and defaults is false, so nothing is learnt"))
	}
	if len(c.Metrics) > maxRules {
		errs = append(errs, fmt.Errorf("metrics: at most %d rules, has %d", maxRules, len(c.Metrics)))
	}
	for i := range c.Metrics {
		if err := c.Metrics[i].validate(c.Interval); err != nil {
			errs = append(errs, fmt.Errorf("metrics::%d: %w", i, err))
		}
	}
	if c.Clock != clockLive && c.Clock != clockReplay {
		errs = append(errs, fmt.Errorf("clock: must be live or replay, is %q", c.Clock))
	}
	for _, limit := range []struct {
		name  string
		value int
	}{
		{"max_series", c.MaxSeries}, {"max_streams", c.MaxStreams},
		{"max_tenants", c.MaxTenants}, {"max_pending", c.MaxPending},
	} {
		if limit.value < 1 {
			errs = append(errs, fmt.Errorf("%s: must be at least 1, is %d", limit.name, limit.value))
		}
	}
	return errors.Join(errs...)
}

func (c *Config) validateTime() error {
	var errs []error
	if c.Interval < time.Second || c.Interval > time.Hour {
		errs = append(errs, fmt.Errorf("interval: must be 1s to 1h, is %s", c.Interval))
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{{"lateness", c.Lateness}, {"max_skew", c.MaxSkew}, {"silence", c.Silence}} {
		if d.value < 0 {
			errs = append(errs, fmt.Errorf("%s: must not be negative, is %s", d.name, d.value))
		}
	}
	if c.Checkpoint < time.Second {
		errs = append(errs, fmt.Errorf("checkpoint: must be at least 1s, is %s", c.Checkpoint))
	}
	return errors.Join(errs...)
}

func (c *Config) validateEmit() error {
	var errs []error
	for _, pace := range []struct {
		name  string
		value time.Duration
	}{
		{"baseline", c.Emit.Baseline}, {"score", c.Emit.Score}, {"forecast", c.Emit.Forecast},
		{"probability", c.Emit.Probability}, {"comparison", c.Emit.Comparison},
	} {
		if pace.value < 0 || c.Interval > 0 && pace.value%c.Interval != 0 {
			errs = append(errs, fmt.Errorf("emit::%s: must be a multiple of interval (%s), or 0s for never, is %s",
				pace.name, c.Interval, pace.value))
		}
	}
	if len(c.Emit.Horizons) > maxHorizons {
		errs = append(errs, fmt.Errorf("emit::horizons: at most %d, has %d", maxHorizons, len(c.Emit.Horizons)))
	}
	for i, h := range c.Emit.Horizons {
		if h <= 0 || h > maxHorizon || i > 0 && h <= c.Emit.Horizons[i-1] {
			errs = append(errs, fmt.Errorf("emit::horizons::%d: must be above the one before and at most %s, is %s",
				i, maxHorizon, h))
		}
	}
	return errors.Join(errs...)
}
