package main

import (
	"cmp"
	"context"
	"os"

	"github.com/braidotel/braid/testbed/incidentcost"
)

// ranked measures how long the incident connector takes to say what it found.
func (o *options) ranked(ctx context.Context) error {
	return incidentcost.Ranking(ctx, cmp.Or(o.seeds, 3), cmp.Or(o.people, 200), 100_000, os.Stdout)
}
