// Command cost measures what Braid's processors add to a collector's processor time and memory.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/braidotel/braid/testbed/cost"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var o cost.Options
	flag.IntVar(&o.Rounds, "rounds", 5, "rounds of all pipelines at both loads")
	flag.Float64Var(&o.Rate, "rate", 20_000, "spans a second of the paced load")
	flag.DurationVar(&o.Warmup, "warmup", 0, "time under load before each measurement (default 3s)")
	flag.DurationVar(&o.Window, "window", 0, "length of each measurement (default 6s)")
	flag.DurationVar(&o.Settle, "settle", 0, "time at the paced load before memory is read (default 90s)")
	flag.IntVar(&o.Sessions, "sessions", 10_000, "sessions that visit in turn")
	flag.BoolVar(&o.Stamping, "stamping", false, "measure a third pipeline that only writes three constant attributes")
	flag.StringVar(&o.Profiles, "profiles", "", "folder for CPU profiles of both pipelines at both loads, and a heap profile of the chain")
	flag.Parse()
	if err := cost.Run(ctx, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "cost:", err)
		os.Exit(1)
	}
}
