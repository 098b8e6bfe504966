//go:build integration

package configs

import (
	"cmp"
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/testbed/collector"
)

// running is the built binary with one of the shipped configurations, on ports of its own.
type running struct {
	collector.Endpoints
	data string        // BRAID_DATA_DIR
	logs func() string // what it has logged
}

// start runs the collector with the given files and environment until the test ends. That it then stops when asked,
// without an error, is part of every test. Its data are its own unless the environment says where they are.
func start(t *testing.T, env map[string]string, files ...string) running {
	t.Helper()
	endpoints, err := collector.FreeEndpoints()
	require.NoError(t, err)
	c := running{Endpoints: endpoints, data: cmp.Or(env["BRAID_DATA_DIR"], filepath.Join(t.TempDir(), "braid-data"))}
	all := endpoints.Env()
	maps.Copy(all, env)
	all["BRAID_DATA_DIR"], all["BRAID_SECRET"] = c.data, "a secret of this test alone"

	process, err := collector.Start(t.Context(), collector.Config{
		Binary: binary(t), Configs: files, Env: all, HealthURL: endpoints.HealthURL(),
	})
	require.NoError(t, err)
	c.logs = process.Logs
	t.Cleanup(func() {
		require.NoError(t, process.Stop(context.WithoutCancel(t.Context())), "%v:\n%s", files, process.Logs())
	})
	return c
}

func binary(t *testing.T) string {
	t.Helper()
	path, err := collector.Binary()
	require.NoError(t, err)
	return path
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return listener
}

// get returns what url answers, or nothing while nobody does.
func get(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(body)
}
