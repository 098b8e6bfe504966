package main

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/braidotel/braid/internal/pace"
	"github.com/braidotel/braid/internal/simulate"
	"github.com/braidotel/braid/internal/simulate/encode"
)

// defaultPast is how far back an endless simulation begins that runs faster than time.
const defaultPast = 24 * time.Hour

type simulateOptions struct {
	target
	seed      uint64
	start     string
	duration  time.Duration
	speed     pace.Speed
	users     int
	rate      float64
	scenarios []string
	output    string
	truth     string
}

func newSimulate() *cobra.Command {
	o := simulateOptions{speed: 1}
	cmd := &cobra.Command{
		Use:   "simulate",
		Short: "Send the telemetry of a simulated shop, the same for the same seed and start",
		Long: `Send the telemetry of a shop in nine Korean regions: browsers, nginx, Java application servers, a payment
service and databases, with sessions, cookies, users, log-ins, carts and payments, logs, host and JVM metrics,
a daily and a weekly rhythm, and planted trouble (` + kinds() + `).

The same --seed, --start, --duration, --users and --scenario give the same telemetry, byte for byte. A simulated
past that catches up with the present goes on at the pace of the clock.`,
		Example: `  braidctl simulate --users 200
  braidctl simulate --speed 600 --duration 168h            the week that ends now
  braidctl simulate --speed max --start 2026-03-02T00:00:00+09:00 --duration 24h --output day.jsonl.gz --truth day.json
  braidctl simulate --duration 1h --scenario fault@20m/10m,login-flood@40m`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	o.flags(cmd)
	f := cmd.Flags()
	f.Uint64Var(&o.seed, "seed", 1, "number from which everything random follows")
	f.StringVar(&o.start, "start", "", "first moment, RFC 3339 (default: now at speed 1, else so that --duration, or 24h, ends now)")
	f.DurationVar(&o.duration, "duration", 0, "simulated time; 0 goes on until Ctrl-C")
	f.Var(&o.speed, "speed", "simulated seconds a second: a factor such as 1 or 600, or max")
	f.IntVar(&o.users, "users", 300, "visitors at once in the busiest hour")
	f.Float64Var(&o.rate, "rate", 0, "spans a second in the busiest hour, instead of --users")
	f.StringSliceVar(&o.scenarios, "scenario", []string{"all"}, "planted trouble: all, none, or KIND[@OFFSET[/LENGTH]] (repeatable)")
	f.StringVar(&o.output, "output", "", "write OTLP/JSON lines to this file instead of sending; gzip if it ends in .gz, - for standard output")
	f.StringVar(&o.truth, "truth", "", "write what was planted to this file, as JSON")
	cmd.MarkFlagsMutuallyExclusive("users", "rate")
	return cmd
}

func kinds() string {
	var names []string
	for _, k := range simulate.Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

func (o *simulateOptions) run(cmd *cobra.Command) error {
	now := time.Now()
	cfg, err := o.config(now)
	if err != nil {
		return err
	}
	g, err := simulate.New(cfg)
	if err != nil {
		return err
	}
	if o.output != "" {
		err = o.write(cmd, g)
	} else {
		pacer := pace.Pacer{Speed: o.speed, Live: !cfg.Start.After(now)}
		err = o.send(cmd, encode.Requests(g), pacer, o.duration == 0)
	}
	return errors.Join(err, o.writeTruth(g))
}

// config turns flags into a configuration.
func (o *simulateOptions) config(now time.Time) (simulate.Config, error) {
	cfg := simulate.Config{Seed: o.seed, Start: o.defaultStart(now), Duration: o.duration, Users: o.users}
	if o.rate < 0 {
		return cfg, fmt.Errorf("--rate must not be negative, got %g", o.rate)
	}
	if o.rate > 0 {
		cfg.Users = simulate.UsersForRate(o.rate)
	}
	if o.output != "" && o.duration == 0 {
		return cfg, errors.New("--output needs a --duration")
	}
	if o.start != "" {
		start, err := time.Parse(time.RFC3339, o.start)
		if err != nil {
			return cfg, fmt.Errorf("--start must look like 2026-03-02T00:00:00+09:00: %w", err)
		}
		cfg.Start = start
	}
	for _, text := range o.scenarios {
		switch text {
		case "none":
		case "all":
			cfg.Scenarios = append(cfg.Scenarios, simulate.DefaultScenarios(o.duration)...)
		default:
			s, err := simulate.ParseScenario(text, o.duration)
			if err != nil {
				return cfg, fmt.Errorf("--scenario: %w", err)
			}
			cfg.Scenarios = append(cfg.Scenarios, s)
		}
	}
	return cfg, nil
}

// defaultStart keeps every event time out of the future, which a live collector would clamp.
func (o *simulateOptions) defaultStart(now time.Time) time.Time {
	past := o.duration
	switch {
	case o.speed == 1:
		past = 0
	case past == 0:
		past = defaultPast
	}
	return now.Add(-past).Truncate(time.Second)
}

func (o *simulateOptions) write(cmd *cobra.Command, g *simulate.Generator) (err error) {
	w, closeAll, err := create(o.output, cmd.OutOrStdout())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	for line, err := range encode.Lines(g) {
		if err == nil {
			_, err = w.Write(append(line, '\n'))
		}
		if err != nil {
			return fmt.Errorf("writing %s: %w", o.output, err)
		}
		if cmd.Context().Err() != nil {
			return errInterrupted
		}
	}
	return nil
}

// create opens the output; the function it returns completes it.
func create(name string, stdout io.Writer) (io.Writer, func() error, error) {
	if name == "-" {
		return stdout, func() error { return nil }, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, nil, err
	}
	if !strings.HasSuffix(name, ".gz") {
		return f, f.Close, nil
	}
	z := gzip.NewWriter(f)
	return z, func() error { return errors.Join(z.Close(), f.Close()) }, nil
}

func (o *simulateOptions) writeTruth(g *simulate.Generator) error {
	if o.truth == "" {
		return nil
	}
	data, err := json.MarshalIndent(g.Planted(), "", "  ")
	if err != nil {
		return fmt.Errorf("encoding what was planted: %w", err)
	}
	return os.WriteFile(o.truth, append(data, '\n'), 0o600)
}
