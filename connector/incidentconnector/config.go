package incidentconnector

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configopaque"
)

// Config is the configuration of the incident connector. Durations are event time.
type Config struct {
	// Quiet is the silence after which the alerts of a storm are settled. Default 2m.
	Quiet time.Duration `mapstructure:"quiet"`
	// MinAlerts is how many alerts must agree to open an incident by themselves. Default 3.
	MinAlerts int `mapstructure:"min_alerts"`
	// UpdateInterval is the least time between two updates of one incident. Default 1m.
	UpdateInterval time.Duration `mapstructure:"update_interval"`
	// Reopen is how long after its end the same trouble is the same incident. Default 10m.
	Reopen time.Duration `mapstructure:"reopen"`
	// Business are the transactions whose failures are counted as money. Default none.
	Business []BusinessConfig `mapstructure:"business"`
	// Cart are the attributes that say what a customer had in the cart. Default none.
	Cart []string `mapstructure:"cart"`
	// CartValue is the attribute of spans and log records that says what all in the cart of their session or user is worth: a
	// transaction that fails without an amount would have had this one. Default none.
	CartValue string `mapstructure:"cart_value"`
	// Secret keys the pseudonyms of customers. Default: random.
	Secret configopaque.String `mapstructure:"secret"`
	// Tenant is the resource attribute that names the tenant. Default braid.tenant.
	Tenant string `mapstructure:"tenant"`
	// Lateness is how far out of order items may arrive. Default 5s.
	Lateness time.Duration `mapstructure:"lateness"`
	// MaxSkew is how far ahead of the wall clock an item may be; what is further ahead counts as if it were not. Default 5s.
	MaxSkew time.Duration `mapstructure:"max_skew"`
	// Clock is live, or replay for recorded data: the wall clock is then never asked. Default live.
	Clock string `mapstructure:"clock"`
	// Limits bound the tables.
	Limits LimitsConfig `mapstructure:"limits"`
	// Storage is the storage extension that keeps open incidents over a restart. Default none.
	Storage *component.ID `mapstructure:"storage"`
}

// BusinessConfig is one kind of business transaction.
type BusinessConfig struct {
	// Name is the name of the transaction.
	Name string `mapstructure:"name"`
	// Match are attributes of a server's span and their values.
	Match map[string]string `mapstructure:"match"`
	// Value is the attribute with the amount.
	Value string `mapstructure:"value"`
	// Currency is the attribute with the amount's currency.
	Currency string `mapstructure:"currency"`
}

// LimitsConfig bounds the tables.
type LimitsConfig struct {
	// Tenants is the most tenants, of up to 100 MiB each; of further ones nothing is said. Default 16.
	Tenants int `mapstructure:"tenants"`
	// Series is the most series of spans and logs, and the most of metrics, of one tenant; beyond it the least recently
	// seen is given up. Default 20000, of about 1.2 KiB.
	Series int `mapstructure:"series"`
	// Traces is the most traces of one tenant held open. Default 20000.
	Traces int `mapstructure:"traces"`
	// Alerts is the most alerts of one tenant that are not settled; beyond it all are settled at once. Default 5000.
	Alerts int `mapstructure:"alerts"`
	// Incidents is the most incidents of one tenant that last. Default 100.
	Incidents int `mapstructure:"incidents"`
	// Watched is the most series of seasonality followed for one tenant. Default 20000.
	Watched int `mapstructure:"watched"`
	// Carts is the most sessions and users of one tenant whose carts are remembered; beyond it the least recently seen is
	// given up. Default 20000.
	Carts int `mapstructure:"carts"`
	// Pending is the most events waiting for the next consumer. Default 10000.
	Pending int `mapstructure:"pending"`
}

const (
	clockLive   = "live"
	clockReplay = "replay"

	maxBusiness = 16
	maxCart     = 8
	minSecret   = 16
)

func createDefaultConfig() component.Config {
	return &Config{
		Quiet:          2 * time.Minute,
		MinAlerts:      3,
		UpdateInterval: time.Minute,
		Reopen:         10 * time.Minute,
		Tenant:         "braid.tenant",
		Lateness:       5 * time.Second,
		MaxSkew:        5 * time.Second,
		Clock:          clockLive,
		Limits: LimitsConfig{
			Tenants: 16, Series: 20_000, Traces: 20_000, Alerts: 5_000, Incidents: 100, Watched: 20_000, Carts: 20_000, Pending: 10_000,
		},
	}
}

// Validate reports every error at once, naming the field.
func (c *Config) Validate() error {
	errs := []error{c.validateBusiness(), c.Limits.validate()}
	for _, d := range []struct {
		name        string
		value       time.Duration
		least, most time.Duration
	}{
		{"quiet", c.Quiet, time.Second, time.Hour},
		{"update_interval", c.UpdateInterval, time.Second, time.Hour},
		{"reopen", c.Reopen, 0, 24 * time.Hour},
		{"lateness", c.Lateness, 0, 10 * time.Minute},
		{"max_skew", c.MaxSkew, 0, time.Hour},
	} {
		if d.value < d.least || d.value > d.most {
			errs = append(errs, fmt.Errorf("%s: must be between %s and %s, is %s", d.name, d.least, d.most, d.value))
		}
	}
	if c.MinAlerts < 1 || c.MinAlerts > 1000 {
		errs = append(errs, fmt.Errorf("min_alerts: must be between 1 and 1000, is %d", c.MinAlerts))
	}
	if c.Clock != clockLive && c.Clock != clockReplay {
		errs = append(errs, fmt.Errorf("clock: must be live or replay, is %q", c.Clock))
	}
	if c.Secret != "" && len(c.Secret) < minSecret {
		errs = append(errs, fmt.Errorf("secret: needs at least %d characters; `openssl rand -hex 16` makes a good one", minSecret))
	}
	if len(c.Cart) > maxCart {
		errs = append(errs, fmt.Errorf("cart: at most %d attributes, has %d", maxCart, len(c.Cart)))
	}
	return errors.Join(errs...)
}

func (c *Config) validateBusiness() error {
	var errs []error
	if len(c.Business) > maxBusiness {
		errs = append(errs, fmt.Errorf("business: at most %d, has %d", maxBusiness, len(c.Business)))
	}
	for i, b := range c.Business {
		if b.Name == "" {
			errs = append(errs, fmt.Errorf("business::%d::name: is missing", i))
		}
		if len(b.Match) == 0 {
			errs = append(errs, fmt.Errorf("business::%d::match: needs at least one attribute, such as http.route: /checkout", i))
		}
	}
	return errors.Join(errs...)
}

func (c *LimitsConfig) validate() error {
	var errs []error
	for _, limit := range []struct {
		name  string
		value int
	}{
		{"tenants", c.Tenants}, {"series", c.Series}, {"traces", c.Traces}, {"alerts", c.Alerts},
		{"incidents", c.Incidents}, {"watched", c.Watched}, {"carts", c.Carts}, {"pending", c.Pending},
	} {
		if limit.value < 1 {
			errs = append(errs, fmt.Errorf("limits::%s: must be at least 1, is %d", limit.name, limit.value))
		}
	}
	return errors.Join(errs...)
}
