package main

import (
	"context"
	"os"

	"github.com/braidotel/braid/testbed/knowledge"
)

// searchedKnowledge measures how often the right passage of the sample documents is found.
func searchedKnowledge(ctx context.Context, verbose bool) error {
	return knowledge.Run(ctx, verbose, os.Stdout)
}
