package assistantreceiver

import (
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
)

// Config is the configuration of the assistant receiver.
type Config struct {
	// Assistant is the assistant extension. Default assistant.
	Assistant component.ID `mapstructure:"assistant"`
	// Interval is how often is looked for steps that other replicas took; those of this process are told at once. Default 10s.
	Interval time.Duration `mapstructure:"interval"`
	// Storage is the storage extension that keeps what was told over a restart. Default none: what happens from the start on
	// is told.
	Storage *component.ID `mapstructure:"storage"`
}

func createDefaultConfig() component.Config {
	return &Config{Assistant: component.MustNewID("assistant"), Interval: 10 * time.Second}
}

// Validate reports what is wrong, naming the field.
func (c *Config) Validate() error {
	if c.Interval < time.Second {
		return fmt.Errorf("interval: must be at least 1s, is %s", c.Interval)
	}
	return nil
}
