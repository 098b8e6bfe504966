package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/braidotel/braid/testbed/chaos"
	"github.com/braidotel/braid/testbed/collector"
)

// broken plays the fault matrix.
func broken(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("eval chaos", flag.ContinueOnError)
	only := flags.String("only", "", "scenarios to play, separated by commas; default all")
	if err := flags.Parse(args); err != nil {
		return err
	}
	binary, err := collector.Binary()
	if err != nil {
		return err
	}
	o := chaos.Options{Binary: binary, Log: os.Stdout}
	if *only != "" {
		o.Only = strings.Split(*only, ",")
	}
	matrix, err := chaos.Run(ctx, o)
	if err != nil {
		return err
	}
	fmt.Println()
	if err := matrix.Print(os.Stdout); err != nil {
		return err
	}
	if n := matrix.Failed(); n > 0 {
		return fmt.Errorf("%d outcomes are not as they should be", n)
	}
	return nil
}
