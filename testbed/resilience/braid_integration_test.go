//go:build integration

package resilience

import (
	"context"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shirou/gopsutil/v4/process"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/testbed/collector"
)

// braid is a collector that is started again and again on the same ports and the same data.
type braid struct {
	t       *testing.T
	config  collector.Config
	at      collector.Endpoints
	process *collector.Process
	starts  []time.Duration // from start to the first answer
	spent   []time.Duration // processor time until then
}

// newBraid readies the shipped agent configuration, forwarding to the sink, with what the input needs on top.
func newBraid(t *testing.T, to *sink, data string, overlays ...string) *braid {
	t.Helper()
	path := collectorPath(t)
	root, err := collector.Root()
	require.NoError(t, err)
	at, err := collector.FreeEndpoints()
	require.NoError(t, err)
	env := at.Env()
	maps.Copy(env, map[string]string{
		"BRAID_DATA_DIR": data, "BRAID_SECRET": "a secret of this test alone",
		"BRAID_BACKEND_ENDPOINT": to.address, "BRAID_BACKEND_INSECURE": "true",
	})
	b := &braid{t: t, at: at, config: collector.Config{
		Binary: path, HealthURL: at.HealthURL(), Env: env, ReadyWithin: readyLimit,
		Configs: []string{filepath.Join(root, "distribution", "configs", "agent.yaml")},
	}}
	for _, overlay := range overlays {
		b.config.Configs = append(b.config.Configs, "yaml:"+overlay)
	}
	t.Cleanup(func() {
		if b.process != nil {
			require.NoError(t, b.process.Kill())
		}
		if t.Failed() && b.process != nil {
			logs := b.process.Logs()
			t.Logf("the collector's last words:\n%s", logs[max(0, len(logs)-4<<10):])
		}
	})
	return b
}

// collectorPath names the collector under test. It is skipped without Braid's processors.
func collectorPath(t *testing.T) string {
	t.Helper()
	path, err := collector.Binary()
	require.NoError(t, err)
	out, err := exec.CommandContext(t.Context(), path, "components").Output()
	require.NoError(t, err)
	for _, name := range []string{"session_correlation", "concurrency"} {
		if !strings.Contains(string(out), "- name: "+name+"\n") {
			t.Skipf("the collector under test has no %s", name)
		}
	}
	return path
}

func (b *braid) start() {
	b.t.Helper()
	began := time.Now()
	started, err := collector.Start(context.WithoutCancel(b.t.Context()), b.config)
	require.NoError(b.t, err)
	b.process = started
	b.starts = append(b.starts, time.Since(began))
	b.spent = append(b.spent, processorTime(b.t, started.PID()))
}

// kill ends the collector as a crash would.
func (b *braid) kill() {
	b.t.Helper()
	require.NoError(b.t, b.process.Kill())
}

// stop ends the collector as an operator would and requires that it goes in time.
func (b *braid) stop() {
	b.t.Helper()
	began := time.Now()
	require.NoError(b.t, b.process.Stop(context.WithoutCancel(b.t.Context())))
	assert.Less(b.t, time.Since(began), stopLimit, "time from SIGTERM to the end")
}

// ready is what the collector logs whenever its pipelines run.
const ready = "Everything is ready"

// reload makes the collector read its configuration again and waits until it runs on.
func (b *braid) reload() {
	b.t.Helper()
	before := strings.Count(b.process.Logs(), ready)
	require.NoError(b.t, b.process.Reload())
	require.Eventually(b.t, func() bool { return strings.Count(b.process.Logs(), ready) > before }, drainLimit, pollEvery)
}

const (
	// serveLimit is how soon a restarted collector must answer on an idle machine, stopLimit how soon a stopped one must have gone.
	serveLimit = 3 * time.Second
	stopLimit  = 10 * time.Second
	// readyLimit is how long a start may take before it is given up.
	readyLimit = 2 * time.Minute
	// drainLimit bounds the wait for what a run owes the sink.
	drainLimit = 30 * time.Second
	pollEvery  = 50 * time.Millisecond
)

// assertServed holds the median restart against serveLimit: a busy machine makes single ones slow. Beside a crowd, whose state
// takes seconds of work to read, it is the processor time that they took, since how long that lasts is up to what else runs.
func (b *braid) assertServed() {
	b.t.Helper()
	took, spent := slices.Sorted(slices.Values(b.starts[1:])), slices.Sorted(slices.Values(b.spent[1:]))
	assert.LessOrEqual(b.t, spent[len(spent)/2], serveLimit, "processor time of the median restart")
	if *stayers == 0 {
		assert.LessOrEqual(b.t, took[len(took)/2], serveLimit, "the median restart")
	}
	b.t.Logf("%d restarts, served after %v, the slowest after %v; processor time until then %v, at most %v", len(took),
		took[len(took)/2].Round(time.Millisecond), took[len(took)-1].Round(time.Millisecond), spent[len(spent)/2], spent[len(spent)-1])
}

// processorTime is what a process has used so far.
func processorTime(t *testing.T, pid int) time.Duration {
	t.Helper()
	p, err := process.NewProcess(int32(pid))
	require.NoError(t, err)
	used, err := p.Times()
	require.NoError(t, err)
	return time.Duration((used.User + used.System) * float64(time.Second)).Round(10 * time.Millisecond)
}
