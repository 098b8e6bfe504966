package kafka

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
)

const topic = "topic"

func started(t *testing.T) *Cluster {
	t.Helper()
	c, err := Start(2, topic)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

func client(t *testing.T, c *Cluster, options ...kgo.Opt) *kgo.Client {
	t.Helper()
	cl, err := kgo.NewClient(append(options, kgo.SeedBrokers(c.Addresses()...))...)
	require.NoError(t, err)
	t.Cleanup(cl.Close)
	return cl
}

func write(t *testing.T, cl *kgo.Client, n int) {
	t.Helper()
	for i := range n {
		require.NoError(t, cl.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Value: []byte(strconv.Itoa(i))}).FirstErr())
	}
}

// Only the client that is cut off waits, and goes on when it is not.
func TestCluster_ClientCutOff_OthersGoOn(t *testing.T) {
	t.Parallel()
	c := started(t)
	cut, other := client(t, c, kgo.ClientID("cut")), client(t, c, kgo.ClientID("other"))
	write(t, cut, 1)
	c.Cut("cut", true)
	waiting := make(chan error, 1)
	cut.Produce(t.Context(), &kgo.Record{Topic: topic}, func(_ *kgo.Record, err error) { waiting <- err })
	write(t, other, 10)
	assert.Empty(t, waiting)
	c.Cut("cut", false)
	assert.NoError(t, <-waiting)
}

// Some records are there again, and a group whose offsets are set back reads everything once more.
func TestCluster_RepeatedAndSetBack_ReadAgain(t *testing.T) {
	t.Parallel()
	c := started(t)
	r, err := c.Repeat(t.Context(), 1, topic)
	require.NoError(t, err)
	writer := client(t, c)
	for range 100 {
		write(t, writer, 10)
		if r.Count() > 0 {
			break
		}
	}
	require.Positive(t, r.Count())
	require.NoError(t, r.Stop())
	ends, err := c.Ends(t.Context(), topic)
	require.NoError(t, err)

	reader := client(t, c, kgo.ConsumerGroup("group"), kgo.ConsumeTopics(topic), kgo.InstanceID("one"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit())
	for read := int64(0); read < ends[topic]; {
		fetches := reader.PollFetches(t.Context())
		require.NoError(t, fetches.Err())
		read += int64(fetches.NumRecords())
	}
	require.NoError(t, reader.CommitUncommittedOffsets(t.Context()))
	reader.Close()
	committed, err := c.Committed(t.Context(), "group")
	require.NoError(t, err)
	assert.Equal(t, ends, committed)

	again, err := c.Rewind(t.Context(), "group", "one")
	require.NoError(t, err)
	assert.Equal(t, ends[topic], again)
	committed, err = c.Committed(t.Context(), "group")
	require.NoError(t, err)
	assert.Zero(t, committed[topic])
}
