package main

import (
	"context"
	"os"

	"github.com/braidotel/braid/testbed/deployeval"
)

// deployments judges recorded incidents that may have come from a deployment.
func (o *options) deployments(ctx context.Context) error {
	return o.recorded(func() error { return deployeval.Run(ctx, o.data, o.out, os.Stdout) })
}
