package main

import (
	"context"
	"os"

	"github.com/braidotel/braid/testbed/incidenteval"
)

// incidents groups recorded alerts.
func (o *options) incidents(ctx context.Context) error {
	return o.recorded(func() error { return incidenteval.Run(ctx, o.data, o.out, os.Stdout) })
}
