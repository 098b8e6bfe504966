package kafkalookbackprocessor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/braidotel/braid/processor/kafkalookbackprocessor/internal/metadata"
)

const topic = "otlp_spans"

// bench is a cluster with one topic of two partitions, a processor that reads it back, and what it passed on.
type bench struct {
	*traces
	writer *kgo.Client
	now    time.Time // of the newest record
	names  []string
	refuse error
}

func newBench(t *testing.T, with func(*Config)) *bench {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, topic))
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	b := &bench{now: time.Now()}
	b.writer, err = kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	require.NoError(t, err)
	t.Cleanup(b.writer.Close)
	next, err := consumer.NewTraces(func(_ context.Context, td ptrace.Traces) error {
		if b.refuse != nil {
			return b.refuse
		}
		b.names = append(b.names, td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Name())
		return nil
	})
	require.NoError(t, err)
	cfg := createDefaultConfig()
	cfg.Brokers = cluster.ListenAddrs()
	if with != nil {
		with(cfg)
	}
	require.NoError(t, cfg.Validate())
	b.traces, err = newTraces(processortest.NewNopSettings(metadata.Type), cfg, next)
	require.NoError(t, err)
	require.NoError(t, b.Start(t.Context(), componenttest.NewNopHost()))
	t.Cleanup(func() { assert.NoError(t, b.Shutdown(context.Background())) })
	return b
}

func named(name string) ptrace.Traces {
	td := ptrace.NewTraces()
	td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty().SetName(name)
	return td
}

// write appends a record that was made so long ago.
func (b *bench) write(t *testing.T, number int32, ago time.Duration, value []byte) {
	t.Helper()
	require.NoError(t, b.writer.ProduceSync(t.Context(), &kgo.Record{
		Topic: topic, Partition: number, Timestamp: b.now.Add(-ago), Value: value,
	}).FirstErr())
}

// fill writes spans named by partition and offset, one a second, the last one just now.
func (b *bench) fill(t *testing.T, number int32, n int) {
	t.Helper()
	for i := range n {
		value, err := (&ptrace.ProtoMarshaler{}).MarshalTraces(named(fmt.Sprintf("%d/%d", number, i)))
		require.NoError(t, err)
		b.write(t, number, time.Duration(n-1-i)*time.Second, value)
	}
}

// take hands over a record as the receiver does.
func (b *bench) take(t *testing.T, number int32, offset int) error {
	t.Helper()
	ctx := client.NewContext(t.Context(), client.Info{Metadata: client.NewMetadata(map[string][]string{
		"kafka.topic": {topic}, "kafka.partition": {strconv.Itoa(int(number))}, "kafka.offset": {strconv.Itoa(offset)},
	})})
	return b.ConsumeTraces(ctx, named(fmt.Sprintf("%d/%d", number, offset)))
}

func TestTraces_PartitionComes_LastSecondsGoFirst(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *Config) { c.Lookback = 3500 * time.Millisecond })
	b.fill(t, 0, 20)
	b.fill(t, 1, 3)
	require.NoError(t, b.take(t, 0, 10))
	require.NoError(t, b.take(t, 0, 11))
	require.NoError(t, b.take(t, 1, 2))
	assert.Equal(t, []string{"0/7", "0/8", "0/9", "0/10", "0/11", "1/0", "1/1", "1/2"}, b.names)
}

func TestTraces_PartitionComesAgain_OnlyWhatOthersRead(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.fill(t, 0, 20)
	require.NoError(t, b.take(t, 0, 0))
	require.NoError(t, b.take(t, 0, 3))
	require.NoError(t, b.take(t, 0, 3), "delivered again")
	require.NoError(t, b.take(t, 0, 4))
	assert.Equal(t, []string{"0/0", "0/1", "0/2", "0/3", "0/3", "0/4"}, b.names)
}

// Whoever joins traces may have forgotten by then what this collector read itself.
func TestTraces_PartitionComesAgainLate_AllOfTheLastSeconds(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *Config) { c.Lookback = 1500 * time.Millisecond })
	b.fill(t, 0, 9)
	require.NoError(t, b.take(t, 0, 7))
	p := partition{topic: topic}
	b.read[p] = reached{next: 8, at: time.Now().Add(-time.Minute)}
	require.NoError(t, b.take(t, 0, 8))
	assert.Equal(t, []string{"0/6", "0/7", "0/8"}, b.names)
	b.read[p] = reached{next: 7, at: time.Now().Add(-time.Minute)}
	require.NoError(t, b.take(t, 0, 8))
	assert.Equal(t, []string{"0/6", "0/7", "0/8", "0/7", "0/8"}, b.names)
}

func TestTraces_MoreThanMost_TheLatest(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *Config) { c.MaxRecords = 2; c.Lookback = time.Hour })
	b.fill(t, 0, 8)
	require.NoError(t, b.take(t, 0, 6))
	assert.Equal(t, []string{"0/4", "0/5", "0/6"}, b.names)
}

func TestTraces_UnreadableBefore_IsPassedOver(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.fill(t, 0, 1)
	b.write(t, 0, 0, []byte("no telemetry"))
	b.write(t, 0, 0, nil)
	require.NoError(t, b.take(t, 0, 2))
	assert.Equal(t, []string{"0/0", "0/2"}, b.names)
}

func TestTraces_NextRefuses_TheReceiverComesAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.fill(t, 0, 3)
	b.refuse = errors.New("not now")
	require.ErrorIs(t, b.take(t, 0, 2), b.refuse)
	b.refuse = nil
	require.NoError(t, b.take(t, 0, 2))
	assert.Equal(t, []string{"0/0", "0/1", "0/2"}, b.names)
}

func TestTraces_BrokersAway_GoesWithout(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *Config) { c.Brokers = []string{"127.0.0.1:1"}; c.Timeout = 100 * time.Millisecond })
	require.NoError(t, b.take(t, 0, 7))
	assert.Equal(t, []string{"0/7"}, b.names)
}

func TestTraces_NotFromKafka_PassOn(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *Config) { c.Brokers = []string{"127.0.0.1:1"} })
	require.NoError(t, b.ConsumeTraces(t.Context(), named("other")))
	assert.Equal(t, []string{"other"}, b.names)
}

// TestTraces_HeadersOfASender_AreNotBelieved: receivers that pass headers on (include_metadata) say who sent them.
func TestTraces_HeadersOfASender_AreNotBelieved(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.fill(t, 0, 20)
	ctx := client.NewContext(t.Context(), client.Info{
		Addr:     &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 4317},
		Metadata: client.NewMetadata(map[string][]string{"kafka.topic": {topic}, "kafka.partition": {"0"}, "kafka.offset": {"10"}}),
	})
	require.NoError(t, b.ConsumeTraces(ctx, named("sent")))
	assert.Equal(t, []string{"sent"}, b.names)
	assert.Empty(t, b.read)
}
