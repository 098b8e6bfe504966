package main

import (
	"context"
	"os"

	"github.com/braidotel/braid/testbed/rcaeval"
)

func (o *options) rootCauses(ctx context.Context) error {
	return rcaeval.Run(ctx, o.data, o.out, rcaeval.Options{Late: o.late, Told: o.told, Only: o.only, Each: o.verbose}, os.Stdout)
}
