package sessioncorrelationprocessor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/braidotel/braid/internal/journal/journaltest"
	"github.com/braidotel/braid/processor/sessioncorrelationprocessor/internal/metadata"
)

var shutdownOrders = [][]string{
	{"traces", "logs", "metrics"}, {"traces", "metrics", "logs"}, {"logs", "traces", "metrics"},
	{"logs", "metrics", "traces"}, {"metrics", "traces", "logs"}, {"metrics", "logs", "traces"},
}

// The collector stops nodes in some order of the whole graph; receivers of those not stopped yet go on.
func TestShutdown_AnyOrder_NothingLostUncounted(t *testing.T) {
	t.Parallel()
	for _, order := range shutdownOrders {
		for _, stored := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s_stored_%t", strings.Join(order, "_"), stored), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { shutdownInOrder(t, order, stored) })
			})
		}
	}
}

func shutdownInOrder(t *testing.T, order []string, stored bool) {
	store := journaltest.NewDisk()
	change := func(*Config) {}
	if stored {
		change = withStorage
	}
	r := build(t, change).on(store).start(t)
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), span("known", 1, attrSession, "s-0")))
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), inner(span("held", 2))))
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), line("held", 3)))
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), line("held too JSESSIONID=AF01", 0)))
	synctest.Wait()
	require.Len(t, r.exit.spans(), 1, "one span goes on, the other is held")

	events, late := 1, 0
	for i, signal := range order {
		require.NoError(t, r.nodes()[signal].Shutdown(t.Context()))
		if slices.Contains(order[i+1:], "traces") {
			name := fmt.Sprint("s-", i+1)
			require.NoError(t, r.traces.ConsumeTraces(t.Context(), span("late "+name, uint64(10+i), attrSession, name, attrUser, "u")))
			events++
			if slices.Contains(order[:i+1], "logs") {
				late++ // its session.start has no way out any more
			}
		}
	}
	synctest.Wait()
	if !stored {
		assert.Len(t, r.exit.spans(), 1+events, "every span left")
		assert.Len(t, r.exit.lines(), 2, "every record left")
	} else {
		assert.Len(t, r.exit.spans(), events, "what waits stays in the storage")
		assert.Empty(t, r.exit.lines())
	}
	assert.Len(t, r.exit.events(), events-late)
	if stored {
		assert.Zero(t, r.lost(t))
	} else {
		assert.Equal(t, late, r.lost(t), "what could not leave is counted")
	}

	left := r.lost(t)
	r.stop(t)
	assert.Equal(t, left, r.lost(t), "a second shutdown does nothing")
	if !stored {
		return
	}
	again := build(t, change).on(store).start(t)
	defer again.stop(t)
	synctest.Wait()
	assert.Empty(t, again.exit.spans(), "nothing is sent twice, and what waited waits again")
	assert.ElementsMatch(t, sequence("session.start s-", events), append(r.exit.events(), again.exit.events()...))
	require.NoError(t, again.traces.ConsumeTraces(t.Context(), span("browser", 2, attrSession, "s-held", attrUser, "u")))
	time.Sleep(5 * time.Second)
	assert.Equal(t, "s-held", again.exit.spans()["held"].AsRaw()[attrSession], "it finds its session after all")
	assert.Len(t, again.exit.lines(), 2, "and what finds none leaves when its wait is over")
}

func sequence(prefix string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprint(prefix, i)
	}
	return all
}

// Recorded data has an end, and whatever node goes first, the sessions of the recording end with it.
func TestShutdown_ReplayInAnyOrder_EndsSessions(t *testing.T) {
	t.Parallel()
	for _, order := range shutdownOrders {
		t.Run(strings.Join(order, "_"), func(t *testing.T) {
			t.Parallel()
			r := build(t, func(cfg *Config) { cfg.Clock = clockReplay }).start(t)
			require.NoError(t, r.traces.ConsumeTraces(t.Context(), span("known", 1, attrSession, "s-1", attrUser, "mina")))
			require.NoError(t, r.traces.ConsumeTraces(t.Context(), inner(span("held", 2))))
			for _, signal := range order {
				require.NoError(t, r.nodes()[signal].Shutdown(t.Context()))
			}
			assert.Equal(t, []string{"session.start s-1", "session.end s-1"}, r.exit.events())
			assert.Len(t, r.exit.spans(), 2)
			started, _ := r.exit.latest("braid.session.started")
			assert.EqualValues(t, 1, started)
			assert.Zero(t, r.lost(t))
		})
	}
}

func TestStart_NothingToLeaveThrough_NamesTheLine(t *testing.T) {
	t.Parallel()
	const logsLine = `add "session_correlation" to service::pipelines::logs::processors, or set events::enabled to false`
	const metricsLine = `add "session_correlation" to service::pipelines::metrics::processors, or set metrics::enabled to false`
	for name, tc := range map[string]struct {
		logs, metrics bool
		change        func(*Config)
		want          []string
	}{
		"err_no_logs":    {metrics: true, want: []string{logsLine}},
		"err_no_metrics": {logs: true, want: []string{metricsLine}},
		"err_neither":    {want: []string{logsLine, metricsLine}},
		"ok_both":        {logs: true, metrics: true},
		"ok_disabled":    {change: func(cfg *Config) { cfg.Events.Enabled, cfg.Metrics.Enabled = false, false }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			factory, set := NewFactory(), processortest.NewNopSettings(metadata.Type)
			set.ID = component.NewID(metadata.Type)
			cfg := factory.CreateDefaultConfig().(*Config)
			if tc.change != nil {
				tc.change(cfg)
			}
			node, err := factory.CreateTraces(t.Context(), set, cfg, consumertest.NewNop())
			require.NoError(t, err)
			nodes := []component.Component{node}
			if tc.logs {
				node, err := factory.CreateLogs(t.Context(), set, cfg, consumertest.NewNop())
				require.NoError(t, err)
				nodes = append(nodes, node)
			}
			if tc.metrics {
				node, err := factory.CreateMetrics(t.Context(), set, cfg, consumertest.NewNop())
				require.NoError(t, err)
				nodes = append(nodes, node)
			}
			err = node.Start(t.Context(), componenttest.NewNopHost())
			if len(tc.want) == 0 {
				require.NoError(t, err)
			}
			for _, want := range tc.want {
				require.ErrorContains(t, err, want)
			}
			for _, node := range nodes {
				require.NoError(t, node.Shutdown(context.Background()))
			}
		})
	}
}

func TestStart_StorageUnusable_NamesTheExtension(t *testing.T) {
	t.Parallel()
	busy := journaltest.NewDisk()
	_, err := busy.GetClient(t.Context(), component.KindProcessor, component.NewID(metadata.Type), "")
	require.NoError(t, err)
	other := journaltest.NewDisk()
	require.NoError(t, other.Set(t.Context(), "journal", []byte{99}))
	for name, tc := range map[string]struct {
		host component.Host
		want string
	}{
		"err_missing":       {host: componenttest.NewNopHost(), want: `storage: there is no extension "disk": configure it under extensions and add it to service::extensions`},
		"err_no_storage":    {host: plainHost{}, want: `storage: the extension "disk" is no storage, such as file_storage`},
		"err_busy":          {host: journaltest.Host{Extension: busy}, want: "storage: opening disk: " + journaltest.ErrBusy.Error()},
		"err_other_version": {host: journaltest.Host{Extension: other}, want: "empty the storage directory"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := build(t, withStorage)
			require.ErrorContains(t, r.traces.Start(t.Context(), tc.host), tc.want)
			r.stop(t)
		})
	}
	t.Cleanup(func() { assert.Zero(t, other.Open(), "what was opened is closed again") })
}

// plainHost has an extension of the configured name that stores nothing.
type plainHost struct{}

type plainExtension struct {
	component.StartFunc
	component.ShutdownFunc
}

func (plainHost) GetExtensions() map[component.ID]component.Component {
	return map[component.ID]component.Component{journaltest.DiskID: plainExtension{}}
}

func TestNodes_Capabilities_OnlyMetricsLeaveDataAlone(t *testing.T) {
	t.Parallel()
	r := build(t, func(*Config) {}).start(t)
	defer r.stop(t)
	assert.Equal(t, consumer.Capabilities{MutatesData: true}, r.traces.Capabilities())
	assert.Equal(t, consumer.Capabilities{MutatesData: true}, r.logs.Capabilities())
	assert.Equal(t, consumer.Capabilities{MutatesData: false}, r.metrics.Capabilities())

	md := pmetric.NewMetrics()
	md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty().SetName("jvm.memory.used")
	md.MarkReadOnly()
	require.NoError(t, r.metrics.ConsumeMetrics(t.Context(), md))
	assert.Equal(t, 1, r.exit.metrics.DataPointCount()+len(r.exit.metrics.AllMetrics()))
}

// While no data comes, a live core follows the clock: waits end, sessions end, points are made.
func TestLive_DataStops_TimeGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := build(t, func(*Config) {}).start(t)
		defer r.stop(t)
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), span("known", 1, attrSession, "s-1", attrUser, "mina")))
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), inner(span("unknown", 2))))
		time.Sleep(2*time.Second - time.Millisecond)
		synctest.Wait()
		assert.NotContains(t, r.exit.spans(), "unknown", "it may wait for two seconds")
		time.Sleep(liveTick)
		synctest.Wait()
		attributes, ok := r.exit.spans()["unknown"]
		require.True(t, ok, "and no longer than a tick more")
		assert.Zero(t, attributes.Len())

		time.Sleep(29 * time.Minute)
		synctest.Wait()
		assert.Equal(t, []string{"session.start s-1"}, r.exit.events())
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		assert.Equal(t, []string{"session.start s-1", "session.end s-1"}, r.exit.events())
		assert.InDelta(t, 31*6, len(r.exit.metrics.AllMetrics()), 2, "points every ten seconds")
	})
}
