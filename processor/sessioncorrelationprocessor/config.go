package sessioncorrelationprocessor

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configopaque"

	"github.com/braidotel/braid/internal/identity"
	"github.com/braidotel/braid/internal/session"
)

// Config is the configuration of the session_correlation processor. Durations are event time.
type Config struct {
	// Identity says where sessions, users and clients are read. Default: every preset.
	Identity IdentityConfig `mapstructure:"identity"`
	// Wait is the longest a span or log record waits for its identity; 0s never holds anything. Default 2s.
	Wait time.Duration `mapstructure:"wait"`
	// Session bounds a session's life.
	Session SessionConfig `mapstructure:"session"`
	// Login says what a log-in and a log-out are, and how many make a flood.
	Login LoginConfig `mapstructure:"login"`
	// Page says which items show a page, and its name.
	Page PageConfig `mapstructure:"page"`
	// Business are the business events to count.
	Business []BusinessConfig `mapstructure:"business"`
	// Stamp says what is written onto items besides session.id and user.id.
	Stamp StampConfig `mapstructure:"stamp"`
	// Pseudonymize lists the attributes (user.id, client.address) whose values are replaced by a keyed HMAC.
	Pseudonymize []string `mapstructure:"pseudonymize"`
	// Secret keys the pseudonyms and the hashes under which tokens are kept. Default: random at each start.
	Secret configopaque.String `mapstructure:"secret"`
	// Tenant is the resource attribute that names the tenant. Default braid.tenant.
	Tenant string `mapstructure:"tenant"`
	// Limits bound the tables, per tenant.
	Limits LimitsConfig `mapstructure:"limits"`
	// Clock is live, or replay for recorded data: the wall clock is then never asked. Default live.
	Clock string `mapstructure:"clock"`
	// Lateness is how far out of order items may arrive. Default 10s.
	Lateness time.Duration `mapstructure:"lateness"`
	// MaxSkew is how far ahead of the wall clock an item may be. Default 10m.
	MaxSkew time.Duration `mapstructure:"max_skew"`
	// Events configures what leaves through the logs pipeline.
	Events OutputConfig `mapstructure:"events"`
	// Metrics configures what leaves through the metrics pipeline.
	Metrics MetricsConfig `mapstructure:"metrics"`
	// Storage is the storage extension that keeps the state over a restart. Default none: state is lost.
	Storage *component.ID `mapstructure:"storage"`
}

// IdentityConfig says where identities are read: own rules first, then the presets in order; first match wins.
type IdentityConfig struct {
	// Presets are sets of rules by name. Default: all of semconv, otel_browser, jsessionid, khanuser, phpsessid,
	// connect.sid, faro.
	Presets []string `mapstructure:"presets"`
	// Session, User and Client are rules tried before the presets.
	Session []identity.Rule `mapstructure:"session"`
	User    []identity.Rule `mapstructure:"user"`
	Client  []identity.Rule `mapstructure:"client"`
	// TrustedProxies are networks (CIDR or single addresses) that are never visitors and whose forwarding headers are
	// believed. Default none.
	TrustedProxies []string `mapstructure:"trusted_proxies"`
	// KeepSecrets leaves cookies and authorization headers on the items. Default false: dropped after reading.
	KeepSecrets bool `mapstructure:"keep_secrets"`
	// PromoteTokens says when a session cookie that no session.id was seen beside becomes the session id itself: root
	// (only where the trace begins at a server), always, never. Default root.
	PromoteTokens string `mapstructure:"promote_tokens"`
	// PromoteAfter is how long a presented cookie must have been known before promote_tokens: root takes it. Default 1m.
	PromoteAfter time.Duration `mapstructure:"promote_after"`
}

// SessionConfig bounds a session's life.
type SessionConfig struct {
	// Idle ends a session without activity. Default 30m.
	Idle time.Duration `mapstructure:"idle"`
	// Linger is how long after a log-out activity still counts to the ended session. Default 10s.
	Linger time.Duration `mapstructure:"linger"`
	// LongAfter is the length reported as braid.session.long; 0s never. Default 8h.
	LongAfter time.Duration `mapstructure:"long_after"`
	// Remember is how long an ended session still names what comes late. Default 1h.
	Remember time.Duration `mapstructure:"remember"`
	// TraceTTL is how long a trace is remembered after its last item. Default 15s, at least twice the wait.
	TraceTTL time.Duration `mapstructure:"trace_ttl"`
}

// LoginConfig says what a log-in and a log-out are.
type LoginConfig struct {
	// Attempts match attempts to log in. Default: POST to a path ending in login, signin and the like.
	Attempts []Matcher `mapstructure:"attempts"`
	// Refused match those attempts that failed. Default: status 401, 403 or 429.
	Refused []Matcher `mapstructure:"refused"`
	// Logouts match log-outs. Default: a path ending in logout, signout and the like.
	Logouts []Matcher `mapstructure:"logouts"`
	// FloodAttempts is the number of suspicious attempts of one client address in a minute that is a flood; 0 never.
	// Default 60.
	FloodAttempts int `mapstructure:"flood_attempts"`
}

// PageConfig says which items show a page.
type PageConfig struct {
	// Match selects the items. Default: GET at a server.
	Match []Matcher `mapstructure:"match"`
	// Names are the attributes tried for the page's name. Default http.route, url.path.
	Names []string `mapstructure:"names"`
}

// BusinessConfig is one kind of business event.
type BusinessConfig struct {
	// Name is the value of the attribute braid.business.event.
	Name string `mapstructure:"name"`
	// Match selects the items, each counted once.
	Match []Matcher `mapstructure:"match"`
	// Value is the attribute that holds the amount, if any.
	Value string `mapstructure:"value"`
	// Currency is the attribute that holds the amount's currency, if any.
	Currency string `mapstructure:"currency"`
}

// StampConfig says what is written onto items besides session.id and user.id.
type StampConfig struct {
	// Client writes client.address where the item has none. Default false.
	Client bool `mapstructure:"client"`
	// Source writes braid.session.source: attribute, cookie, header, body, metadata or trace. Default true.
	Source bool `mapstructure:"source"`
}

// LimitsConfig bounds the tables of each tenant; what is least recently used gives way, counted.
type LimitsConfig struct {
	// Tenants is the most tenants; further ones share one table. Default 1000.
	Tenants int `mapstructure:"tenants"`
	// Sessions is the most sessions, open or remembered. Default 200000.
	Sessions int `mapstructure:"sessions"`
	// Traces is the most traces remembered. Default 200000.
	Traces int `mapstructure:"traces"`
	// Held is the most groups of items that wait. Default 20000.
	Held int `mapstructure:"held"`
	// Tokens is the most session cookies remembered that belong to no session. Default 100000.
	Tokens int `mapstructure:"tokens"`
	// Counted is the most items remembered so that a second copy counts once. Default 100000.
	Counted int `mapstructure:"counted"`
	// Places is the most combinations of service, host and region counted apart. Default 10000.
	Places int `mapstructure:"places"`
	// Clients is the most client addresses watched for log-in floods. Default 10000.
	Clients int `mapstructure:"clients"`
	// Stored is the most sessions of session stores that are compared with those of traffic. Default 1000000.
	Stored int `mapstructure:"stored"`
	// Pending is the most events and released groups waiting for the next consumer. Default 100000.
	Pending int `mapstructure:"pending"`
	// CookieBytes is the most of a cookie header that is read. Default 8192.
	CookieBytes int `mapstructure:"cookie_bytes"`
	// ValueBytes is the longest identity; a longer one is cut. Default 256.
	ValueBytes int `mapstructure:"value_bytes"`
}

// OutputConfig switches a kind of output.
type OutputConfig struct {
	// Enabled requires a pipeline of that kind to name the component. Default true.
	Enabled bool `mapstructure:"enabled"`
}

// MetricsConfig configures the derived metrics.
type MetricsConfig struct {
	// Enabled requires a metrics pipeline to name the component. Default true.
	Enabled bool `mapstructure:"enabled"`
	// Interval is the event time between two points. Default 10s.
	Interval time.Duration `mapstructure:"interval"`
}

const (
	clockLive   = "live"
	clockReplay = "replay"
)

var promotions = map[string]session.Promotion{
	"root": session.PromoteRoot, "always": session.PromoteAlways, "never": session.PromoteNever,
}

// pseudonymizable are the attributes that pseudonymize may list.
var pseudonymizable = []string{attrUser, attrClient}

func createDefaultConfig() component.Config {
	return &Config{
		Identity: IdentityConfig{
			Presets: identity.PresetNames(), PromoteTokens: "root", PromoteAfter: time.Minute,
		},
		Wait: 2 * time.Second,
		Session: SessionConfig{
			Idle: 30 * time.Minute, Linger: 10 * time.Second, LongAfter: 8 * time.Hour,
			Remember: time.Hour, TraceTTL: 15 * time.Second,
		},
		Login: defaultLogin(),
		Page:  defaultPage(),
		Stamp: StampConfig{Source: true},
		Limits: LimitsConfig{
			Tenants: 1_000, Sessions: 200_000, Traces: 200_000, Held: 20_000, Tokens: 100_000, Counted: 100_000,
			Places: 10_000, Clients: 10_000, Stored: 1_000_000, Pending: 100_000, CookieBytes: 8_192, ValueBytes: 256,
		},
		Tenant:   "braid.tenant",
		Clock:    clockLive,
		Lateness: 10 * time.Second,
		MaxSkew:  10 * time.Minute,
		Events:   OutputConfig{Enabled: true},
		Metrics:  MetricsConfig{Enabled: true, Interval: 10 * time.Second},
	}
}

// Validate reports every error at once, naming the field.
func (c *Config) Validate() error {
	errs := []error{
		c.Identity.validate(), c.Login.validate(), c.Page.validate(), c.Limits.validate(),
		notNegative("wait", c.Wait), positive("session::idle", c.Session.Idle),
		notNegative("session::linger", c.Session.Linger), notNegative("session::long_after", c.Session.LongAfter),
		notNegative("session::remember", c.Session.Remember), positive("session::trace_ttl", c.Session.TraceTTL),
		notNegative("lateness", c.Lateness), notNegative("max_skew", c.MaxSkew),
		notNegative("identity::promote_after", c.Identity.PromoteAfter),
	}
	if c.Metrics.Enabled {
		errs = append(errs, positive("metrics::interval", c.Metrics.Interval))
	}
	if c.Clock != clockLive && c.Clock != clockReplay {
		errs = append(errs, fmt.Errorf("clock: must be live or replay, is %q", c.Clock))
	}
	for i, b := range c.Business {
		if b.Name == "" || len(b.Match) == 0 {
			errs = append(errs, fmt.Errorf("business::%d: needs a name and a match", i))
		}
		errs = append(errs, validateMatchers(fmt.Sprintf("business::%d::match", i), b.Match))
	}
	if len(c.Business) > maxBusiness {
		errs = append(errs, fmt.Errorf("business: at most %d kinds, has %d", maxBusiness, len(c.Business)))
	}
	for _, name := range c.Pseudonymize {
		if !slices.Contains(pseudonymizable, name) {
			errs = append(errs, fmt.Errorf("pseudonymize: must be of %s, is %q", strings.Join(pseudonymizable, ", "), name))
		}
	}
	if len(c.Pseudonymize) > 0 && c.Secret == "" {
		errs = append(errs, errors.New("pseudonymize: needs a secret, the same on every collector that shall agree on the pseudonyms"))
	}
	return errors.Join(errs...)
}

func (c *IdentityConfig) validate() error {
	var errs []error
	for _, name := range c.Presets {
		if _, ok := identity.Presets(name); !ok {
			errs = append(errs, fmt.Errorf("identity::presets: must be of %s, has %q",
				strings.Join(identity.PresetNames(), ", "), name))
		}
	}
	for target, rules := range map[string][]identity.Rule{"session": c.Session, "user": c.User, "client": c.Client} {
		for i, r := range rules {
			if err := r.Validate(); err != nil {
				errs = append(errs, fmt.Errorf("identity::%s::%d: %w", target, i, err))
			}
		}
	}
	if _, err := parsePrefixes(c.TrustedProxies); err != nil {
		errs = append(errs, fmt.Errorf("identity::trusted_proxies: %w", err))
	}
	if _, ok := promotions[c.PromoteTokens]; !ok {
		errs = append(errs, fmt.Errorf("identity::promote_tokens: must be root, always or never, is %q", c.PromoteTokens))
	}
	return errors.Join(errs...)
}

func (c *LoginConfig) validate() error {
	var err error
	if c.FloodAttempts < 0 {
		err = fmt.Errorf("login::flood_attempts: must not be negative, is %d; 0 turns it off", c.FloodAttempts)
	}
	return errors.Join(err, validateMatchers("login::attempts", c.Attempts),
		validateMatchers("login::refused", c.Refused), validateMatchers("login::logouts", c.Logouts))
}

func (c *PageConfig) validate() error { return validateMatchers("page::match", c.Match) }

func (c *LimitsConfig) validate() error {
	var errs []error
	for name, value := range map[string]int{
		"tenants": c.Tenants, "sessions": c.Sessions, "traces": c.Traces, "held": c.Held, "tokens": c.Tokens,
		"counted": c.Counted, "places": c.Places, "clients": c.Clients, "stored": c.Stored,
		"pending":      c.Pending,
		"cookie_bytes": c.CookieBytes, "value_bytes": c.ValueBytes,
	} {
		if value < 1 {
			errs = append(errs, fmt.Errorf("limits::%s: must be at least 1, is %d", name, value))
		}
	}
	return errors.Join(errs...)
}

func notNegative(name string, d time.Duration) error {
	if d < 0 {
		return fmt.Errorf("%s: must not be negative, is %s", name, d)
	}
	return nil
}

func positive(name string, d time.Duration) error {
	if d <= 0 {
		return fmt.Errorf("%s: must be positive, is %s", name, d)
	}
	return nil
}

// parsePrefixes reads networks and single addresses.
func parsePrefixes(networks []string) ([]netip.Prefix, error) {
	prefixes := make([]netip.Prefix, 0, len(networks))
	for _, network := range networks {
		if address, err := netip.ParseAddr(network); err == nil {
			prefixes = append(prefixes, netip.PrefixFrom(address, address.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(network)
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address nor a network such as 10.0.0.0/8", network)
		}
		prefixes = append(prefixes, prefix.Masked())
	}
	return prefixes, nil
}

// rules puts the configured rules before those of the presets.
func (c *Config) rules() (identity.Rules, error) {
	prefixes, err := parsePrefixes(c.Identity.TrustedProxies)
	rules := identity.Rules{
		Session: slices.Clone(c.Identity.Session), User: slices.Clone(c.Identity.User),
		Client: slices.Clone(c.Identity.Client), TrustedProxies: prefixes,
		MaxCookieBytes: c.Limits.CookieBytes, MaxValueBytes: c.Limits.ValueBytes,
	}
	for _, name := range c.Identity.Presets {
		preset, _ := identity.Presets(name)
		rules.Session = append(rules.Session, preset.Session...)
		rules.User = append(rules.User, preset.User...)
		rules.Client = append(rules.Client, preset.Client...)
	}
	return rules, err
}

func validateMatchers(name string, matchers []Matcher) error {
	var errs []error
	for i := range matchers {
		if err := matchers[i].validate(); err != nil {
			errs = append(errs, fmt.Errorf("%s::%d: %w", name, i, err))
		}
	}
	return errors.Join(errs...)
}

func compiles(name, expression string) error {
	if _, err := regexp.Compile(expression); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
