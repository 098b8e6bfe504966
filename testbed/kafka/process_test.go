package kafka

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestProcess_Killed_HasWhatItAcknowledged(t *testing.T) {
	t.Parallel()
	p, err := StartProcess(t.Context(), t.TempDir(), 2, topic)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, p.Kill()) })
	var want []string
	for i := range 3 {
		want = append(want, fmt.Sprint("record ", i))
		require.NoError(t, p.Write(t.Context(), topic, 1, []byte(want[i])))
		require.NoError(t, p.Kill())
		require.NoError(t, p.Start(t.Context()))
	}
	reader, err := kgo.NewClient(kgo.SeedBrokers(p.Brokers()), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{
		topic: {1: kgo.NewOffset().AtStart()},
	}))
	require.NoError(t, err)
	defer reader.Close()
	var got []string
	for len(got) < len(want) {
		fetches := reader.PollFetches(t.Context())
		require.NoError(t, fetches.Err())
		for _, record := range fetches.Records() {
			got = append(got, string(record.Value))
		}
	}
	assert.Equal(t, want, got)
}
