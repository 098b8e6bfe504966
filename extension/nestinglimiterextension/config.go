package nestinglimiterextension

import (
	"fmt"

	"github.com/braidotel/braid/extension/nestinglimiterextension/internal/nesting"
)

// defaultMaxDepth leaves room for values of 28 maps within each other, many more than telemetry has.
const defaultMaxDepth = 128

// leastMaxDepth is what a flat attribute of an exemplar takes in JSON, where lists count as well.
const leastMaxDepth = 24

// Config is the configuration of the nesting limiter extension.
type Config struct {
	// MaxDepth is how many messages of protobuf, or objects and lists of JSON, may be within each other. Default 128.
	MaxDepth int `mapstructure:"max_depth"`
}

// Validate says what is wrong with the configuration.
func (c *Config) Validate() error {
	if c.MaxDepth < leastMaxDepth || c.MaxDepth > nesting.MaxLimit {
		return fmt.Errorf("max_depth %d: must be from %d, which ordinary metrics take, to %d", c.MaxDepth, leastMaxDepth, nesting.MaxLimit)
	}
	return nil
}
