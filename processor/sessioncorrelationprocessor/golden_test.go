package sessioncorrelationprocessor

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	yaml "go.yaml.in/yaml/v3"

	"github.com/braidotel/braid/processor/sessioncorrelationprocessor/internal/metadatatest"
)

var update = flag.Bool("update", false, "rewrite the expected files")

// TestGolden sends the batches of testdata/<case>/input.yaml through the three pipelines of the component that config.yaml
// describes and compares all that left with expected.yaml, batch by batch and at shutdown.
func TestGolden(t *testing.T) {
	t.Parallel()
	folders, err := os.ReadDir("testdata")
	require.NoError(t, err)
	for _, folder := range folders {
		if !folder.IsDir() || folder.Name() == "fuzz" {
			continue
		}
		t.Run(folder.Name(), func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join("testdata", folder.Name())
			synctest.Test(t, func(t *testing.T) { golden(t, dir) })
		})
	}
}

func golden(t *testing.T, dir string) {
	raw, err := os.ReadFile(filepath.Join(dir, "input.yaml"))
	require.NoError(t, err)
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	var steps []step
	require.NoError(t, decoder.Decode(&steps))

	var got bytes.Buffer
	encoder := yaml.NewEncoder(&got)
	encoder.SetIndent(2)
	require.NoError(t, encoder.Encode(runGolden(t, filepath.Join(dir, "config.yaml"), steps)))

	path := filepath.Join(dir, "expected.yaml")
	if *update {
		require.NoError(t, os.WriteFile(path, got.Bytes(), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got.String())
}

// left is what left because of one step, or of the shutdown: within the call that brought the step, and on the core's own
// account.
type left struct {
	After string  `yaml:"after"`
	Once  []entry `yaml:"at_once,omitempty"`
	Later []entry `yaml:"later,omitempty"`
}

// probe notes which step made something leave, and how.
type probe struct {
	mu      sync.Mutex
	current left
}

type withinStep struct{}

func (p *probe) note(ctx context.Context, entries []entry) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ctx.Value(withinStep{}) != nil {
		p.current.Once = append(p.current.Once, entries...)
	} else {
		p.current.Later = append(p.current.Later, entries...)
	}
	return nil
}

// take returns what has left since the last call. The order of pipelines and of tenants among each other means nothing, as
// each has its own way out; within one it counts.
func (p *probe) take(after string) left {
	p.mu.Lock()
	defer p.mu.Unlock()
	got := p.current
	got.After = after
	p.current = left{}
	rank := func(e entry) string {
		tenant, _ := e.Attributes[attrTenant].(string)
		if of, ok := e.Resource[attrTenant].(string); ok {
			tenant = of
		}
		switch {
		case e.Span != "":
			return "1" + tenant
		case e.Metric != "":
			return "3" + tenant
		}
		return "2" + tenant
	}
	slices.SortStableFunc(got.Later, func(a, b entry) int { return strings.Compare(rank(a), rank(b)) })
	return got
}

func runGolden(t *testing.T, config string, steps []step) []left {
	conf, err := confmaptest.LoadConf(config)
	require.NoError(t, err)
	factory := NewFactory()
	cfg := factory.CreateDefaultConfig().(*Config)
	require.NoError(t, conf.Unmarshal(cfg))
	require.NoError(t, cfg.Validate())

	var p probe
	set := metadatatest.NewSettings(componenttest.NewTelemetry())
	ctx := context.WithValue(t.Context(), withinStep{}, true)
	nextTraces, err := consumer.NewTraces(func(ctx context.Context, td ptrace.Traces) error { return p.note(ctx, ofTraces(td)) })
	require.NoError(t, err)
	nextLogs, err := consumer.NewLogs(func(ctx context.Context, ld plog.Logs) error { return p.note(ctx, ofLogs(ld)) })
	require.NoError(t, err)
	nextMetrics, err := consumer.NewMetrics(func(ctx context.Context, md pmetric.Metrics) error { return p.note(ctx, ofMetrics(md)) })
	require.NoError(t, err)
	traces, err := factory.CreateTraces(ctx, set, cfg, nextTraces)
	require.NoError(t, err)
	logs, err := factory.CreateLogs(ctx, set, cfg, nextLogs)
	require.NoError(t, err)
	metrics, err := factory.CreateMetrics(ctx, set, cfg, nextMetrics)
	require.NoError(t, err)
	nodes := []component.Component{traces, logs, metrics}
	for _, node := range nodes {
		require.NoError(t, node.Start(ctx, componenttest.NewNopHost()))
	}

	var all []left
	for i := range steps {
		s := &steps[i]
		for n := range max(s.Repeat, 1) {
			if len(s.Traces) > 0 {
				require.NoError(t, traces.ConsumeTraces(ctx, s.toTraces(t, n)))
			}
			if len(s.Logs) > 0 {
				require.NoError(t, logs.ConsumeLogs(ctx, s.toLogs(t, n)))
			}
			if len(s.Metrics) > 0 {
				require.NoError(t, metrics.ConsumeMetrics(ctx, s.toMetrics(t)))
			}
		}
		synctest.Wait()
		all = append(all, p.take(s.name(i)))
	}
	for _, node := range nodes {
		require.NoError(t, node.Shutdown(context.Background()))
	}
	return append(all, p.take("shutdown"))
}
