package grpcreconnectextension

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
)

// Config is the configuration of the gRPC reconnect extension.
type Config struct {
	// InitialDelay is the time from a first failed attempt to connect to the second. Each further one is 1.6 times as long,
	// give or take a fifth. Default 100ms.
	InitialDelay time.Duration `mapstructure:"initial_delay"`
	// MaxDelay is the longest time between two attempts, give or take a fifth. Default 500ms.
	MaxDelay time.Duration `mapstructure:"max_delay"`
	// ConnectTimeout is how long an attempt may take, TLS included. Default 5s.
	ConnectTimeout time.Duration `mapstructure:"connect_timeout"`
}

// leastDelay keeps a fleet of clients from asking a server that starts without a pause.
const leastDelay = 10 * time.Millisecond

func createDefaultConfig() component.Config {
	return &Config{InitialDelay: 100 * time.Millisecond, MaxDelay: 500 * time.Millisecond, ConnectTimeout: 5 * time.Second}
}

// Validate reports every error at once, naming the field.
func (c *Config) Validate() error {
	var errs []error
	if c.InitialDelay < leastDelay {
		errs = append(errs, fmt.Errorf("initial_delay: must be at least %s, is %s", leastDelay, c.InitialDelay))
	}
	if c.MaxDelay < c.InitialDelay {
		errs = append(errs, fmt.Errorf("max_delay: must be at least initial_delay, %s, is %s", c.InitialDelay, c.MaxDelay))
	}
	if c.ConnectTimeout < leastDelay {
		errs = append(errs, fmt.Errorf("connect_timeout: must be at least %s, is %s", leastDelay, c.ConnectTimeout))
	}
	return errors.Join(errs...)
}
