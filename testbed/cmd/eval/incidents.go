package main

import (
	"context"
	"flag"
	"os"

	"github.com/braidotel/braid/testbed/incidenteval"
)

// grouped groups recorded alerts.
func grouped(ctx context.Context, args []string) error {
	var o options
	var how incidenteval.Options
	flags := flag.NewFlagSet("eval incidents", flag.ContinueOnError)
	flags.StringVar(&o.data, "data", "", "folder of the recorded set")
	flags.StringVar(&o.out, "out", "", "file to write the incident of each alert to")
	flags.BoolVar(&how.Breakdown, "breakdown", false, "say how faults fail to be alone in one incident, and what is possible")
	flags.StringVar(&how.Truth, "truth", "", "faults, for the breakdown; default truth.jsonl of the set")
	flags.StringVar(&how.Members, "members", "", "alert to fault, for the breakdown; default members.jsonl.gz of the set")
	if err := flags.Parse(args); err != nil {
		return err
	}
	return o.recorded(func() error { return incidenteval.Run(ctx, o.data, o.out, how, os.Stdout) })
}
