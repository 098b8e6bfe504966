//go:build integration

package replicas

import (
	"context"
	"path/filepath"
	"slices"
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

const balancerKafka = "balancer-kafka.yaml"

// count is how many different spans have come.
func (s *sink) count() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.arrived
}

// goesOn returns once some more spans have come for the first time.
func (s *sink) goesOn(t *testing.T, some uint64) {
	t.Helper()
	before := s.count()
	require.NoError(t, until(t.Context(), func() bool { return s.count() >= before+some }))
}

// drains returns once all have come, however long that takes as long as some do.
func (s *sink) drains(t *testing.T, all uint64) {
	t.Helper()
	for came := s.count(); came < all; came = s.count() {
		require.NoError(t, until(t.Context(), func() bool { return s.count() > came }), "%d of %d spans came", came, all)
	}
}

// agentByKafka acknowledges what the brokers have acknowledged.
const agentByKafka = `yaml:
receivers: {otlp: {protocols: {grpc: {endpoint: "${env:BRAID_OTLP_GRPC_ENDPOINT}"}}}}
extensions: {health_check: {endpoint: "${env:BRAID_HEALTH_ENDPOINT}"}}
exporters:
  kafka:
    brokers: ["${env:BRAID_KAFKA_BROKERS}"]
    partition_traces_by_id: true
    producer: {required_acks: -1}
    sending_queue: {enabled: false}
service:
  extensions: [health_check]
  telemetry: {metrics: {level: none}}
  pipelines: {traces: {receivers: [otlp], exporters: [kafka]}}
`

// Two balancers of one group read what agents write, each trace one of them. One comes while people visit, another goes: its
// partitions move, and move back when it is there again, with what it had not sent. No span is lost and no session begins twice:
// sessions are the gateways'.
func TestBalancersByKafka_OneComesAndOneGoes_NoSpanLostNoSessionSplit(t *testing.T) {
	t.Parallel()
	o := Options{Shards: 2, Traffic: TrafficOf(300, 5, 2*time.Second), Tier: 2 * time.Second, Dir: t.TempDir(), Binary: collectorPath(t), Log: func(string, ...any) {}}
	root, err := collector.Root()
	require.NoError(t, err)
	cluster, err := kafka.Start(6, "otlp_spans", "otlp_logs", "otlp_metrics")
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	store, err := newStore(t.Context(), o.Dir)
	require.NoError(t, err)
	t.Cleanup(store.close)
	to, err := newSink(t.Context(), o.Tier)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, to.close()) })
	shards, first, err := start(t.Context(), &o, store, to)
	t.Cleanup(func() {
		for _, s := range shards {
			require.NoError(t, s.close())
		}
	})
	require.NoError(t, err)
	require.NoError(t, first.process.Stop(t.Context())) // it does not read from Kafka
	balancer := func(name string) *replica {
		b, err := newBalancer(o.Binary, filepath.Join(o.Dir, name), shards)
		require.NoError(t, err)
		b.config.Env["BRAID_KAFKA_BROKERS"] = cluster.Brokers()
		b.config.Configs = append(b.config.Configs, filepath.Join(root, "distribution", "configs", balancerKafka))
		require.NoError(t, b.start(t.Context()))
		return b
	}
	at, err := collector.FreeEndpoints()
	require.NoError(t, err)
	env := at.Env()
	env["BRAID_KAFKA_BROKERS"] = cluster.Brokers()
	agent, err := collector.Start(t.Context(), collector.Config{Binary: o.Binary, Configs: []string{agentByKafka}, Env: env, HealthURL: at.HealthURL()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, agent.Stop(context.WithoutCancel(t.Context()))) })

	leaves := balancer("one")
	client, err := otlpsend.Dial(at.OTLPGRPC, otlpsend.Options{Patience: patience})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	made, err := newSent(o.Tier)
	require.NoError(t, err)
	over, stop := context.WithCancel(t.Context())
	defer stop()
	var group errgroup.Group
	group.Go(func() error { return send(t.Context(), over, &o.Traffic, client, made) })

	shared := func(partitions ...int) func() bool {
		return func() bool {
			shares, err := cluster.Shares(t.Context(), "braid-balancer-traces")
			return err == nil && slices.Equal(shares, partitions)
		}
	}
	to.goesOn(t, 500)
	stays := balancer("other")
	t.Cleanup(func() { require.NoError(t, stays.process.Kill()) })
	require.NoError(t, until(t.Context(), shared(3, 3)), "nothing was handed over")
	to.goesOn(t, 500)
	require.NoError(t, leaves.process.Stop(t.Context()))
	require.NoError(t, until(t.Context(), shared(6)), "what the other had was not taken over")
	to.goesOn(t, 500)
	require.NoError(t, leaves.start(t.Context())) // with what was still in its queue
	t.Cleanup(func() { require.NoError(t, leaves.process.Kill()) })
	require.NoError(t, until(t.Context(), shared(3, 3)), "nothing was given back")
	stop()
	require.NoError(t, group.Wait())

	var result Result
	require.NoError(t, until(t.Context(), func() bool {
		result = Result{}
		result.judge(to, made, &o)
		return result.Lost == 0 && result.NotBegun == 0 && result.Unstamped == 0
	}), "%+v", result)
	t.Logf("%d spans of %d visits: %d lost, %d never with their session; %d came again, %d copies without; %d sessions begun twice",
		made.spans, result.Visits, result.Lost, result.Unstamped, result.Again, result.Mistaken, result.BegunTwice)
	for _, b := range []*replica{leaves, stays} {
		for line := range strings.Lines(b.process.Logs()) {
			if strings.Contains(line, "could not be read back") {
				t.Log(line)
			}
		}
	}
	assert.Positive(t, result.Visits)
	assert.Zero(t, result.Unstamped, "spans that did not come with their session")
	assert.Less(t, result.Mistaken, made.spans/50, "copies of them that came without")
	assert.Zero(t, result.BegunTwice+result.Nobodys, "sessions that began twice, or that there were not")
}
