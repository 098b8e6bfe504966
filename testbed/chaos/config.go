package chaos

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strconv"

	"github.com/braidotel/braid/testbed/collector"
)

// overlay adds to standalone.yaml what it leaves out, each peer behind a proxy of the test: a backend for everything, records
// on PostgreSQL beside those in SQLite, state on Redis, a session store, a model. Times are short, since a test waits for them.
const overlay = `yaml:
extensions:
  file_storage: {fsync: false}
  file_storage/queue: {directory: "${env:CHAOS_QUEUE}"}
  redis_storage: {addresses: ["${env:CHAOS_REDIS}"], replicas_acknowledged: 0, shard: chaos}
  history/shared:
    directory: ${env:BRAID_DATA_DIR}/shared
    records: {postgresql: {dsn: "${env:CHAOS_POSTGRESQL}"}}
  # Nobody approves of what is proposed: nothing is ever called.
  assistant:
    history: history/shared
    request_timeout: 10s
    limits: {requests_per_second: 100, burst: 100}
    actions:
      webhooks:
        - {name: before, url: "http://127.0.0.1:9/", secret: "a secret of at least twenty-four bytes"}
        - {name: during, url: "http://127.0.0.1:9/", secret: "a secret of at least twenty-four bytes"}
        - {name: after, url: "http://127.0.0.1:9/", secret: "a secret of at least twenty-four bytes"}
  grpc_reconnect:
  dead_letter_encoding: {directory: "${env:BRAID_DATA_DIR}/dead-letters"}
receivers:
  kafka:
    brokers: ["${env:CHAOS_KAFKA}"]
    group_id: chaos
    group_instance_id: chaos
    initial_offset: earliest
    traces: {topics: [otlp_spans], encoding: dead_letter_encoding}
    message_marking: {after: true, on_permanent_error: true}
    error_backoff: {enabled: true, initial_interval: 200ms, max_interval: 1s, max_elapsed_time: 0s}
  assistant: {storage: "${env:CHAOS_STORAGE}", interval: 1s}
  session_store:
    secret: ${env:BRAID_SECRET}
    metrics: {interval: 500ms}
    stores:
      shop: {format: spring, poll: 1s, timeout: 2s, redis: {addresses: ["${env:CHAOS_REDIS}"]}}
processors:
  memory_limiter: {check_interval: 200ms}
  session_correlation: {storage: "${env:CHAOS_STORAGE}", wait: 1s}
  concurrency: {storage: "${env:CHAOS_STORAGE}"}
  kafka_lookback: {brokers: ["${env:CHAOS_KAFKA}"]}
connectors:
  incident: {update_interval: 1s, quiet: 20s}
exporters:
  otlp_grpc:
    endpoint: ${env:CHAOS_BACKEND}
    middlewares: [{id: grpc_reconnect}]
    tls: {insecure: true}
    retry_on_failure: {initial_interval: 200ms, max_interval: 1s, max_elapsed_time: 0s}
    sending_queue: {storage: file_storage/queue, sizer: bytes, queue_size: 67108864, batch: {flush_timeout: 200ms}}
    timeout: 3s
  history: {retry_on_failure: {initial_interval: 200ms, max_interval: 1s}}
  history/shared:
    history: history/shared
    retry_on_failure: {initial_interval: 200ms, max_interval: 1s}
    sending_queue: {storage: file_storage/queue, sizer: bytes, queue_size: 67108864, batch: {flush_timeout: 200ms}}
  llm_summary:
    models: [{name: house, provider: openai, endpoint: "http://${env:CHAOS_MODEL}/v1", model: echo, local: true}]
    calls: {timeout: 1s, deadline: 3s, rest: 1s, per_hour: 100000, refresh: 1s}
service:
  extensions: [health_check, nesting_limiter, file_storage, file_storage/queue, redis_storage, history, history/shared, assistant, grpc_reconnect, dead_letter_encoding]
  pipelines:
    traces: {exporters: [history, history/shared, incident, otlp_grpc]}
    traces/kafka: {receivers: [kafka], processors: [memory_limiter, kafka_lookback], exporters: [otlp_grpc]}
    logs/events: {receivers: [routing/events, incident, assistant], exporters: [file/events, history, history/shared, llm_summary, otlp_grpc]}
    logs/store: {receivers: [session_store], processors: [memory_limiter], exporters: [history]}
    metrics: {exporters: [prometheus, history, incident, otlp_grpc]}
    metrics/store: {receivers: [session_store], processors: [memory_limiter], exporters: [prometheus]}
`

// memoryLimit is the file of the configuration that says how much memory there may be, and tight a limit that any process
// is above.
const (
	memoryLimit = "memory.yaml"
	tight       = 2
	ample       = 2048
)

func writeMemoryLimit(dir string, mebibytes int) error {
	text := "processors: {memory_limiter: {limit_mib: " + strconv.Itoa(mebibytes) + ", spike_limit_mib: " + strconv.Itoa(mebibytes/2) + "}}\n"
	return os.WriteFile(filepath.Join(dir, memoryLimit), []byte(text), 0o600)
}

// configure readies the collector of a scenario: what does not have to be on the disk that fills up is beside it.
func (r *rig) configure(storage, disk string) error {
	root, err := collector.Root()
	if err != nil {
		return err
	}
	if r.at, err = collector.FreeEndpoints(); err != nil {
		return err
	}
	env := r.at.Env()
	maps.Copy(env, map[string]string{
		"BRAID_DATA_DIR": disk, "BRAID_SECRET": secret, "CHAOS_STORAGE": storage, "CHAOS_QUEUE": filepath.Join(r.dir, "queue"),
		"CHAOS_BACKEND": r.proxies[backend].Address(), "CHAOS_REDIS": r.proxies[redis].Address(),
		"CHAOS_MODEL": r.proxies[model].Address(), "CHAOS_KAFKA": r.proxies[broker].Address(), "CHAOS_POSTGRESQL": r.servers.postgres.DSN(r.proxies[postgres].Address()),
	})
	r.config = collector.Config{
		Binary: r.binary, HealthURL: r.at.HealthURL(), Env: env, ReadyWithin: patience,
		Configs: []string{filepath.Join(root, "distribution", "configs", "standalone.yaml"), overlay, filepath.Join(r.dir, memoryLimit)},
	}
	return writeMemoryLimit(r.dir, ample)
}

// start starts the collector, again after a kill.
func (r *rig) start(ctx context.Context) (err error) {
	r.process, err = collector.Start(ctx, r.config)
	return err
}

var errDied = errors.New("the collector ended by itself")

// alive reports an error once the collector has ended.
func (r *rig) alive() error {
	select {
	case <-r.process.Exited():
		logs := r.process.Logs()
		return errors.Join(errDied, errors.New(logs[max(0, len(logs)-2<<10):]))
	default:
		return nil
	}
}
