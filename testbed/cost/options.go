package cost

import (
	"errors"
	"fmt"
	"time"
)

// Options of a measurement. The zero value of a field means its default.
type Options struct {
	// Rounds of all pipelines at all rates; default 5.
	Rounds int
	// Rate of the paced measurement in spans a second; default 20,000.
	Rate float64
	// Warmup runs under load before each measurement; default 3 s.
	Warmup time.Duration
	// Window is how long each measurement takes; default 6 s.
	Window time.Duration
	// Settle is how long the chain runs at Rate before its memory is read, so that every table with a time limit is
	// full; default 90 s.
	Settle time.Duration
	// Sessions that visit in turn; default 10,000.
	Sessions int
	// Stamping measures a third pipeline, whose only processor writes three constant attributes.
	Stamping bool
	// Profiles is a folder for a CPU profile of each pipeline at each load and a heap profile of the chain; empty takes
	// none.
	Profiles string
	// Collector is the binary to measure; default what BRAID_COLLECTOR names, else build/otelcol-braid.
	Collector string
	// Generator is the load generator; default what BRAID_BRAIDCTL names, else build/braidctl.
	Generator string
}

func (o *Options) complete() error {
	defaults := []struct {
		field *time.Duration
		value time.Duration
	}{{&o.Warmup, 3 * time.Second}, {&o.Window, 6 * time.Second}, {&o.Settle, 90 * time.Second}}
	for _, d := range defaults {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if o.Rounds == 0 {
		o.Rounds = 5
	}
	if o.Rate == 0 {
		o.Rate = 20_000
	}
	if o.Sessions == 0 {
		o.Sessions = 10_000
	}
	if o.Rounds < 0 || o.Rate < 0 || o.Sessions < 0 || min(o.Warmup, o.Window, o.Settle) < 0 {
		return errors.New("rounds, rate, sessions, warm-up, window and settling time must not be negative")
	}
	var err error
	if o.Collector, err = binary(o.Collector, "BRAID_COLLECTOR", "otelcol-braid"); err != nil {
		return fmt.Errorf("collector: %w", err)
	}
	if o.Generator, err = binary(o.Generator, "BRAID_BRAIDCTL", "braidctl"); err != nil {
		return fmt.Errorf("load generator: %w", err)
	}
	return nil
}
