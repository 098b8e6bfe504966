package main

import (
	"cmp"
	"context"
	"os"

	"github.com/braidotel/braid/testbed/incidenteval"
)

// quietShops counts incidents where nothing is wrong.
func (o *options) quietShops(ctx context.Context) error {
	return incidenteval.Quiet(ctx, cmp.Or(o.seeds, 6), cmp.Or(o.people, 200), os.Stdout)
}
