// Package eval runs recorded telemetry through Braid's own components, in process and on the recording's clock, and
// writes what they made of it in fixed formats that can be scored from outside.
package eval

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"
	"go.yaml.in/yaml/v3"

	"github.com/braidotel/braid/internal/otlpsend"
	"github.com/braidotel/braid/internal/replay"
)

// arriving marks the context of what passes through a chain within the call that brought it: what comes out without was
// held back.
type arriving struct{}

// atOnce reports whether items leave within the call that brought them.
func atOnce(ctx context.Context) bool { return ctx.Value(arriving{}) != nil }

// sink takes what leaves a chain.
type sink struct {
	traces  consumer.Traces
	logs    consumer.Logs
	metrics consumer.Metrics
}

// stage is one processor of a chain with its configuration in YAML.
type stage struct {
	factory processor.Factory
	config  string
}

// chain is a row of processors, each in a traces, a logs and a metrics pipeline.
type chain struct {
	head sink
	// nodes in the order in which they were created: the last processor's first.
	nodes []component.Component
}

// newChain builds the stages in front of out.
func newChain(ctx context.Context, out sink, stages ...stage) (*chain, error) {
	c := &chain{head: out}
	for i, s := range slices.Backward(stages) {
		cfg := s.factory.CreateDefaultConfig()
		if err := unmarshal(s.config, cfg); err != nil {
			return nil, fmt.Errorf("stage %d (%s): %w", i, s.factory.Type(), err)
		}
		set := processortest.NewNopSettings(s.factory.Type())
		traces, err := s.factory.CreateTraces(ctx, set, cfg, c.head.traces)
		if err != nil {
			return nil, err
		}
		logs, err := s.factory.CreateLogs(ctx, set, cfg, c.head.logs)
		if err != nil {
			return nil, err
		}
		metrics, err := s.factory.CreateMetrics(ctx, set, cfg, c.head.metrics)
		if err != nil {
			return nil, err
		}
		c.head = sink{traces: traces, logs: logs, metrics: metrics}
		c.nodes = append(c.nodes, metrics, logs, traces)
	}
	return c, nil
}

func unmarshal(text string, cfg component.Config) error {
	var raw map[string]any
	if err := yaml.Unmarshal([]byte(text), &raw); err != nil {
		return err
	}
	if err := confmap.NewFromStringMap(raw).Unmarshal(cfg); err != nil {
		return err
	}
	if v, ok := cfg.(interface{ Validate() error }); ok {
		return v.Validate()
	}
	return nil
}

// run replays files through the chain, then shuts it down from its head, as the collector does, which flushes it.
func (c *chain) run(ctx context.Context, files []string, each func(*replay.Batch)) (err error) {
	host := componenttest.NewNopHost()
	for _, n := range c.nodes {
		if err := n.Start(ctx, host); err != nil {
			return err
		}
	}
	defer func() {
		for _, n := range slices.Backward(c.nodes) {
			err = errors.Join(err, n.Shutdown(ctx))
		}
	}()
	for batch, err := range replay.Batches(ctx, files, replay.Options{}) {
		if err != nil {
			return err
		}
		if each != nil {
			each(&batch)
		}
		if err := c.consume(ctx, &batch); err != nil {
			return err
		}
	}
	return nil
}

func (c *chain) consume(ctx context.Context, b *replay.Batch) error {
	ctx = context.WithValue(ctx, arriving{}, true)
	switch b.Signal {
	case otlpsend.Traces:
		return c.head.traces.ConsumeTraces(ctx, b.Traces)
	case otlpsend.Logs:
		return c.head.logs.ConsumeLogs(ctx, b.Logs)
	case otlpsend.Metrics:
		return c.head.metrics.ConsumeMetrics(ctx, b.Metrics)
	}
	return nil
}

// recordings lists the OTLP/JSON files of a folder, or of its folder otlp.
func recordings(dir string) ([]string, error) {
	if nested := filepath.Join(dir, "otlp"); isDir(nested) {
		dir = nested
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		for _, recorded := range []string{"traces.jsonl.gz", "logs.jsonl.gz", "metrics.jsonl.gz"} {
			if e.Name() == recorded {
				files = append(files, filepath.Join(dir, e.Name()))
			}
		}
	}
	if len(files) == 0 { // any name, in a folder of nothing else
		files, err = filepath.Glob(filepath.Join(dir, "*.jsonl*"))
		files = slices.DeleteFunc(files, func(f string) bool {
			name := filepath.Base(f)
			return strings.HasPrefix(name, "truth") || strings.HasPrefix(name, "sessions")
		})
	}
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("no OTLP/JSON recordings (*.jsonl, *.jsonl.gz) in %s", dir)
	}
	return files, err
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
