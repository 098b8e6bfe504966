package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/braidotel/braid/testbed/collector"
	"github.com/braidotel/braid/testbed/soak"
)

// soaked runs the collector with everything on through simulated days.
func soaked(ctx context.Context, args []string) (err error) {
	o := soak.Options{Out: os.Stdout}
	flags := flag.NewFlagSet("eval soak", flag.ContinueOnError)
	flags.DurationVar(&o.Span, "for", 7*24*time.Hour, "event time to pass")
	flags.IntVar(&o.Users, "people", 4, "visitors in the busiest hour")
	flags.DurationVar(&o.Rests, "rests", time.Hour, "event time between two samples of what is in use at rest")
	flags.DurationVar(&o.Every, "every", 10*time.Second, "time between two samples of what is in use at work")
	flags.StringVar(&o.Dir, "dir", "", "folder for the collector's data, kept; default one that is removed")
	flags.StringVar(&o.Profiles, "profiles", "", "folder for heap profiles of the collector, one each sixth of the time; default none")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if o.Binary, err = collector.Binary(); err != nil {
		return err
	}
	if o.Dir == "" {
		if o.Dir, err = os.MkdirTemp("", "braid-soak-"); err != nil {
			return err
		}
		defer os.RemoveAll(o.Dir)
	}
	result, err := soak.Run(ctx, o)
	if err != nil {
		return err
	}
	grown, err := result.Print(os.Stdout)
	if err == nil && len(grown) > 0 {
		err = fmt.Errorf("has grown: %s", strings.Join(grown, ", "))
	}
	return err
}
