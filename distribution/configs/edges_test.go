package configs

import (
	"os"
	"slices"
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

	// A record that is larger than a stock broker takes (message.max.bytes) would never arrive.
	assert.LessOrEqual(t, at(exporter, "producer.max_message_bytes"), 1048588-1024)

	center := overlay(t, centerKafka)
	groups := map[any]string{}
	for pipeline, signal := range map[string]string{"logs": "events", "metrics": "metrics", "traces": "examples"} {
		name := "kafka/" + signal
		assert.Equal(t, []any{"otlp", name}, at(center, "service.pipelines."+pipeline+".receivers"))
		receiver := at(center, "receivers."+name)
		assert.Equal(t, true, at(receiver, "message_marking.after"), name)
		assert.Equal(t, "earliest", at(receiver, "initial_offset"), name)
		assert.NotEmpty(t, at(receiver, "group_instance_id"), name)
		assert.Equal(t, true, at(receiver, "message_marking.on_permanent_error"), name)
		assert.Equal(t, deadLetters, at(receiver, pipeline+".encoding"), name)
		assert.Equal(t, "0s", at(receiver, "error_backoff.max_elapsed_time"), name)
		assert.Equal(t, []any{at(exporter, pipeline+".topic")}, at(receiver, pipeline+".topics"))
		groups[at(receiver, "group_id")] = name
	}
	assert.Len(t, groups, 3, "a static member joins a group once: two signals in one group throw each other out")
}

const deadLetters = "dead_letter_encoding"

// A balancer reads the last seconds of a partition that comes to it from the brokers that its receiver reads from.
func TestBalancerKafka_Partitions_AreTakenOverWhole(t *testing.T) {
	balancer := overlay(t, balancerKafka)
	for _, signal := range []string{"logs", "metrics", "traces"} {
		receiver := at(balancer, "receivers.kafka/"+signal)
		assert.Equal(t, true, at(receiver, "message_marking.after"), signal)
		assert.Equal(t, true, at(receiver, "message_marking.on_permanent_error"), signal)
		assert.Equal(t, "earliest", at(receiver, "initial_offset"), signal)
		assert.Equal(t, deadLetters, at(receiver, signal+".encoding"), signal)
	}
	assert.Equal(t, []any{"memory_limiter", "kafka_lookback", "session_correlation"}, at(balancer, "service.pipelines.traces.processors"))
	assert.Equal(t, at(balancer, "receivers.kafka/traces.brokers"), at(balancer, "processors.kafka_lookback.brokers"))
}

// The overlays replace lists, so they must repeat the extensions that the others start.
func TestKafka_Extensions_IncludeThoseOfTheConfig(t *testing.T) {
	for base, laid := range map[string][2]string{
		"center.yaml": {centerKafka, secureCenterKafka}, "balancer.yaml": {balancerKafka, secureBalancerKafka},
	} {
		want := append([]any{deadLetters}, at(shipped(t)[base], "service.extensions").([]any)...)
		assert.ElementsMatch(t, want, at(overlay(t, laid[0]), "service.extensions"), laid[0])
		assert.ElementsMatch(t, append(want, "bearertokenauth"), at(overlay(t, laid[1]), "service.extensions"), laid[1])
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

// Whatever comes from outside is named by its credential first, and nothing else of the center changes.
func TestSecureCenterEdges_Pipelines_NameBeforeAllElse(t *testing.T) {
	center, named := shipped(t)["center.yaml"], overlay(t, secureCenterEdges)
	pipelines, _ := at(center, "service.pipelines").(map[string]any)
	for name, pipeline := range pipelines {
		receivers, _ := at(pipeline, "receivers").([]any)
		var want any
		if slices.Contains(receivers, any("otlp")) {
			processors, _ := at(pipeline, "processors").([]any)
			want = append([]any{processors[0], "transform/credential"}, processors[1:]...)
		}
		overlaid, _ := at(named, "service.pipelines").(map[string]any)
		assert.Equal(t, want, at(overlaid[name], "processors"), name)
	}
	want := append([]any{"basicauth"}, at(center, "service.extensions").([]any)...)
	assert.ElementsMatch(t, want, at(named, "service.extensions"))
	for _, protocol := range []string{"grpc", "http"} {
		assert.Equal(t, "basicauth", at(named, "receivers.otlp.protocols."+protocol+".auth.authenticator"))
	}
}
