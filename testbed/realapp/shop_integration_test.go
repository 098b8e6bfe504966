//go:build integration

package realapp

import (
	"encoding/json"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/testbed/collector"
	"github.com/braidotel/braid/testbed/node"
)

const (
	bundleLimit   = time.Minute
	scenarioLimit = 2 * time.Minute
	settleLimit   = time.Minute
)

// playVisits starts Redis, the collector and the shop, plays scenario/visits.mjs in Chromium and stops everything again.
// Before the collector stops it is given time until what it wrote is settled, or settleLimit. playVisits returns the
// session.id of each visit's browser and the folder into which the collector wrote.
func playVisits(t *testing.T, c chain) (sessions map[string]string, out string) {
	t.Helper()
	node.Install(t, ".")
	addresses, err := collector.FreeAddresses(3)
	require.NoError(t, err)
	redisAddress, otlpAddress, shopAddress := addresses[0], addresses[1], addresses[2]
	out = t.TempDir()

	redis := startRedis(t, redisAddress)
	braid := startCollector(t, otlpAddress, shopAddress, out, c.configs)
	shop := startShop(t, shopAddress, redisAddress, otlpAddress)

	answer := run(t, scenarioLimit, "node", "scenario/visits.mjs", "http://"+shopAddress, debianCommand(t, "chromium", "chromium"))
	require.NoError(t, json.Unmarshal(answer, &sessions), "what the scenario printed: %s", answer)

	// Everyone sends what they still hold to the next, in this order.
	shop.stop(t)
	braid.await(settleLimit, func() bool { return c.settled(out) })
	braid.stop(t)
	redis.stop(t)
	return sessions, out
}

func startRedis(t *testing.T, address string) *process {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	redis := startProcess(t, nil, debianCommand(t, "redis-server", "redis-server"),
		"--bind", "127.0.0.1", "--port", port, "--dir", t.TempDir(), "--save", "", "--appendonly", "no")
	redis.awaitReady(t, listening(address))
	return redis
}

func startCollector(t *testing.T, otlpAddress, pageAddress, out string, configs []string) *process {
	t.Helper()
	var args []string
	for _, config := range configs {
		args = append(args, "--config", filepath.Join("testdata", config))
	}
	env := []string{"OTLP_ADDRESS=" + otlpAddress, "PAGE_ORIGIN=http://" + pageAddress, "OUT=" + out}
	braid := startProcess(t, env, collectorBinary(t), args...)
	braid.awaitReady(t, listening(otlpAddress))
	return braid
}

func startShop(t *testing.T, address, redisAddress, otlpAddress string) *process {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	bundle := filepath.Join(t.TempDir(), "page.js")
	run(t, bundleLimit, filepath.Join("node_modules", ".bin", "esbuild"), "page/page.js",
		"--bundle", "--minify", "--format=esm", "--log-level=warning", "--outfile="+bundle)

	shop := startProcess(t, []string{
		"PORT=" + port,
		"REDIS_URL=redis://" + redisAddress,
		"PAGE_BUNDLE=" + bundle,
		"OTEL_SERVICE_NAME=shop-server",
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + otlpAddress,
		"OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
		"OTEL_TRACES_EXPORTER=otlp",
		"OTEL_LOGS_EXPORTER=otlp",
		"OTEL_METRICS_EXPORTER=otlp",
	}, "node", "--require", "./app/telemetry.cjs", "app/server.cjs")
	shop.awaitReady(t, healthy("http://"+address+"/healthz"))
	return shop
}

// healthy reports whether a health check succeeds. These checks belong to nobody's session.
func healthy(url string) func() bool {
	client := &http.Client{Timeout: time.Second}
	return func() bool {
		response, err := client.Get(url)
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	}
}

// collectorBinary is the collector under test: BRAID_COLLECTOR, or what `make build` leaves.
func collectorBinary(t *testing.T) string {
	t.Helper()
	path, err := collector.Binary()
	require.NoError(t, err)
	return path
}

// debianCommand finds a command that a Debian package brings.
func debianCommand(t *testing.T, command, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(command)
	require.NoError(t, err, "install it with: apt-get install %s", pkg)
	return path
}
