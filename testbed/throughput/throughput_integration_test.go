//go:build integration

package throughput

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/testbed/collector"
)

// What braidctl must reach, in spans a second of processor time: the machine may be busy, its cores are still as fast.
const (
	loadFloor   = 200_000
	replayFloor = 100_000
)

// nop takes OTLP and drops it.
const nop = `yaml:
receivers: {otlp: {protocols: {grpc: {endpoint: "${env:BRAID_OTLP_GRPC_ENDPOINT}"}}}}
extensions: {health_check: {endpoint: "${env:BRAID_HEALTH_ENDPOINT}"}}
exporters: {nop: {}}
service:
  extensions: [health_check]
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], exporters: [nop]}
    logs: {receivers: [otlp], exporters: [nop]}
    metrics: {receivers: [otlp], exporters: [nop]}
`

// startNop runs the built collector until the test ends.
func startNop(t *testing.T) collector.Endpoints {
	t.Helper()
	binary, err := collector.Binary()
	require.NoError(t, err)
	endpoints, err := collector.FreeEndpoints()
	require.NoError(t, err)
	p, err := collector.Start(t.Context(), collector.Config{
		Binary: binary, Configs: []string{nop}, Env: endpoints.Env(), HealthURL: endpoints.HealthURL(),
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Stop(context.WithoutCancel(t.Context())), p.Logs()) }) // the context ends before cleanup
	return endpoints
}

// braidctl runs the built client and returns what it says and the processor time it took.
func braidctl(t *testing.T, args ...string) (said string, used time.Duration) {
	t.Helper()
	root, err := collector.Root()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), filepath.Join(root, "build", "braidctl"), args...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	t.Logf("%s", bytes.TrimSpace(out))
	return string(out), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// accepted reads how many spans a summary says were accepted.
func accepted(t *testing.T, said string) (spans float64) {
	t.Helper()
	_, err := fmt.Sscanf(said, "%f spans accepted", &spans)
	require.NoError(t, err, said)
	return spans
}

func TestLoad_NopCollector_TwoHundredThousandSpansFromOneCore(t *testing.T) {
	endpoints := startNop(t)
	said, used := braidctl(t, "load", "--endpoint", endpoints.OTLPGRPC, "--duration", "3s")
	assert.Greater(t, accepted(t, said)/used.Seconds(), float64(loadFloor))
}

func TestReplay_NopCollector_HundredThousandSpansFromOneCore(t *testing.T) {
	endpoints := startNop(t)
	file := filepath.Join(t.TempDir(), "access.jsonl")
	require.NoError(t, os.WriteFile(file, accessLog(500, 300), 0o600))
	said, used := braidctl(t, "replay", "--speed", "max", "--endpoint", endpoints.OTLPGRPC, file)
	assert.InDelta(t, 500*300, accepted(t, said), 0.5)
	assert.Greater(t, accepted(t, said)/used.Seconds(), float64(replayFloor))
}

// accessLog writes spans like those of a web server's log: one small span a request.
func accessLog(lines, perLine int) []byte {
	var b bytes.Buffer
	for i := range lines {
		b.WriteString(`{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"api"}}]},"scopeSpans":[{"spans":[`)
		for k := range perLine {
			if k > 0 {
				b.WriteByte(',')
			}
			n := i*perLine + k
			fmt.Fprintf(&b, `{"traceId":"%032x","spanId":"%016x","name":"POST","kind":2,"startTimeUnixNano":"%d","endTimeUnixNano":"%d","attributes":[`+
				`{"key":"http.request.method","value":{"stringValue":"POST"}},{"key":"url.path","value":{"stringValue":"/metrics/sticker/%d"}},`+
				`{"key":"http.response.status_code","value":{"intValue":"200"}},{"key":"client.address","value":{"stringValue":"192.0.2.%d"}},`+
				`{"key":"user_agent.original","value":{"stringValue":"Mozilla/5.0 (Linux; Android 14; SM-S921N) AppleWebKit/537.36"}}]}`,
				n+1, n+1, 1_500_000_000_000_000_000+n, 1_500_000_000_000_000_000+n, n%500, n%250)
		}
		b.WriteString("]}]}]}\n")
	}
	return b.Bytes()
}
