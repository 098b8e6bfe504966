// Package configs checks the configurations that Braid ships.
package configs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// These files are no whole configurations but are laid over one.
const (
	secure           = "secure.yaml"
	secureStandalone = "secure-standalone.yaml"
	replicas         = "replicas.yaml"
	secureReplicas   = "secure-replicas.yaml"
	centerMTLS       = "center-mtls.yaml"
	centerKafka      = "center-kafka.yaml"
	edgeKafka        = "edge-kafka.yaml"
	balancerKafka    = "balancer-kafka.yaml"

	secureCenterEdges   = "secure-center-edges.yaml"
	secureCenterKafka   = "secure-center-kafka.yaml"
	secureBalancerKafka = "secure-balancer-kafka.yaml"
)

// overlays are those that secure a configuration.
func overlays(file string) []string {
	if file == "standalone.yaml" || file == "center.yaml" {
		return []string{secure, secureStandalone}
	}
	return []string{secure}
}

// loopback is an endpoint's default, written in the file as ${env:NAME:-127.0.0.1:port}.
var loopback = regexp.MustCompile(`^\$\{env:[A-Z_]+:-127\.0\.0\.1(:\d+)?\}$`)

// variable is the name of one.
var variable = regexp.MustCompile(`BRAID_[A-Z_]+`)

// at follows the dotted path from value; what is not there is nil.
func at(value any, path string) any {
	for key := range strings.SplitSeq(path, ".") {
		mapping, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = mapping[key]
	}
	return value
}

// each calls f with every value of the tree and its key.
func each(value any, f func(key string, value any)) {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			f(key, inner)
			each(inner, f)
		}
	case []any:
		for _, inner := range v {
			each(inner, f)
		}
	}
}

func shipped(t *testing.T) map[string]map[string]any {
	t.Helper()
	files, err := filepath.Glob("*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	configs := map[string]map[string]any{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		var config map[string]any
		require.NoError(t, yaml.Unmarshal(data, &config), file)
		switch file {
		case secure, secureStandalone, replicas, secureReplicas, centerMTLS, centerKafka, edgeKafka, balancerKafka, secureCenterEdges, secureCenterKafka,
			secureBalancerKafka:
		default:
			configs[file] = config
		}
	}
	return configs
}

// The defaults that lose acknowledged data or let one request take the process down are changed in every file.
func TestShipped_Defaults_AreSafe(t *testing.T) {
	for file, config := range shipped(t) {
		t.Run(file, func(t *testing.T) {
			assert.Equal(t, 4, at(config, "receivers.otlp.protocols.grpc.max_recv_msg_size_mib"))
			assert.Equal(t, 4<<20, at(config, "receivers.otlp.protocols.http.max_request_body_size"))
			for _, protocol := range []string{"grpc", "http"} {
				assert.Equal(t, []any{map[string]any{"id": "nesting_limiter"}}, at(config, "receivers.otlp.protocols."+protocol+".middlewares"))
			}
			assert.Equal(t, true, at(config, "extensions.file_storage.fsync"))
			assert.Equal(t, true, at(config, "extensions.file_storage.recreate"))
			assert.Nil(t, at(config, "extensions.pprof"), "a profile shows what is in memory")

			pipelines, _ := at(config, "service.pipelines").(map[string]any)
			for name, pipeline := range pipelines {
				processors, _ := pipeline.(map[string]any)["processors"].([]any)
				assert.NotContains(t, processors, "batch", "%s: exporters batch in sending_queue", name)
				if len(processors) > 0 {
					assert.Equal(t, "memory_limiter", processors[0], name)
				}
			}
		})
	}
}

func TestShipped_Listeners_DefaultToLoopback(t *testing.T) {
	configs := shipped(t)
	for file, config := range configs {
		for _, section := range []string{"receivers", "extensions", "service"} {
			each(config[section], func(key string, value any) {
				if key == "endpoint" || key == "host" {
					assert.Regexp(t, loopback, value, "%s: %s in %s", file, key, section)
				}
			})
		}
	}
	assert.Regexp(t, loopback, at(configs["standalone.yaml"], "exporters.prometheus.endpoint"))
}

func TestShipped_NetworkExporters_NeverDrop(t *testing.T) {
	configs := shipped(t)
	for _, file := range []string{"agent.yaml", "gateway.yaml", "edge.yaml"} {
		config := configs[file]
		t.Run(file, func(t *testing.T) {
			assert.Equal(t, "0s", at(config, "exporters.otlp_grpc.retry_on_failure.max_elapsed_time"))
			assert.Equal(t, "bytes", at(config, "exporters.otlp_grpc.sending_queue.sizer"))
			assert.Equal(t, true, at(config, "exporters.otlp_grpc.sending_queue.block_on_overflow"))
			assert.Equal(t, "file_storage", at(config, "exporters.otlp_grpc.sending_queue.storage"))
			assert.Less(t, at(config, "exporters.otlp_grpc.sending_queue.batch.max_size"), 4<<20, "the peer takes 4 MiB")
		})
	}
}

// A center answers edges when what they sent is on disk, and waits for no summary: those are made of what is there already.
func TestCenter_Queues_OnlyTheHistorysIsWaitedFor(t *testing.T) {
	center := shipped(t)["center.yaml"]
	for exporter, fsync := range map[string]any{"history": true, "llm_summary": nil} {
		queue := at(center, "exporters."+exporter+".sending_queue")
		storage, _ := at(queue, "storage").(string)
		assert.Equal(t, fsync, at(at(center, "extensions"), storage+".fsync"), exporter)
		assert.Equal(t, fsync, at(queue, "block_on_overflow"), exporter)
	}
	pipelines, _ := at(center, "service.pipelines").(map[string]any)
	for name, pipeline := range pipelines {
		exporters, _ := at(pipeline, "exporters").([]any)
		assert.Equal(t, name == "logs/history", slices.Contains(exporters, any("llm_summary")), name)
	}
}

// What a replica keeps where it alone can read it is lost with it.
func TestReplicas_State_IsOnRedis(t *testing.T) {
	data, err := os.ReadFile(replicas)
	require.NoError(t, err)
	var config map[string]any
	require.NoError(t, yaml.Unmarshal(data, &config))
	each(shipped(t)["gateway.yaml"], func(key string, value any) {
		if key == "storage" {
			assert.Equal(t, "file_storage", value)
		}
	})
	for _, part := range []map[string]any{
		at(config, "processors.session_correlation").(map[string]any), at(config, "processors.concurrency").(map[string]any),
		at(config, "processors.seasonality").(map[string]any), at(config, "exporters.otlp_grpc.sending_queue").(map[string]any),
	} {
		assert.Equal(t, "redis_storage", part["storage"])
	}
	for overlay, also := range map[string][]any{replicas: {}, secureReplicas: {"bearertokenauth"}} {
		data, err := os.ReadFile(overlay)
		require.NoError(t, err)
		var laid map[string]any
		require.NoError(t, yaml.Unmarshal(data, &laid))
		want := append(append(also, "redis_storage"), at(shipped(t)["gateway.yaml"], "service.extensions").([]any)...)
		assert.ElementsMatch(t, want, at(laid, "service.extensions"), overlay)
	}
}

// A balancer that gives up on a gateway loses what that one's sessions are made of.
func TestBalancer_Gateways_AreWaitedFor(t *testing.T) {
	config := shipped(t)["balancer.yaml"]
	exporters := at(config, "exporters").(map[string]any)
	require.Len(t, exporters, 3)
	for name, exporter := range exporters {
		assert.Equal(t, "0s", at(exporter, "retry_on_failure.max_elapsed_time"), name)
		assert.Equal(t, "0s", at(exporter, "protocol.otlp.retry_on_failure.max_elapsed_time"), name)
		assert.Equal(t, false, at(exporter, "protocol.otlp.sending_queue.enabled"), "%s: what it holds is lost with the process", name)
		assert.Equal(t, "file_storage", at(exporter, "sending_queue.storage"), name)
		assert.Equal(t, true, at(exporter, "sending_queue.block_on_overflow"), name)
		assert.NotNil(t, at(exporter, "resolver.static"), "%s: the list of shards must not change with their replicas", name)
	}
}

// The overlay replaces lists, so it must repeat the extensions that the others start.
func TestSecure_Extensions_IncludeThoseOfEveryConfig(t *testing.T) {
	for file, config := range shipped(t) {
		laid := overlays(file)
		data, err := os.ReadFile(laid[len(laid)-1])
		require.NoError(t, err)
		var last map[string]any
		require.NoError(t, yaml.Unmarshal(data, &last))
		want := append([]any{"bearertokenauth"}, at(config, "service.extensions").([]any)...)
		assert.ElementsMatch(t, want, at(last, "service.extensions"), file)
	}
}

// What a configuration reads from the environment is in the tables of the README, and these name nothing else.
func TestShipped_Variables_AreInTheReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	read, told := map[string]bool{}, map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `BRAID_[^|]*").FindAllString(string(readme), -1) {
		for _, name := range variable.FindAllString(row, -1) {
			told[name] = true
		}
	}
	files, err := filepath.Glob("*.yaml")
	require.NoError(t, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, use := range regexp.MustCompile(`\$\{env:BRAID_[A-Z_]+`).FindAllString(string(data), -1) {
			read[variable.FindString(use)] = true
		}
	}
	assert.Equal(t, read, told)
}
