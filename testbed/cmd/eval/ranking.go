package main

import (
	"context"
	"flag"
	"os"
	"time"

	"github.com/braidotel/braid/testbed/incidentcost"
)

// ranked measures how long the incident connector takes to say what it found.
func ranked(ctx context.Context, args []string) error {
	var shops, people, names int
	var live time.Duration
	flags := flag.NewFlagSet("eval ranking", flag.ContinueOnError)
	flags.IntVar(&shops, "seeds", 3, "shops, each with a seed of its own")
	flags.IntVar(&people, "people", 200, "visitors of a shop at once")
	flags.IntVar(&names, "names", 100_000, "distinct operations, log statements and hosts offered in the second round; live, in a day")
	flags.DurationVar(&live, "live", 0, "follow the wall clock for so long instead of playing recorded time")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if live > 0 {
		return incidentcost.Live(ctx, people, names, live, os.Stdout)
	}
	return incidentcost.Ranking(ctx, shops, people, names, os.Stdout)
}
