package main

import (
	"context"
	"os"

	"github.com/braidotel/braid/testbed/sessionstore"
)

// storedSessions measures the reading of a store of so many sessions.
func storedSessions(ctx context.Context, sessions int) error {
	return sessionstore.Run(ctx, os.Stdout, sessionstore.Options{Sessions: sessions})
}
