package configs

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

func overlay(t *testing.T, file string) (config map[string]any) {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(data, &config))
	return config
}

// What Kafka's defaults lose is changed; see notes on message_marking, initial_offset and required_acks in the files.
func TestKafka_Defaults_AreSafe(t *testing.T) {
	exporter := at(overlay(t, edgeKafka), "exporters.kafka")
	assert.Equal(t, -1, at(exporter, "producer.required_acks"))
	assert.Equal(t, "0s", at(exporter, "retry_on_failure.max_elapsed_time"))
	assert.Equal(t, "bytes", at(exporter, "sending_queue.sizer"))
	assert.Equal(t, true, at(exporter, "sending_queue.block_on_overflow"))
	assert.Equal(t, "file_storage", at(exporter, "sending_queue.storage"))
	assert.Less(t, at(exporter, "sending_queue.batch.max_size"), at(exporter, "producer.max_message_bytes"))

	receiver := at(overlay(t, centerKafka), "receivers.kafka")
	assert.Equal(t, true, at(receiver, "message_marking.after"))
	assert.Equal(t, "earliest", at(receiver, "initial_offset"))
	assert.NotEmpty(t, at(receiver, "group_instance_id"))
	assert.Equal(t, "0s", at(receiver, "error_backoff.max_elapsed_time"))
	for _, signal := range []string{"logs", "metrics", "traces"} {
		topic := at(exporter, signal+".topic")
		assert.Equal(t, []any{topic}, at(receiver, signal+".topics"))
	}
}

// Every pipeline of the edge that leads to the center leads to Kafka when the overlay is there.
func TestEdgeKafka_Pipelines_AreThoseToTheCenter(t *testing.T) {
	edge, kafka := shipped(t)["edge.yaml"], overlay(t, edgeKafka)
	pipelines, _ := at(edge, "service.pipelines").(map[string]any)
	for name, pipeline := range pipelines {
		exporters, _ := at(pipeline, "exporters").([]any)
		want := any(nil)
		if len(exporters) == 1 && exporters[0] == "otlp_grpc" {
			want = []any{"kafka"}
		}
		overlaid, _ := at(kafka, "service.pipelines").(map[string]any)
		assert.Equal(t, want, at(overlaid[name], "exporters"), name)
	}
}

// An edge's sketches and a center's must fit together.
func TestEdgeAndCenter_Counts_FitTogether(t *testing.T) {
	edge, center := shipped(t)["edge.yaml"], shipped(t)["center.yaml"]
	for _, option := range []string{"keys", "secret", "revision.reach"} {
		assert.Equal(t, at(edge, "processors.concurrency."+option), at(center, "processors.concurrency."+option), option)
	}
	assert.NotEmpty(t, at(edge, "processors.concurrency.edge"))
	assert.Equal(t, true, at(center, "processors.concurrency.edges.enabled"))
}
