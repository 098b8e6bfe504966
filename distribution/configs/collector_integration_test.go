//go:build integration

package configs

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	startLimit = 30 * time.Second
	stopLimit  = 20 * time.Second
	pollEvery  = 50 * time.Millisecond
)

// collector is the built binary running one of the shipped configurations on ports of its own.
type collector struct {
	grpc, http, metrics string // host:port
	data                string // BRAID_DATA_DIR
}

// start runs the collector with the given files and environment until the test ends, and waits until it is healthy.
// That it stops when asked, within stopLimit and without an error, is part of every test.
func start(t *testing.T, env []string, files ...string) collector {
	t.Helper()
	ports := freeAddresses(t, 5)
	health, telemetry := ports[3], ports[4]
	c := collector{grpc: ports[0], http: ports[1], metrics: ports[2], data: filepath.Join(t.TempDir(), "braid-data")}
	host, port, err := net.SplitHostPort(telemetry)
	require.NoError(t, err)

	var args []string
	for _, file := range files {
		args = append(args, "--config", file)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), binary(t), args...)
	cmd.Env = append(os.Environ(), append([]string{
		"BRAID_OTLP_GRPC_ENDPOINT=" + c.grpc, "BRAID_OTLP_HTTP_ENDPOINT=" + c.http, "BRAID_METRICS_ENDPOINT=" + c.metrics,
		"BRAID_HEALTH_ENDPOINT=" + health, "BRAID_TELEMETRY_HOST=" + host, "BRAID_TELEMETRY_PORT=" + port,
		"BRAID_DATA_DIR=" + c.data, "BRAID_SECRET=a secret of this test alone",
	}, env...)...)
	log, err := os.Create(filepath.Join(t.TempDir(), "collector.log"))
	require.NoError(t, err)
	cmd.Stdout, cmd.Stderr = log, log
	require.NoError(t, cmd.Start())

	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	t.Cleanup(func() {
		stopErr := stop(cmd.Process, exited)
		text, _ := os.ReadFile(log.Name())
		_ = log.Close()
		require.NoError(t, stopErr, "stopping %v:\n%s", files, text)
	})
	require.Eventually(t, func() bool { return statusOf(t, "http://"+health) == http.StatusOK },
		startLimit, pollEvery, "%v is not healthy", files)
	return c
}

// stop asks the process to end and kills it when it does not.
func stop(process *os.Process, exited <-chan error) error {
	if err := process.Signal(syscall.SIGTERM); err != nil {
		return errors.Join(err, <-exited)
	}
	select {
	case err := <-exited:
		return err
	case <-time.After(stopLimit):
		return errors.Join(errors.New("still running"), process.Kill(), <-exited)
	}
}

// binary is the collector under test: what `make build` made, or what BRAID_COLLECTOR names.
func binary(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(cmp.Or(os.Getenv("BRAID_COLLECTOR"), "../../build/otelcol-braid"))
	require.NoError(t, err)
	require.FileExists(t, path, "run `make build` first")
	return path
}

// freeAddresses returns n loopback addresses on which nothing listens. They are reserved together, so they differ.
func freeAddresses(t *testing.T, n int) []string {
	t.Helper()
	listeners := make([]net.Listener, n)
	for i := range listeners {
		listeners[i] = listen(t)
	}
	addresses := make([]string, n)
	for i, listener := range listeners {
		addresses[i] = listener.Addr().String()
		require.NoError(t, listener.Close())
	}
	return addresses
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return listener
}

// statusOf is the status that a GET of url answers, or 0 while nothing does.
func statusOf(t *testing.T, url string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	return resp.StatusCode
}
