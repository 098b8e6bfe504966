package deadletterencodingextension

import (
	"errors"
	"fmt"
)

// Encodings of records.
const (
	encodingProto = "otlp_proto"
	encodingJSON  = "otlp_json"
)

// leastMaxBytes is the room of one large record.
const leastMaxBytes = 1 << 20

// Config is the configuration of the dead letter encoding extension.
type Config struct {
	// Encoding is what records should hold: otlp_proto or otlp_json. Default otlp_proto.
	Encoding string `mapstructure:"encoding"`

	// Directory is where records are kept that cannot be decoded. It is made if it is not there. Required.
	Directory string `mapstructure:"directory"`

	// MaxBytes is what the files may take, each rounded up to 4 KiB. Default 64 MiB.
	MaxBytes int64 `mapstructure:"max_bytes"`
}

// Validate says what is wrong with the configuration, all at once.
func (c *Config) Validate() error {
	var errs []error
	if c.Encoding != encodingProto && c.Encoding != encodingJSON {
		errs = append(errs, fmt.Errorf("encoding %q: must be %s or %s", c.Encoding, encodingProto, encodingJSON))
	}
	if c.Directory == "" {
		errs = append(errs, errors.New("directory: name one that outlives the process, such as ./braid-data/dead-letters"))
	}
	if c.MaxBytes < leastMaxBytes {
		errs = append(errs, fmt.Errorf("max_bytes %d: must be at least %d", c.MaxBytes, leastMaxBytes))
	}
	return errors.Join(errs...)
}
