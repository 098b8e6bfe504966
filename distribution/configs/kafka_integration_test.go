//go:build integration

package configs

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/braidotel/braid/testbed/kafka"
)

// What is no telemetry becomes a dead letter at the center, and what follows it in its partition arrives. Protocol-level: kfake.
func TestCenterKafka_Poison_IsKeptAndPassedOver(t *testing.T) {
	t.Parallel()
	cluster, err := kafka.Start(1, "braid.events", "braid.metrics", "braid.examples")
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	writer, err := kgo.NewClient(kgo.SeedBrokers(cluster.Addresses()...))
	require.NoError(t, err)
	t.Cleanup(writer.Close)
	ld := plog.NewLogs()
	record := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	record.SetEventName("app.after_poison")
	sound, err := (&plog.ProtoMarshaler{}).MarshalLogs(ld)
	require.NoError(t, err)
	poison := []byte("no telemetry")
	for _, topic := range []string{"braid.events", "braid.metrics", "braid.examples"} {
		require.NoError(t, writer.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Value: poison}).FirstErr())
	}
	require.NoError(t, writer.ProduceSync(t.Context(), &kgo.Record{Topic: "braid.events", Value: sound}).FirstErr())

	center := start(t, map[string]string{"BRAID_KAFKA_BROKERS": cluster.Brokers()}, "center.yaml", centerKafka)
	assert.Eventually(t, func() bool {
		events, _ := os.ReadFile(filepath.Join(center.data, "events.jsonl"))
		return bytes.Contains(events, []byte("app.after_poison"))
	}, arrival, pollEvery, "the partition stands still")
	letters := func(signal string) []string {
		files, _ := filepath.Glob(filepath.Join(center.data, "dead-letters", signal+"-"+strings.Repeat("?", 32))) // without those being written
		return files
	}
	for _, signal := range []string{"logs", "metrics", "traces"} {
		require.Eventually(t, func() bool { return len(letters(signal)) == 1 }, arrival, pollEvery, signal)
		kept, err := os.ReadFile(letters(signal)[0])
		require.NoError(t, err)
		assert.Equal(t, poison, kept, signal)
	}
	assert.Eventually(t, func() bool {
		return strings.Contains(get(t, "http://"+center.Telemetry+"/metrics"), "otelcol_extension_dead_letter_encoding_records")
	}, arrival, pollEvery, "nobody can be told")
}
