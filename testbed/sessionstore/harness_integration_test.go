//go:build integration

package sessionstore

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/braidotel/braid/testbed/collector"
)

// patience is how long anything may take to come about on a busy machine.
const patience = time.Minute

func TestMain(m *testing.M) {
	// The client looks once a second whether a server that was gone is back, and only then whether it was closed meanwhile.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"))
}

// startServer starts a Redis that ends with the test.
func startServer(t *testing.T, options ...string) *Server {
	t.Helper()
	return startProgram(t, []string{"redis-server"}, options...)
}

// startProgram starts whatever takes Redis' options and speaks its protocol.
func startProgram(t *testing.T, program []string, options ...string) *Server {
	t.Helper()
	addresses, err := collector.FreeAddresses(1)
	require.NoError(t, err)
	server, err := start(t.Context(), program, t.TempDir(), addresses[0], options...)
	require.NoError(t, err)
	t.Cleanup(server.Kill)
	return server
}

// startWatch starts a receiver that ends with the test.
func startWatch(t *testing.T, stores map[string]any) *Watch {
	t.Helper()
	w, err := StartWatch(t.Context(), map[string]any{
		"secret": secret, "stores": stores, "metrics": map[string]any{"interval": "200ms"},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Stop()) })
	return w
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, patience, pollEvery, what)
}
