package soak

import (
	"context"
	"crypto/rand"
	"maps"
	"path/filepath"
	"strings"

	"github.com/braidotel/braid/testbed/collector"
)

// overlay adds to standalone.yaml what it leaves out, and lets the simulation alone say what time it is. What this machine and
// the session store tell is of the present: it takes a way of its own, past the processors, and not to the history. There all of
// the simulated week would be out of order beside it, and wait in memory for a time that the machine's clock does not reach.
//
// What components remember of traffic has bounds that are made for much more of it, and would be filling all week: here they
// are such that the first day fills them, the history of metrics the first two, and what expires by the machine's clock does it as
// soon as the time passes that is played. What then grows has no bound.
const overlay = `yaml:
extensions:
  history:
    metrics:
      retention: 48h
      out_of_order: 48h
      rollups: [{interval: 1m, retention: 48h}, {interval: 5m, retention: 48h}, {interval: 1h, retention: 48h}]
  pprof: {endpoint: "${env:SOAK_PPROF}"}
  redis_storage: {addresses: ["${env:SOAK_REDIS}"], replicas_acknowledged: 0, shard: soak}
receivers:
  session_store:
    secret: ${env:BRAID_SECRET}
    metrics: {interval: 1s}
    stores:
      shop: {format: spring, poll: 2s, redis: {addresses: ["${env:SOAK_REDIS}"]}}
processors:
  session_correlation:
    clock: replay
    storage: redis_storage
    limits: {sessions: 500, traces: 2000, held: 500, tokens: 500, counted: 2000, clients: 100}
  concurrency: {clock: replay}
  seasonality: {clock: replay}
connectors:
  incident: {clock: replay, limits: {traces: 1000, alerts: 500}}
exporters:
  history: {transactions: {recognized: 4000, held_spans: 2000}}
  prometheus: {metric_expiration: 10s}
  llm_summary:
    models: [{name: house, provider: openai, endpoint: "http://${env:SOAK_MODEL}/v1", model: echo, local: true}]
    calls: {per_hour: 1000000}
service:
  extensions: [health_check, nesting_limiter, file_storage, file_storage/queue, redis_storage, history, assistant, pprof]
  pipelines:
    logs/store: {receivers: [session_store], exporters: [file/events, history]}
    metrics/store: {receivers: [session_store], exporters: [prometheus]}
    metrics/host: {exporters: [prometheus]}
`

// start runs the collector with everything on. It returns the address of its profiles as well.
func (s *soak) start(ctx context.Context) (err error) {
	root, err := collector.Root()
	if err != nil {
		return err
	}
	if s.at, err = collector.FreeEndpoints(); err != nil {
		return err
	}
	free, err := collector.FreeAddresses(1)
	if err != nil {
		return err
	}
	s.pprof = free[0]
	env := s.at.Env()
	maps.Copy(env, map[string]string{
		"BRAID_DATA_DIR": s.options.Dir, "BRAID_SECRET": rand.Text(),
		"SOAK_PPROF": s.pprof, "SOAK_REDIS": s.redis.Address, "SOAK_MODEL": s.model.Address(),
	})
	s.process, err = collector.Start(ctx, collector.Config{
		Binary: s.options.Binary, HealthURL: s.at.HealthURL(), Env: env,
		Configs: []string{filepath.Join(root, "distribution", "configs", "standalone.yaml"), strings.TrimSpace(overlay)},
	})
	return err
}
