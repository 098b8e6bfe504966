package main

import (
	"cmp"
	"context"
	"os"

	"github.com/braidotel/braid/testbed/incidenteval"
)

// flooded measures the memory of the incident connector where names never end.
func (o *options) flooded(ctx context.Context) error {
	return incidenteval.Flood(ctx, cmp.Or(o.people, 100_000), os.Stdout)
}
