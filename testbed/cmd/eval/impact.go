package main

import (
	"context"
	"flag"
	"os"

	"github.com/braidotel/braid/testbed/incidenteval"
)

// counted holds what is said of the cost of planted faults against the truth.
func counted(ctx context.Context, args []string) error {
	var o incidenteval.ImpactOptions
	flags := flag.NewFlagSet("eval impact", flag.ContinueOnError)
	flags.IntVar(&o.Shops, "seeds", 1, "shops, each with a seed of its own")
	flags.Uint64Var(&o.First, "first", 7, "seed of the first shop")
	flags.IntVar(&o.Users, "people", 4000, "visitors of a shop at once")
	flags.BoolVar(&o.Blind, "blind", false, "do not tell the connector which attributes speak of carts")
	if err := flags.Parse(args); err != nil {
		return err
	}
	return incidenteval.Impact(ctx, o, os.Stdout)
}
