//go:build integration

package replicas

import (
	"bytes"
	"context"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/braidotel/braid/internal/otlpsend"
	"github.com/braidotel/braid/testbed/collector"
	"github.com/braidotel/braid/testbed/kafka"
)

// The long form: -args -broker-kills 7 -broker-down 60s -broker-spans 300.
var (
	brokerSpans = flag.Int("broker-spans", 100, "spans a second while brokers are killed")
	brokerKills = flag.Int("broker-kills", 2, "how often the brokers are killed")
	brokerDown  = flag.Duration("broker-down", 2*time.Second, "how long they are then away")
)

// agentOfEdge has what edge-kafka.yaml is laid over: its pipelines to the center, of traffic that is not correlated yet.
const agentOfEdge = `yaml:
receivers: {otlp: {protocols: {grpc: {endpoint: "${env:BRAID_OTLP_GRPC_ENDPOINT}"}}}}
extensions:
  health_check: {endpoint: "${env:BRAID_HEALTH_ENDPOINT}"}
  file_storage: {directory: "${env:BRAID_DATA_DIR}/storage", create_directory: true, fsync: true}
exporters: {nop: {}}
service:
  extensions: [health_check, file_storage]
  telemetry: {metrics: {level: none}}
  pipelines:
    traces/center: {receivers: [otlp], exporters: [nop]}
    logs/center: {receivers: [otlp], exporters: [nop]}
    metrics/requests: {receivers: [otlp], exporters: [nop]}
    metrics/host: {receivers: [otlp], exporters: [nop]}
    metrics/center: {receivers: [otlp], exporters: [nop]}
`

// toBalancers writes where balancers read.
const toBalancers = `yaml:
exporters: {kafka: {traces: {topic: otlp_spans}, sending_queue: {batch: {flush_timeout: 100ms}}}}
`

// someSpans tell that traffic flows.
const someSpans = 100

// lossless is an edge that writes to brokers, a balancer that reads from them, and the backend.
type lossless struct {
	brokers  *kafka.Process
	balancer *replica
	to       *sink
	client   *otlpsend.Client
	letters  string // directory
}

func newLossless(t *testing.T, traffic *Traffic) (*lossless, *sent) {
	t.Helper()
	dir, binary := t.TempDir(), collectorPath(t)
	root, err := collector.Root()
	require.NoError(t, err)
	configs := filepath.Join(root, "distribution", "configs")
	l := &lossless{letters: filepath.Join(dir, "balancer", "dead-letters")}
	l.brokers, err = kafka.StartProcess(t.Context(), filepath.Join(dir, "kafka"), 6, "otlp_spans", "otlp_logs", "otlp_metrics")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, l.brokers.Kill()) })
	l.to, err = newSink(t.Context(), traffic.Gap)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, l.to.close()) })

	l.balancer, err = newBalancer(binary, dir, []*shard{{address: l.to.address}})
	require.NoError(t, err)
	l.balancer.config.Env["BRAID_KAFKA_BROKERS"] = l.brokers.Brokers()
	l.balancer.config.Configs = append(l.balancer.config.Configs, filepath.Join(configs, balancerKafka))
	require.NoError(t, l.balancer.start(t.Context()))
	t.Cleanup(func() { assert.NoError(t, l.balancer.process.Kill()) })

	at, err := collector.FreeEndpoints()
	require.NoError(t, err)
	env := at.Env()
	maps.Copy(env, map[string]string{
		"BRAID_KAFKA_BROKERS": l.brokers.Brokers(), "BRAID_DATA_DIR": filepath.Join(dir, "edge"), "BRAID_RETRY_INTERVAL": "1s",
	})
	edge, err := collector.Start(t.Context(), collector.Config{
		Binary: binary, Env: env, HealthURL: at.HealthURL(),
		Configs: []string{agentOfEdge, filepath.Join(configs, "edge-kafka.yaml"), toBalancers},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, edge.Kill())
		if t.Failed() {
			t.Log(edge.Logs(), l.balancer.process.Logs())
		}
	})
	l.client, err = otlpsend.Dial(at.OTLPGRPC, otlpsend.Options{Patience: patience})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, l.client.Close()) })
	made, err := newSent(traffic.Gap)
	require.NoError(t, err)
	return l, made
}

// kept is what the balancer has as dead letters.
func (l *lossless) kept(t *testing.T) (values [][]byte) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(l.letters, "traces-"+strings.Repeat("?", 32))) // without those being written
	require.NoError(t, err)
	for _, file := range files {
		value, err := os.ReadFile(file)
		require.NoError(t, err)
		values = append(values, value)
	}
	return values
}

// The brokers are killed again and again, and once stay away: what the edge has acknowledged waits on its disk, and all of it
// arrives. Records that are no telemetry become dead letters, and their partition goes on as the others do.
func TestBrokers_KilledAndPoisoned_NothingLost(t *testing.T) {
	t.Parallel()
	traffic := TrafficOf(*brokerSpans, 5, 2*time.Second)
	l, made := newLossless(t, &traffic)
	over, stop := context.WithCancel(t.Context())
	defer stop()
	var group errgroup.Group
	group.Go(func() error { return send(t.Context(), over, &traffic, l.client, made) })
	l.to.goesOn(t, someSpans)

	poison := [][]byte{[]byte("GET / HTTP/1.1"), bytes.Repeat([]byte{0xff}, 100), []byte(`{"resourceSpans":[]}`)}
	began := time.Now()
	require.NoError(t, l.brokers.Write(t.Context(), "otlp_spans", 0, poison...))
	require.NoError(t, until(t.Context(), func() bool { return len(l.kept(t)) == len(poison) }), "poison is not kept")
	t.Logf("%d records that are no telemetry were kept within %v", len(poison), time.Since(began).Round(time.Millisecond))
	l.to.goesOn(t, someSpans)

	for range *brokerKills {
		require.NoError(t, l.brokers.Kill())
		require.NoError(t, l.brokers.Start(t.Context()))
		began = time.Now()
		l.to.goesOn(t, someSpans)
		t.Logf("killed and started; %d spans arrived within %v", someSpans, time.Since(began).Round(time.Millisecond))
	}
	require.NoError(t, l.brokers.Kill())
	pause(over, *brokerDown)
	require.NoError(t, l.brokers.Start(t.Context()))
	l.to.goesOn(t, someSpans)
	stop()
	require.NoError(t, group.Wait())

	began = time.Now()
	l.to.drains(t, made.spans)
	var result Result
	result.judge(l.to, made, &Options{Log: func(string, ...any) {}})
	t.Logf("%d spans acknowledged, %d lost, %d never with their session, %d came again; brokers killed %d times, away %v; all there %v later",
		made.spans, result.Lost, result.Unstamped, result.Again, *brokerKills+1, *brokerDown, time.Since(began).Round(time.Millisecond))
	assert.Zero(t, result.Lost)
	assert.Zero(t, result.Unstamped)
	assert.ElementsMatch(t, poison, l.kept(t))
}
