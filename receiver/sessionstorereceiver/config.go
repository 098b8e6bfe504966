package sessionstorereceiver

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configtls"
	"go.opentelemetry.io/collector/confmap"
)

// Config is the configuration of the session_store receiver.
type Config struct {
	// Stores are the session stores by name.
	Stores map[string]StoreConfig `mapstructure:"stores"`
	// Secret keys the hashes that session ids leave as: the same as that of session_correlation.
	Secret configopaque.String `mapstructure:"secret"`
	// SessionIDs is hash, or plain to let ids leave as they are. Default hash.
	SessionIDs string `mapstructure:"session_ids"`
	// Users is plain, pseudonym (an HMAC under the secret) or none. Default plain.
	Users string `mapstructure:"users"`
	// DuplicateLogins says which sessions of one user are told of: any, same_store or none. Default any.
	DuplicateLogins string `mapstructure:"duplicate_logins"`
	// Tenant is the value of braid.tenant. Default none.
	Tenant string `mapstructure:"tenant"`
	// Limits bound what is kept.
	Limits LimitsConfig `mapstructure:"limits"`
	// Events configures what leaves through the logs pipeline.
	Events OutputConfig `mapstructure:"events"`
	// Metrics configures what leaves through the metrics pipeline.
	Metrics MetricsConfig `mapstructure:"metrics"`
}

// StoreConfig is one session store: one of Redis and SQL.
type StoreConfig struct {
	// Format is how sessions are laid out: spring, redisson, connect_redis, php, hash, json or spring_jdbc.
	Format string `mapstructure:"format"`
	// Redis is Redis, Valkey, or a cluster of either.
	Redis configoptional.Optional[RedisConfig] `mapstructure:"redis"`
	// SQL is a database.
	SQL configoptional.Optional[SQLConfig] `mapstructure:"sql"`
	// Prefix is what the sessions' keys begin with, or the sessions' table. Default that of the format.
	Prefix string `mapstructure:"prefix"`
	// Cookie is how the browser shows the session. Default that of the format.
	Cookie CookieConfig `mapstructure:"cookie"`
	// Fields are read besides what the format knows.
	Fields FieldsConfig `mapstructure:"fields"`
	// FullView is the time between two full views where the store tells of changes by itself. Default 10m.
	FullView time.Duration `mapstructure:"full_view"`
	// Poll is the time between two full views where it does not. Default 1m.
	Poll time.Duration `mapstructure:"poll"`
	// KeysPerSecond is the most keys or rows looked at in a second. Default 30000.
	KeysPerSecond float64 `mapstructure:"keys_per_second"`
	// Count is how many keys or rows are looked at at once. Default 500.
	Count int `mapstructure:"count"`
	// Timeout ends a command or query. Default 5s.
	Timeout time.Duration `mapstructure:"timeout"`
}

// RedisConfig says where a Redis is.
type RedisConfig struct {
	// Addresses are host:port of the server, of a few servers of the cluster, or of the Sentinels.
	Addresses []string `mapstructure:"addresses"`
	// Cluster says that it is a cluster. Default false.
	Cluster bool `mapstructure:"cluster"`
	// MasterName is the master's name at the Sentinels. Default none.
	MasterName string `mapstructure:"master_name"`
	// Username and Password log in. Default none.
	Username string              `mapstructure:"username"`
	Password configopaque.String `mapstructure:"password"`
	// SentinelUsername and SentinelPassword log in at the Sentinels. Default none.
	SentinelUsername string              `mapstructure:"sentinel_username"`
	SentinelPassword configopaque.String `mapstructure:"sentinel_password"`
	// Database is the database's number. Default 0.
	Database int `mapstructure:"database"`
	// TLS encrypts. Default none.
	TLS configoptional.Optional[configtls.ClientConfig] `mapstructure:"tls"`
	// Notifications is auto (keyspace notifications are used where CONFIG says that they are sent), use (without asking)
	// or never. Default auto.
	Notifications string `mapstructure:"notifications"`
}

// SQLConfig says where a database is.
type SQLConfig struct {
	// Driver is postgres or mysql. Default postgres.
	Driver string `mapstructure:"driver"`
	// DSN is the connection: for postgres a URL or keywords, for mysql user:password@tcp(host:3306)/database.
	DSN configopaque.String `mapstructure:"dsn"`
}

// CookieConfig is a session's cookie.
type CookieConfig struct {
	// Name is the cookie's name.
	Name string `mapstructure:"name"`
	// Encoding is raw, or base64 where the cookie holds the id in that form.
	Encoding string `mapstructure:"encoding"`
}

// FieldsConfig names hash fields, or paths within JSON or PHP's form, as in cookie.expires.
type FieldsConfig struct {
	// User is who is logged in.
	User string `mapstructure:"user"`
	// Created, Accessed and Expires are times: seconds or milliseconds since 1970, or RFC 3339.
	Created  string `mapstructure:"created"`
	Accessed string `mapstructure:"accessed"`
	Expires  string `mapstructure:"expires"`
	// Interval is the number of seconds after Accessed at which an unused session ends.
	Interval string `mapstructure:"interval"`
}

// LimitsConfig bounds what is kept; what is too much is counted.
type LimitsConfig struct {
	// Sessions is the most sessions of all stores. Default 1000000.
	Sessions int `mapstructure:"sessions"`
	// PerUser is the most sessions of one user that are compared. Default 16.
	PerUser int `mapstructure:"per_user"`
	// Pending is the most changed keys of a store that wait to be read; beyond that, a full view is due. Default 100000.
	Pending int `mapstructure:"pending"`
	// ValueBytes is the longest session that is read where a session is one text. Default 65536.
	ValueBytes int `mapstructure:"value_bytes"`
}

// OutputConfig switches a kind of output.
type OutputConfig struct {
	// Enabled requires a pipeline of that kind to name the component. Default true.
	Enabled bool `mapstructure:"enabled"`
}

// MetricsConfig configures the metrics.
type MetricsConfig struct {
	// Enabled requires a metrics pipeline to name the component. Default true.
	Enabled bool `mapstructure:"enabled"`
	// Interval is the time between two points. Default 10s.
	Interval time.Duration `mapstructure:"interval"`
}

// The words that options take.
const (
	idsHash, idsPlain                         = "hash", "plain"
	usersPlain, usersPseudonym, usersNone     = "plain", "pseudonym", "none"
	duplicatesAny, duplicatesSame, duplicates = "any", "same_store", "none"
	encodingRaw, encodingBase64               = "raw", "base64"
	formatJDBC                                = "spring_jdbc"
)

func createDefaultConfig() component.Config {
	return &Config{
		SessionIDs: idsHash, Users: usersPlain, DuplicateLogins: duplicatesAny,
		Limits:  LimitsConfig{Sessions: 1_000_000, PerUser: 16, Pending: 100_000, ValueBytes: 65_536},
		Events:  OutputConfig{Enabled: true},
		Metrics: MetricsConfig{Enabled: true, Interval: 10 * time.Second},
	}
}

func defaultStore() StoreConfig {
	return StoreConfig{
		Redis:    configoptional.Default(RedisConfig{Notifications: "auto"}),
		SQL:      configoptional.Default(SQLConfig{Driver: "postgres"}),
		FullView: 10 * time.Minute, Poll: time.Minute, KeysPerSecond: 30_000, Count: 500, Timeout: 5 * time.Second,
	}
}

// Unmarshal gives every store its defaults.
func (c *StoreConfig) Unmarshal(conf *confmap.Conf) error {
	*c = defaultStore()
	type plain StoreConfig
	if err := conf.Unmarshal((*plain)(c)); err != nil {
		return err
	}
	c.Cookie = c.Cookie.or(cookies[c.Format])
	return nil
}

// cookies are those of the formats.
var cookies = map[string]CookieConfig{
	"spring":        {Name: "SESSION", Encoding: encodingBase64},
	formatJDBC:      {Name: "SESSION", Encoding: encodingBase64},
	"redisson":      {Name: "JSESSIONID", Encoding: encodingRaw},
	"connect_redis": {Name: "connect.sid", Encoding: encodingRaw},
	"php":           {Name: "PHPSESSID", Encoding: encodingRaw},
}

func (c CookieConfig) or(other CookieConfig) CookieConfig {
	if c.Name == "" {
		c.Name = other.Name
	}
	if c.Encoding == "" {
		c.Encoding = other.Encoding
	}
	if c.Encoding == "" {
		c.Encoding = encodingRaw
	}
	return c
}

// Validate reports every error at once, naming the field.
func (c *Config) Validate() error {
	errs := []error{
		oneOf("session_ids", c.SessionIDs, idsHash, idsPlain),
		oneOf("users", c.Users, usersPlain, usersPseudonym, usersNone),
		oneOf("duplicate_logins", c.DuplicateLogins, duplicatesAny, duplicatesSame, duplicates),
		atLeast("limits::sessions", c.Limits.Sessions), atLeast("limits::per_user", c.Limits.PerUser),
		atLeast("limits::pending", c.Limits.Pending), atLeast("limits::value_bytes", c.Limits.ValueBytes),
	}
	if c.Secret == "" {
		errs = append(errs, errors.New("secret: must be set, to that of session_correlation: session ids leave as hashes under it"))
	}
	if c.Metrics.Enabled {
		errs = append(errs, positive("metrics::interval", c.Metrics.Interval))
	}
	if len(c.Stores) == 0 {
		errs = append(errs, errors.New("stores: name at least one"))
	}
	if len(c.Stores) > maxStores {
		errs = append(errs, fmt.Errorf("stores: at most %d, has %d", maxStores, len(c.Stores)))
	}
	for _, name := range c.names() {
		store := c.Stores[name]
		if err := store.validate(); err != nil {
			errs = append(errs, fmt.Errorf("stores::%s::%w", name, err))
		}
	}
	return errors.Join(errs...)
}

const maxStores = 64

// names lists the stores in order, which gives them their numbers.
func (c *Config) names() []string { return slices.Sorted(maps.Keys(c.Stores)) }

func oneOf(name, value string, words ...string) error {
	if slices.Contains(words, value) {
		return nil
	}
	return fmt.Errorf("%s: must be of %s, is %q", name, strings.Join(words, ", "), value)
}

func atLeast(name string, value int) error {
	if value < 1 {
		return fmt.Errorf("%s: must be at least 1, is %d", name, value)
	}
	return nil
}

func positive(name string, d time.Duration) error {
	if d <= 0 {
		return fmt.Errorf("%s: must be positive, is %s", name, d)
	}
	return nil
}
