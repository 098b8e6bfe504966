package redisstorageextension

import (
	"errors"
	"fmt"
	"net"
	"regexp"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configtls"
)

// Config is the configuration of the Redis storage extension.
type Config struct {
	// Mode says what the addresses are: those of one server, of Sentinels, or of some nodes of a cluster. Default standalone.
	Mode Mode `mapstructure:"mode"`
	// Addresses are host:port each. No default.
	Addresses []string `mapstructure:"addresses"`
	// Sentinel says what to ask Sentinels for. For mode sentinel only.
	Sentinel SentinelConfig `mapstructure:"sentinel"`
	// Username and Password are those of an ACL user; Password alone that of the default user. Default none.
	Username string              `mapstructure:"username"`
	Password configopaque.String `mapstructure:"password"`
	// Database is the number of the database. A cluster has only 0. Default 0.
	Database int `mapstructure:"database"`
	// TLS encrypts connections. Default none.
	TLS configoptional.Optional[configtls.ClientConfig] `mapstructure:"tls"`
	// KeyPrefix begins every key. Default braid.
	KeyPrefix string `mapstructure:"key_prefix"`
	// Shard names the state: replicas with the same shard are each other's stand-ins, only one of them works at a time.
	// Default "0".
	Shard string `mapstructure:"shard"`
	// Holder is this replica's name in the lease, for people. Default the host's name and the process id.
	Holder string `mapstructure:"holder"`
	// Lease is how long a silent replica keeps its shard. It is renewed five times as often. Default 1500ms.
	Lease time.Duration `mapstructure:"lease"`
	// ReplicasAcknowledged is how many replicas of the server must have a write before it counts. 0 trusts one server.
	// Default 1.
	ReplicasAcknowledged int `mapstructure:"replicas_acknowledged"`
	// WaitTimeout is how long a server may take to answer that its replicas have a write. Default 1s.
	WaitTimeout time.Duration `mapstructure:"wait_timeout"`
	// DialTimeout bounds connecting, and how long a server may be silent. Default 1s.
	DialTimeout time.Duration `mapstructure:"dial_timeout"`
	// Timeout is how long an operation is tried whose caller is waited for by somebody. Default 5s.
	Timeout time.Duration `mapstructure:"timeout"`
	// MaxValueBytes is the largest value that is stored. Default 268435456; Redis itself takes twice that.
	MaxValueBytes int `mapstructure:"max_value_bytes"`
	// MaxConnections is the most connections to one server. Default 16.
	MaxConnections int `mapstructure:"max_connections"`
}

// Mode is a way of running Redis.
type Mode string

// The modes.
const (
	ModeStandalone Mode = "standalone"
	ModeSentinel   Mode = "sentinel"
	ModeCluster    Mode = "cluster"
)

// SentinelConfig says what to ask Sentinels for.
type SentinelConfig struct {
	// Master is the name under which they know the master. No default.
	Master string `mapstructure:"master"`
	// Username and Password are those of the Sentinels themselves. Default none.
	Username string              `mapstructure:"username"`
	Password configopaque.String `mapstructure:"password"`
}

const (
	maxLease      = time.Minute
	leastLease    = 100 * time.Millisecond
	redisMaxValue = 512 << 20
)

// names are those that are safe inside a hash tag and a key pattern of an ACL.
var names = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

func createDefaultConfig() component.Config {
	return &Config{
		Mode: ModeStandalone, KeyPrefix: "braid", Shard: "0", Lease: 1500 * time.Millisecond,
		ReplicasAcknowledged: 1, WaitTimeout: time.Second, DialTimeout: time.Second, Timeout: 5 * time.Second,
		MaxValueBytes: 256 << 20, MaxConnections: 16,
	}
}

// Validate reports every error at once, naming the field.
func (c *Config) Validate() error {
	errs := []error{c.validateServer()}
	for field, value := range map[string]string{"key_prefix": c.KeyPrefix, "shard": c.Shard} {
		if !names.MatchString(value) {
			errs = append(errs, fmt.Errorf("%s: must be 1 to 64 of A-Z a-z 0-9 _ . -, is %q", field, value))
		}
	}
	if c.Lease < leastLease || c.Lease > maxLease {
		errs = append(errs, fmt.Errorf("lease: must be %s to %s, is %s", leastLease, maxLease, c.Lease))
	}
	if c.ReplicasAcknowledged < 0 {
		errs = append(errs, fmt.Errorf("replicas_acknowledged: must not be negative, is %d", c.ReplicasAcknowledged))
	}
	for field, value := range map[string]time.Duration{
		"wait_timeout": c.WaitTimeout, "dial_timeout": c.DialTimeout, "timeout": c.Timeout,
	} {
		if value < time.Millisecond {
			errs = append(errs, fmt.Errorf("%s: must be at least 1ms, is %s", field, value))
		}
	}
	if c.MaxValueBytes < 1 || c.MaxValueBytes > redisMaxValue-1 {
		errs = append(errs, fmt.Errorf("max_value_bytes: must be 1 to %d, is %d", redisMaxValue-1, c.MaxValueBytes))
	}
	if c.MaxConnections < 2 {
		errs = append(errs, fmt.Errorf("max_connections: must be at least 2, is %d", c.MaxConnections))
	}
	return errors.Join(errs...)
}

func (c *Config) validateServer() error {
	var errs []error
	switch c.Mode {
	case ModeStandalone:
		if len(c.Addresses) > 1 {
			errs = append(errs, errors.New("addresses: a standalone server has one; set mode to sentinel or cluster for more"))
		}
	case ModeSentinel:
		if c.Sentinel.Master == "" {
			errs = append(errs, errors.New("sentinel::master: is empty; name the master as the Sentinels know it, such as mymaster"))
		}
	case ModeCluster:
		if c.Database != 0 {
			errs = append(errs, fmt.Errorf("database: a cluster has only 0, is %d", c.Database))
		}
	default:
		errs = append(errs, fmt.Errorf("mode: must be standalone, sentinel or cluster, is %q", c.Mode))
	}
	if c.Mode != ModeSentinel && c.Sentinel != (SentinelConfig{}) {
		errs = append(errs, fmt.Errorf("sentinel: is for mode sentinel, mode is %q", c.Mode))
	}
	if len(c.Addresses) == 0 {
		errs = append(errs, errors.New("addresses: is empty; name at least one, such as redis:6379"))
	}
	for i, address := range c.Addresses {
		if _, _, err := net.SplitHostPort(address); err != nil {
			errs = append(errs, fmt.Errorf("addresses::%d: must be host:port, is %q", i, address))
		}
	}
	if c.Database < 0 {
		errs = append(errs, fmt.Errorf("database: must not be negative, is %d", c.Database))
	}
	if c.Username != "" && c.Password == "" {
		errs = append(errs, errors.New("password: is empty although username is set"))
	}
	return errors.Join(errs...)
}
