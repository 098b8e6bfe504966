package historyextension

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/config/configoptional"

	"github.com/braidotel/braid/internal/history"
)

// Config is the configuration of the history extension.
type Config struct {
	// Directory is where the embedded stores are. Default ./braid-data/history.
	Directory string `mapstructure:"directory"`
	// Records configures sessions, events, sketches, traces, reports, actions and the audit log.
	Records RecordsConfig `mapstructure:"records"`
	// Metrics configures the series.
	Metrics MetricsConfig `mapstructure:"metrics"`
	// API serves /api/v1/query and what else Grafana asks of a Prometheus, read-only. Default none.
	API configoptional.Optional[APIConfig] `mapstructure:"api"`
}

// RecordsConfig configures the store of records.
type RecordsConfig struct {
	// Fsync makes every write survive a power cut, not only the end of the process. Default true. For SQLite only.
	Fsync bool `mapstructure:"fsync"`
	// PostgreSQL keeps records on a server that several collectors share, instead of in SQLite. Default none.
	PostgreSQL configoptional.Optional[PostgreSQLConfig] `mapstructure:"postgresql"`
	// Retention is how long records are kept, by kind, after their time; 0 keeps them for ever. Default see README.
	Retention map[string]time.Duration `mapstructure:"retention"`
	// TracesPerOperation is the most traces kept of one operation in an hour, slow and failed apart. Default 20.
	TracesPerOperation int `mapstructure:"traces_per_operation"`
	// SpansPerTrace is the most spans kept of a trace. Default 2000.
	SpansPerTrace int `mapstructure:"spans_per_trace"`
}

// PostgreSQLConfig says where the server is.
type PostgreSQLConfig struct {
	// DSN is the connection as a URL or as keywords, as in postgres://braid@db/braid?sslmode=verify-full.
	DSN configopaque.String `mapstructure:"dsn"`
	// MaxConnections is the most connections at once. Default 8.
	MaxConnections int `mapstructure:"max_connections"`
}

// MetricsConfig configures the series.
type MetricsConfig struct {
	// Retention is how long raw samples are kept. Default 744h, 31 days.
	Retention time.Duration `mapstructure:"retention"`
	// MaxBytes bounds the raw samples on disk; the oldest go first. Default 8589934592.
	MaxBytes int64 `mapstructure:"max_bytes"`
	// OutOfOrder is how far behind the newest sample others may be, at most Retention. Default 744h.
	OutOfOrder time.Duration `mapstructure:"out_of_order"`
	// MaxSeries bounds the series written to lately, at some 6 KiB each. Default 200000.
	MaxSeries int `mapstructure:"max_series"`
	// Rollups are the intervals kept for longer views. Default 1m for 1080h, 5m for 4320h, 1h for 19200h.
	Rollups []RollupConfig `mapstructure:"rollups"`
	// QueryTimeout ends queries. Default 20s.
	QueryTimeout time.Duration `mapstructure:"query_timeout"`
	// Prometheus reads metrics from a Prometheus-compatible API instead of keeping them; writing there is left to the
	// prometheusremotewrite exporter. Default none.
	Prometheus configoptional.Optional[confighttp.ClientConfig] `mapstructure:"prometheus"`
}

// RollupConfig is an interval whose aggregates are kept.
type RollupConfig struct {
	// Interval divides two hours.
	Interval time.Duration `mapstructure:"interval"`
	// Retention is how long its aggregates are kept.
	Retention time.Duration `mapstructure:"retention"`
}

// APIConfig configures the Prometheus API.
type APIConfig struct {
	// HTTP is the server. Default endpoint 127.0.0.1:9464.
	HTTP confighttp.ServerConfig `mapstructure:"http"`
	// Tenant is the one tenant whose metrics it answers about. Default none: those without a tenant.
	Tenant string `mapstructure:"tenant"`
}

const defaultEndpoint = "127.0.0.1:9464"

func createDefaultConfig() component.Config {
	const day = 24 * time.Hour
	server := confighttp.NewDefaultServerConfig()
	server.NetAddr.Endpoint = defaultEndpoint
	retention := map[string]time.Duration{}
	for kind, keep := range history.DefaultRetention() {
		retention[string(kind)] = keep
	}
	client := confighttp.NewDefaultClientConfig()
	return &Config{
		Directory: "./braid-data/history",
		Records: RecordsConfig{
			Fsync: true, Retention: retention, TracesPerOperation: 20, SpansPerTrace: 2_000,
			PostgreSQL: configoptional.Default(PostgreSQLConfig{MaxConnections: 8}),
		},
		Metrics: MetricsConfig{
			Retention: 31 * day, MaxBytes: 8 << 30, OutOfOrder: 31 * day, MaxSeries: 200_000, QueryTimeout: 20 * time.Second,
			Rollups:    []RollupConfig{{time.Minute, 45 * day}, {5 * time.Minute, 180 * day}, {time.Hour, 800 * day}},
			Prometheus: configoptional.Default(client),
		},
		API: configoptional.Default(APIConfig{HTTP: server}),
	}
}

// Validate reports every error at once, naming the field.
func (c *Config) Validate() error {
	errs := []error{c.Records.validate(), c.Metrics.validate()}
	if c.Directory == "" && (!c.Records.PostgreSQL.HasValue() || !c.Metrics.Prometheus.HasValue()) {
		errs = append(errs, errors.New("directory: is empty; the embedded stores need one"))
	}
	return errors.Join(errs...)
}

func (c *RecordsConfig) validate() error {
	var errs []error
	for kind, keep := range c.Retention {
		if !slices.Contains(history.Kinds(), history.Kind(kind)) {
			errs = append(errs, fmt.Errorf("records::retention: %q is no kind of record; there are %v", kind, history.Kinds()))
		}
		if keep < 0 {
			errs = append(errs, fmt.Errorf("records::retention::%s: must not be negative, is %s", kind, keep))
		}
	}
	for name, value := range map[string]int{"traces_per_operation": c.TracesPerOperation, "spans_per_trace": c.SpansPerTrace} {
		if value < 1 {
			errs = append(errs, fmt.Errorf("records::%s: must be at least 1, is %d", name, value))
		}
	}
	if pg := c.PostgreSQL.Get(); pg != nil {
		if pg.DSN == "" {
			errs = append(errs, errors.New("records::postgresql::dsn: is empty, as in postgres://braid@db/braid?sslmode=verify-full"))
		}
		if pg.MaxConnections < 1 {
			errs = append(errs, fmt.Errorf("records::postgresql::max_connections: must be at least 1, is %d", pg.MaxConnections))
		}
	}
	return errors.Join(errs...)
}

// retention is the configured one in the store's terms.
func (c *RecordsConfig) retention() history.Retention {
	r := history.Retention{}
	for kind, keep := range c.Retention {
		r[history.Kind(kind)] = keep
	}
	return r
}

func (c *MetricsConfig) validate() error {
	if remote := c.Prometheus.Get(); remote != nil {
		if remote.Endpoint == "" {
			return errors.New("metrics::prometheus::endpoint: is empty, as in http://mimir:8080/prometheus")
		}
		return nil
	}
	var errs []error
	const least = 24 * time.Hour // rolling up must have had its turn
	if c.Retention < least {
		errs = append(errs, fmt.Errorf("metrics::retention: must be at least %s, is %s", least, c.Retention))
	}
	if c.OutOfOrder < 0 || c.OutOfOrder > c.Retention {
		errs = append(errs, fmt.Errorf("metrics::out_of_order: must be 0 to metrics::retention, is %s", c.OutOfOrder))
	}
	if c.MaxBytes < 1 {
		errs = append(errs, fmt.Errorf("metrics::max_bytes: must be at least 1, is %d", c.MaxBytes))
	}
	if c.MaxSeries < 1 {
		errs = append(errs, fmt.Errorf("metrics::max_series: must be at least 1, is %d", c.MaxSeries))
	}
	if c.QueryTimeout <= 0 {
		errs = append(errs, fmt.Errorf("metrics::query_timeout: must be positive, is %s", c.QueryTimeout))
	}
	var before RollupConfig
	for i, r := range c.Rollups {
		if r.Interval < time.Second || 2*time.Hour%r.Interval != 0 || r.Interval <= before.Interval {
			errs = append(errs, fmt.Errorf("metrics::rollups::%d::interval: must divide 2h and be longer than the one before, is %s",
				i, r.Interval))
		}
		if r.Retention < least {
			errs = append(errs, fmt.Errorf("metrics::rollups::%d::retention: must be at least %s, is %s", i, least, r.Retention))
		}
		before = r
	}
	return errors.Join(errs...)
}
