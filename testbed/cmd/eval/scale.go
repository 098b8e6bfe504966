package main

import (
	"flag"
	"os"

	"github.com/braidotel/braid/testbed/scale"
)

// scaled prints what numbers of daily users take.
func scaled(args []string) error {
	m, u, on := scale.Defaults()
	flags := flag.NewFlagSet("eval scale", flag.ContinueOnError)
	flags.Float64Var(&u.VisitsPerDay, "visits", u.VisitsPerDay, "visits of a user and a day")
	flags.Float64Var(&u.PagesPerVisit, "pages", u.PagesPerVisit, "pages of a visit")
	flags.Float64Var(&u.SpansPerPage, "spans", u.SpansPerPage, "spans of a page")
	flags.DurationVar(&u.Idle, "idle", u.Idle, "after which a session has ended")
	flags.Float64Var(&u.Busiest, "busiest", u.Busiest, "busiest hour as a multiple of the average")
	flags.Float64Var(&on.CoreHour, "core-hour", on.CoreHour, "price of a core for an hour")
	flags.Float64Var(&on.GiBHour, "gib-hour", on.GiBHour, "price of a GiB of memory for an hour")
	if err := flags.Parse(args); err != nil {
		return err
	}
	return scale.Print(os.Stdout, m, u, on)
}
