package historyexporter

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configretry"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
)

// Config is the configuration of the history exporter.
type Config struct {
	// Timeout ends one attempt to write. Default 30s.
	Timeout exporterhelper.TimeoutConfig `mapstructure:",squash"`
	// Retry is what happens while a store fails. Default max_elapsed_time 0s: it is tried until it works.
	Retry configretry.BackOffConfig `mapstructure:"retry_on_failure"`
	// Queue is where batches wait. Default exporterhelper's, with one consumer of 4 MiB.
	Queue configoptional.Optional[exporterhelper.QueueBatchConfig] `mapstructure:"sending_queue"`
	// History is the history extension. Default history.
	History component.ID `mapstructure:"history"`
	// Transactions configures what is made of traces.
	Transactions TransactionsConfig `mapstructure:"transactions"`
}

// TransactionsConfig configures what is made of traces.
type TransactionsConfig struct {
	// Metrics measures operations and statements. Default true; needs a history extension that keeps metrics itself.
	Metrics bool `mapstructure:"metrics"`
	// Interval is how often, in event time, they are written. Default 10s.
	Interval time.Duration `mapstructure:"interval"`
	// MaxSeries is the most series of one tenant; further operations are counted as other. Default 2000, at 2 KiB.
	MaxSeries int `mapstructure:"max_series"`
	// Slow is the duration from which a transaction's trace is kept. Failed ones always are. Default 1s.
	Slow time.Duration `mapstructure:"slow"`
	// HeldSpans is the most spans held for traces that may yet be worth keeping, for a minute after their last. Default
	// 10000, at some 2 KiB.
	HeldSpans int `mapstructure:"held_spans"`
	// Recognized is how many spans are recognised when they are sent again. Default 500000, at some 20 bytes.
	Recognized int `mapstructure:"recognized"`
}

func createDefaultConfig() component.Config {
	retry := configretry.NewDefaultBackOffConfig()
	retry.MaxElapsedTime = 0
	queue := exporterhelper.NewDefaultQueueConfig()
	queue.Sizer = exporterhelper.RequestSizerTypeBytes
	queue.QueueSize = 32 << 20
	queue.NumConsumers = 2
	return &Config{
		Timeout: exporterhelper.TimeoutConfig{Timeout: 30 * time.Second},
		Retry:   retry,
		Queue:   configoptional.Some(queue),
		History: component.MustNewID("history"),
		Transactions: TransactionsConfig{
			Metrics: true, Interval: 10 * time.Second, MaxSeries: 2_000, Slow: time.Second, HeldSpans: 10_000, Recognized: 500_000,
		},
	}
}

// Validate reports every error at once, naming the field.
func (c *Config) Validate() error {
	var errs []error
	t := &c.Transactions
	for name, value := range map[string]int{"max_series": t.MaxSeries, "held_spans": t.HeldSpans, "recognized": t.Recognized} {
		if value < 1 {
			errs = append(errs, fmt.Errorf("transactions::%s: must be at least 1, is %d", name, value))
		}
	}
	if t.Interval < time.Second {
		errs = append(errs, fmt.Errorf("transactions::interval: must be at least 1s, is %s", t.Interval))
	}
	if t.Slow <= 0 {
		errs = append(errs, fmt.Errorf("transactions::slow: must be positive, is %s", t.Slow))
	}
	return errors.Join(errs...)
}
