package concurrencyprocessor

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/braidotel/braid/internal/sketch"
)

// Config is the configuration of the concurrency processor. Durations are event time.
type Config struct {
	// Identities are the kinds of identity to count, each apart. Default: session by session.id, user by user.id, client
	// by client.address.
	Identities []IdentityConfig `mapstructure:"identities"`
	// Keys are what counts are kept apart by: attributes of the resource or the item, each for itself; several joined by
	// + are counted together, as in service.name+braid.region. Default service.name.
	Keys []string `mapstructure:"keys"`
	// Total counts over all keys as well. Default true.
	Total bool `mapstructure:"total"`
	// Window is the length of the sliding window. Default 5m.
	Window time.Duration `mapstructure:"window"`
	// Tick is how often a window moves on and a gauge is made, and the width of the narrowest bucket. Default 2s.
	Tick time.Duration `mapstructure:"tick"`
	// Tiers are the widths of the tumbling buckets, each a multiple of the one before. Default 2s, 1m, 5m, 1h.
	Tiers []time.Duration `mapstructure:"tiers"`
	// Precision is the precision of a window with too many identities to count exactly: 14 (0.54 % error, about 180 KiB
	// for a million) or 13 (0.77 %, 105 KiB). Default 14. Buckets always have 14.
	Precision int `mapstructure:"precision"`
	// Secret keys the hashes. Collectors whose sketches shall merge need the same. Default: random.
	Secret configopaque.String `mapstructure:"secret"`
	// Tenant is the resource attribute that names the tenant. Default braid.tenant.
	Tenant string `mapstructure:"tenant"`
	// Lateness is how far out of order items may arrive and still count everywhere. Default 5s.
	Lateness time.Duration `mapstructure:"lateness"`
	// MaxSkew is how far ahead of the wall clock an item may be; what is further ahead counts as if it were not. A longer
	// one would let one wrong clock push the window past everybody else. Default 5s.
	MaxSkew time.Duration `mapstructure:"max_skew"`
	// Clock is live, or replay for recorded data: the wall clock is then never asked. Default live.
	Clock string `mapstructure:"clock"`
	// Limits bound the tables.
	Limits LimitsConfig `mapstructure:"limits"`
	// Metrics configures what leaves through the metrics pipeline.
	Metrics MetricsConfig `mapstructure:"metrics"`
	// Sketches configures what leaves through the logs pipeline.
	Sketches SketchesConfig `mapstructure:"sketches"`
	// Revision says what becomes of data that comes after its bucket has closed.
	Revision RevisionConfig `mapstructure:"revision"`
	// Edge is the name under which this collector reports to a center what it sends. Default none: it does not.
	Edge string `mapstructure:"edge"`
	// Edges makes this collector the center that follows others.
	Edges EdgesConfig `mapstructure:"edges"`
	// Storage is the storage extension that keeps the state over a restart. Default none: state is lost.
	Storage *component.ID `mapstructure:"storage"`
}

// IdentityConfig is one kind of identity.
type IdentityConfig struct {
	// Name is the value of the attribute braid.identity.
	Name string `mapstructure:"name"`
	// Attribute holds the identity, on the item or else on its resource.
	Attribute string `mapstructure:"attribute"`
}

// LimitsConfig bounds the tables.
type LimitsConfig struct {
	// Tenants is the most tenants; what belongs to further ones passes uncounted. Default 1000.
	Tenants int `mapstructure:"tenants"`
	// Keys is the most keys of one tenant; beyond it the least recently seen is given up. Default 10000.
	Keys int `mapstructure:"keys"`
	// Pending is the most gauge points, and the most sketch records, waiting for the next consumer. Default 100000.
	Pending int `mapstructure:"pending"`
	// ValueBytes is the longest identity or key value; a longer one is cut. Default 256.
	ValueBytes int `mapstructure:"value_bytes"`
	// KeptBytes is the most memory that the closed buckets of one tenant take; beyond it the oldest are let go. Default
	// 256 MiB.
	KeptBytes int `mapstructure:"kept_bytes"`
	// Edges is the most edges of one tenant that a center follows. Default 1000.
	Edges int `mapstructure:"edges"`
}

// MetricsConfig configures the gauges.
type MetricsConfig struct {
	// Enabled requires a metrics pipeline to name the component. Default true.
	Enabled bool `mapstructure:"enabled"`
	// Uncertainty adds braid.concurrent_users.uncertainty, the standard error of each count. Default true.
	Uncertainty bool `mapstructure:"uncertainty"`
}

// SketchesConfig configures the braid.sketch records.
type SketchesConfig struct {
	// Enabled requires a logs pipeline to name the component. Default true.
	Enabled bool `mapstructure:"enabled"`
	// Tiers are those of the tiers whose buckets are sent. Default 1m.
	Tiers []time.Duration `mapstructure:"tiers"`
}

const (
	clockLive   = "live"
	clockReplay = "replay"

	maxKeySpecs   = 16
	maxIdentities = 16
	maxAttribute  = 255
	minSecret     = 16
)

func createDefaultConfig() component.Config {
	return &Config{
		Identities: []IdentityConfig{
			{Name: "session", Attribute: "session.id"},
			{Name: "user", Attribute: "user.id"},
			{Name: "client", Attribute: "client.address"},
		},
		Keys:      []string{"service.name"},
		Total:     true,
		Window:    5 * time.Minute,
		Tick:      2 * time.Second,
		Tiers:     []time.Duration{2 * time.Second, time.Minute, 5 * time.Minute, time.Hour},
		Precision: 14,
		Tenant:    "braid.tenant",
		Lateness:  5 * time.Second,
		MaxSkew:   5 * time.Second,
		Clock:     clockLive,
		Limits:    LimitsConfig{Tenants: 1_000, Keys: 10_000, Pending: 100_000, ValueBytes: 256, KeptBytes: 256 << 20, Edges: 1_000},
		Metrics:   MetricsConfig{Enabled: true, Uncertainty: true},
		Sketches:  SketchesConfig{Enabled: true, Tiers: []time.Duration{time.Minute}},
		Revision:  RevisionConfig{Every: time.Minute},
		Edges:     EdgesConfig{SilentAfter: 5 * time.Minute},
	}
}

// Validate reports every error at once, naming the field.
func (c *Config) Validate() error {
	errs := []error{c.validateIdentities(), c.validateKeys(), c.validateTime(), c.Limits.validate(), c.validateCenter()}
	if c.Precision != 13 && c.Precision != 14 {
		errs = append(errs, fmt.Errorf("precision: must be 13 or 14, is %d", c.Precision))
	}
	if c.Secret != "" && len(c.Secret) < minSecret {
		errs = append(errs, fmt.Errorf("secret: needs at least %d characters; `openssl rand -hex 16` makes a good one", minSecret))
	}
	if c.Clock != clockLive && c.Clock != clockReplay {
		errs = append(errs, fmt.Errorf("clock: must be live or replay, is %q", c.Clock))
	}
	for _, tier := range c.Sketches.Tiers {
		if !slices.Contains(c.Tiers, tier) {
			errs = append(errs, fmt.Errorf("sketches::tiers: %s is not one of tiers", tier))
		}
	}
	if c.Sketches.Enabled && len(c.Sketches.Tiers) == 0 {
		errs = append(errs, errors.New("sketches::tiers: is empty; set sketches::enabled: false to send none"))
	}
	return errors.Join(errs...)
}

func (c *Config) validateIdentities() error {
	var errs []error
	if len(c.Identities) == 0 || len(c.Identities) > maxIdentities {
		errs = append(errs, fmt.Errorf("identities: needs 1 to %d, has %d", maxIdentities, len(c.Identities)))
	}
	seen := map[string]bool{}
	for i, id := range c.Identities {
		switch {
		case id.Name == "" || id.Attribute == "":
			errs = append(errs, fmt.Errorf("identities::%d: needs a name and an attribute", i))
		case len(id.Attribute) > maxAttribute:
			errs = append(errs, fmt.Errorf("identities::%d: an attribute's name has at most %d bytes, this has %d",
				i, maxAttribute, len(id.Attribute)))
		case seen[id.Name]:
			errs = append(errs, fmt.Errorf("identities::%d: the name %q is taken", i, id.Name))
		}
		seen[id.Name] = true
	}
	return errors.Join(errs...)
}

func (c *Config) validateKeys() error {
	var errs []error
	if len(c.Keys) > maxKeySpecs {
		errs = append(errs, fmt.Errorf("keys: at most %d, has %d", maxKeySpecs, len(c.Keys)))
	}
	if len(c.Keys) == 0 && !c.Total {
		errs = append(errs, errors.New("keys: is empty and total is false, so nothing is counted"))
	}
	for i, key := range c.Keys {
		names := strings.Split(key, "+")
		for j, name := range names {
			if name == "" || reserved[name] || slices.Contains(names[:j], name) {
				errs = append(errs, fmt.Errorf("keys::%d: %q is not one attribute or several different ones joined by +", i, key))
				break
			}
		}
		if slices.Contains(c.Keys[:i], key) {
			errs = append(errs, fmt.Errorf("keys::%d: %q is there twice", i, key))
		}
	}
	return errors.Join(errs...)
}

func (c *Config) validateTime() error {
	var errs []error
	if c.Tick < time.Millisecond {
		errs = append(errs, fmt.Errorf("tick: must be at least 1ms, is %s", c.Tick))
		return errors.Join(errs...)
	}
	if span := c.Window / c.Tick; c.Window%c.Tick != 0 || span < 1 || span > sketch.MaxSpan {
		errs = append(errs, fmt.Errorf("window: must be 1 to %d ticks of %s, is %s; a longer window needs a longer tick",
			sketch.MaxSpan, c.Tick, c.Window))
	}
	below := c.Tick
	for i, tier := range c.Tiers {
		if tier <= 0 || tier%below != 0 || i > 0 && tier == below {
			errs = append(errs, fmt.Errorf("tiers::%d: must be a multiple of %s, is %s", i, below, tier))
			break
		}
		below = tier
	}
	if c.Lateness < 0 {
		errs = append(errs, fmt.Errorf("lateness: must not be negative, is %s", c.Lateness))
	}
	if c.MaxSkew < 0 {
		errs = append(errs, fmt.Errorf("max_skew: must not be negative, is %s", c.MaxSkew))
	}
	return errors.Join(errs...)
}

func (c *LimitsConfig) validate() error {
	var errs []error
	for _, limit := range []struct {
		name  string
		value int
	}{{"tenants", c.Tenants}, {"keys", c.Keys}, {"pending", c.Pending}, {"value_bytes", c.ValueBytes}, {"kept_bytes", c.KeptBytes}, {"edges", c.Edges}} {
		if limit.value < 1 {
			errs = append(errs, fmt.Errorf("limits::%s: must be at least 1, is %d", limit.name, limit.value))
		}
	}
	return errors.Join(errs...)
}

// plan is the configured ticks, window and tiers.
func (c *Config) plan() *sketch.Plan {
	p := &sketch.Plan{
		Span: int(c.Window / c.Tick), Precision: uint8(c.Precision),
		Reach: int64(c.Revision.Reach / c.Tick), Every: int64(c.Revision.Every / c.Tick),
	}
	for _, tier := range c.Tiers {
		emit := c.Sketches.Enabled && slices.Contains(c.Sketches.Tiers, tier)
		keep := slices.Contains(c.Revision.Keep, tier)
		p.Tiers = append(p.Tiers, sketch.Tier{Ticks: int64(tier / c.Tick), Emit: emit, Keep: keep})
	}
	return p
}
