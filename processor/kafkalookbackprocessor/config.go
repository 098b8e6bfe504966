package kafkalookbackprocessor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/kafka/configkafka"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// Encodings of records.
const (
	encodingProto = "otlp_proto"
	encodingJSON  = "otlp_json"
)

// Config is the configuration of the Kafka lookback processor.
type Config struct {
	// ClientConfig says how to reach the brokers: what the receiver has, under the same keys.
	configkafka.ClientConfig `mapstructure:",squash"`

	// Encoding is what records hold: otlp_proto or otlp_json. Default otlp_proto.
	Encoding string `mapstructure:"encoding"`

	// Lookback is how far back a partition is read that has come, by the records' timestamps. Default 5s.
	Lookback time.Duration `mapstructure:"lookback"`

	// MaxRecords is how many records are read back at most; the latest are. Default 50000.
	MaxRecords int `mapstructure:"max_records"`

	// Timeout is how long reading back may take; what came is then passed on without. Default 10s.
	Timeout time.Duration `mapstructure:"timeout"`
}

func createDefaultConfig() *Config {
	return &Config{
		ClientConfig: configkafka.NewDefaultClientConfig(), Encoding: encodingProto,
		Lookback: 5 * time.Second, MaxRecords: 50_000, Timeout: 10 * time.Second,
	}
}

// Validate says what is wrong with the configuration, all at once.
func (c *Config) Validate() error {
	var errs []error
	if c.Encoding != encodingProto && c.Encoding != encodingJSON {
		errs = append(errs, fmt.Errorf("encoding %q: must be %s or %s", c.Encoding, encodingProto, encodingJSON))
	}
	if c.Lookback < time.Millisecond {
		errs = append(errs, fmt.Errorf("lookback %v: must be at least 1ms", c.Lookback))
	}
	if c.MaxRecords <= 0 {
		errs = append(errs, fmt.Errorf("max_records %d: must be positive", c.MaxRecords))
	}
	if c.Timeout <= 0 {
		errs = append(errs, fmt.Errorf("timeout %v: must be positive", c.Timeout))
	}
	if c.Authentication.Kerberos != nil {
		errs = append(errs, errors.New("auth::kerberos: not known here, use auth::sasl or tls"))
	}
	if s := c.Authentication.SASL; s != nil && mechanisms[s.Mechanism] == nil {
		errs = append(errs, fmt.Errorf("auth::sasl::mechanism %q: only PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512 are known here", s.Mechanism))
	}
	if c.ProtocolVersion != "" {
		errs = append(errs, fmt.Errorf("protocol_version %q: not known here, leave it out", c.ProtocolVersion))
	}
	return errors.Join(errs...)
}

// mechanisms are the ways to show who one is.
var mechanisms = map[string]func(user, password string) kgo.Opt{
	"PLAIN": func(user, password string) kgo.Opt {
		return kgo.SASL(plain.Auth{User: user, Pass: password}.AsMechanism())
	},
	"SCRAM-SHA-256": func(user, password string) kgo.Opt {
		return kgo.SASL(scram.Auth{User: user, Pass: password}.AsSha256Mechanism())
	},
	"SCRAM-SHA-512": func(user, password string) kgo.Opt {
		return kgo.SASL(scram.Auth{User: user, Pass: password}.AsSha512Mechanism())
	},
}

// options are those of a client.
func (c *Config) options(ctx context.Context) ([]kgo.Opt, error) {
	opts := []kgo.Opt{
		kgo.SeedBrokers(c.Brokers...), kgo.ClientID(c.ClientID), kgo.Rack(c.RackID), kgo.ConnIdleTimeout(c.ConnIdleTimeout),
		kgo.DisableClientMetrics(), // some brokers say that they take them and do not
		kgo.FetchMaxBytes(maxFetch), kgo.FetchMaxPartitionBytes(maxFetch), kgo.FetchMaxWait(time.Second),
	}
	tls := c.TLS
	if tls == nil {
		tls = c.Authentication.TLS
	}
	if tls != nil {
		loaded, err := tls.LoadTLSConfig(ctx)
		if err != nil {
			return nil, fmt.Errorf("tls: %w", err)
		}
		if loaded != nil {
			opts = append(opts, kgo.DialTLSConfig(loaded))
		}
	}
	switch auth := &c.Authentication; {
	case auth.SASL != nil:
		opts = append(opts, mechanisms[auth.SASL.Mechanism](auth.SASL.Username, auth.SASL.Password))
	case auth.PlainText != nil:
		opts = append(opts, mechanisms["PLAIN"](auth.PlainText.Username, auth.PlainText.Password))
	}
	return opts, nil
}

// maxFetch is how much is asked for at once, in bytes.
const maxFetch = 4 << 20
