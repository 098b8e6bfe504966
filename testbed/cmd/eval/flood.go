package main

import (
	"cmp"
	"context"
	"os"

	"github.com/braidotel/braid/testbed/incidentcost"
)

// flooded measures the memory of the incident connector where names never end.
func (o *options) flooded(ctx context.Context) error {
	return incidentcost.Flood(ctx, cmp.Or(o.people, 100_000), o.out, os.Stdout)
}
