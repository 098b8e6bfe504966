package resilience

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/connector/connectortest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/braidotel/braid/connector/incidentconnector"
	"github.com/braidotel/braid/internal/journal/journaltest"
	"github.com/braidotel/braid/processor/concurrencyprocessor"
	"github.com/braidotel/braid/processor/seasonalityprocessor"
	"github.com/braidotel/braid/processor/sessioncorrelationprocessor"
)

// release names the state that this build writes: testdata/state has a folder of each release whose state must be read.
const release = "0.1"

var updateState = flag.Bool("update-state", false, "write the state of this release")

// left is what a component that was killed leaves in its storage, and what it had told.
type left struct {
	Values map[string][]byte `json:"values"`
	Told   []string          `json:"told"`
}

// remembered is a component with state: what happens before it is killed, and after it has begun with what is left.
var remembered = map[string]struct {
	build  func(*testing.T, *stage)
	before func(*testing.T, *stage)
	after  func(t *testing.T, s *stage, told []string)
}{
	"session_correlation": {
		build: func(t *testing.T, s *stage) { s.processor(t, sessioncorrelationprocessor.NewFactory()) },
		before: func(t *testing.T, s *stage) {
			for n := range 3 {
				s.page(t, 0, n)
				time.Sleep(10 * time.Second)
			}
		},
		after: func(t *testing.T, s *stage, _ []string) {
			s.page(t, 0, 3)
			time.Sleep(quiet)
			assert.Empty(t, records(s.logs, "session.start"), "the session goes on")
			ends := records(s.logs, "session.end")
			require.Len(t, ends, 1)
			requests, _ := ends[0].Attributes().Get("braid.session.requests")
			assert.EqualValues(t, 4, requests.Int())
		},
	},
	"concurrency": {
		build: func(t *testing.T, s *stage) { s.processor(t, concurrencyprocessor.NewFactory()) },
		before: func(t *testing.T, s *stage) {
			for host := range hosts {
				s.page(t, host, host)
			}
			time.Sleep(5 * time.Second)
		},
		after: func(t *testing.T, s *stage, _ []string) {
			for host := range hosts { // the same again, and one more
				s.page(t, host+1, hosts+host)
			}
			time.Sleep(2 * time.Hour)
			most := int64(0)
			for _, sketch := range records(s.logs, "braid.sketch") {
				if users, ok := sketch.Attributes().Get("braid.users"); ok {
					most = max(most, users.Int())
				}
			}
			assert.EqualValues(t, hosts+1, most, "visitors of before and after, each once")
		},
	},
	"seasonality": {
		build: func(t *testing.T, s *stage) { s.processor(t, seasonalityprocessor.NewFactory()) },
		before: func(t *testing.T, s *stage) {
			for n := range int(learning / (5 * time.Minute)) {
				require.NoError(t, s.metrics.ConsumeMetrics(t.Context(), load(0.5+float64(n%3)/100)))
				time.Sleep(5 * time.Minute)
			}
		},
		after: func(t *testing.T, s *stage, told []string) {
			for range 3 {
				require.NoError(t, s.metrics.ConsumeMetrics(t.Context(), load(0.51)))
				time.Sleep(5 * time.Minute)
			}
			require.Greater(t, len(told), 1, "what is said once something is learnt")
			assert.Subset(t, s.told(), told, "what was learnt is known at once")
		},
	},
	"incident": {
		build: func(t *testing.T, s *stage) { s.connector(t) },
		before: func(t *testing.T, s *stage) {
			s.alert(t, "orders fail")
			time.Sleep(30 * time.Second)
			require.NotEmpty(t, s.told())
		},
		after: func(t *testing.T, s *stage, told []string) {
			s.alert(t, "orders fail more")
			time.Sleep(time.Hour)
			require.NotEmpty(t, records(s.logs, "braid.incident"))
			assert.Subset(t, told, s.told(), "the incident keeps its name")
		},
	},
}

// TestState_OfEveryRelease_IsReadOn (R19) begins each component with the state that each release has left.
func TestState_OfEveryRelease_IsReadOn(t *testing.T) {
	releases, err := os.ReadDir("testdata/state")
	require.NoError(t, err)
	for name, c := range remembered {
		file := filepath.Join("testdata", "state", release, name+".json")
		if *updateState {
			writeState(t, file, func(t *testing.T, s *stage) { c.build(t, s); s.start(t); c.before(t, s) })
		}
		for _, r := range releases {
			t.Run(r.Name()+"/"+name, func(t *testing.T) {
				raw, err := os.ReadFile(filepath.Join("testdata", "state", r.Name(), name+".json"))
				require.NoError(t, err)
				var l left
				require.NoError(t, json.Unmarshal(raw, &l))
				disk := journaltest.NewDisk()
				for key, value := range l.Values {
					require.NoError(t, disk.Set(t.Context(), key, value))
				}
				synctest.Test(t, func(t *testing.T) {
					time.Sleep(begun) // the state is of that time
					s := newStage(disk)
					c.build(t, s)
					s.start(t)
					c.after(t, s, l.Told)
					s.stop(t)
				})
			})
		}
	}
}

const (
	// learning is how long seasonality learns before it is killed.
	learning = 48 * time.Hour
	// begun is how long after the start of a test's time a component begins with state from before.
	begun = learning + 90*time.Second
)

func writeState(t *testing.T, file string, live func(*testing.T, *stage)) {
	t.Helper()
	var l left
	synctest.Test(t, func(t *testing.T) {
		disk := journaltest.NewDisk()
		s := newStage(disk)
		time.Sleep(begun - s.takes(file))
		live(t, s)
		killed := disk.After()
		l.Told = s.told()
		s.stop(t)
		l.Values = map[string][]byte{}
		for _, key := range killed.Keys() {
			value, err := killed.Get(t.Context(), key)
			require.NoError(t, err)
			l.Values[key] = value
		}
	})
	raw, err := json.MarshalIndent(&l, "", " ")
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o750))
	require.NoError(t, os.WriteFile(file, append(raw, '\n'), 0o600))
}

// stage is one component with its storage and what it tells.
type stage struct {
	disk       *journaltest.Disk
	traces     consumer.Traces
	metrics    consumer.Metrics
	alerts     consumer.Logs
	logs       *consumertest.LogsSink
	derived    *consumertest.MetricsSink
	components []component.Component
}

func newStage(disk *journaltest.Disk) *stage {
	return &stage{disk: disk, logs: new(consumertest.LogsSink), derived: new(consumertest.MetricsSink)}
}

// takes is how long what happens before takes, so that it is over when a test goes on.
func (*stage) takes(file string) time.Duration {
	switch filepath.Base(file) {
	case "seasonality.json":
		return learning
	case "concurrency.json":
		return 10 * time.Second // within the same minute
	}
	return time.Minute
}

// configured is a factory's configuration with the stage's storage and a secret.
func (s *stage) configured(t *testing.T, cfg component.Config, settings map[string]any) component.Config {
	t.Helper()
	settings["storage"] = journaltest.DiskID.String()
	require.NoError(t, confmap.NewFromStringMap(settings).Unmarshal(cfg))
	return cfg
}

func (s *stage) add(t *testing.T, c component.Component, err error) {
	t.Helper()
	require.NoError(t, err)
	s.components = append(s.components, c)
}

func (s *stage) start(t *testing.T) {
	t.Helper()
	for _, c := range s.components {
		require.NoError(t, c.Start(t.Context(), journaltest.Host{Extension: s.disk}))
	}
}

func (s *stage) processor(t *testing.T, f processor.Factory) {
	t.Helper()
	set, settings := processortest.NewNopSettings(f.Type()), map[string]any{}
	if f.Type().String() != "seasonality" {
		settings["secret"] = "a secret of this test alone"
	}
	cfg := s.configured(t, f.CreateDefaultConfig(), settings)
	metrics, err := f.CreateMetrics(t.Context(), set, cfg, s.derived)
	s.add(t, metrics, err)
	s.metrics = metrics
	if f.Type().String() == "seasonality" {
		return
	}
	traces, err := f.CreateTraces(t.Context(), set, cfg, consumertest.NewNop())
	s.add(t, traces, err)
	s.traces = traces
	logs, err := f.CreateLogs(t.Context(), set, cfg, s.logs)
	s.add(t, logs, err)
}

func (s *stage) connector(t *testing.T) {
	t.Helper()
	f := incidentconnector.NewFactory()
	cfg := s.configured(t, f.CreateDefaultConfig(), map[string]any{"secret": "a secret of this test alone"})
	logs, err := f.CreateLogsToLogs(t.Context(), connectortest.NewNopSettings(f.Type()), cfg, s.logs)
	s.add(t, logs, err)
	s.alerts = logs
}

func (s *stage) stop(t *testing.T) {
	t.Helper()
	for _, c := range slices.Backward(s.components) {
		require.NoError(t, c.Shutdown(context.WithoutCancel(t.Context())))
	}
}

func (s *stage) page(t *testing.T, host, number int) {
	t.Helper()
	(&chain{traces: s.traces}).page(t, host, number+1, time.Now())
}

// load is a metric that seasonality follows.
func load(value float64) pmetric.Metrics {
	md := metric(time.Now(), value)
	md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).SetName("system.cpu.utilization")
	return md
}

func (s *stage) alert(t *testing.T, name string) {
	t.Helper()
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutStr("service.name", "shop")
	record := rl.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	record.SetEventName("alert")
	record.SetTimestamp(pcommon.NewTimestampFromTime(time.Now()))
	record.Attributes().PutStr("alert.id", name)
	record.Attributes().PutStr("alert.name", name)
	record.Attributes().PutStr("severity", "critical")
	require.NoError(t, s.alerts.ConsumeLogs(t.Context(), ld))
}

// told is what the component has told, each once: the names of its incidents, and of its metrics.
func (s *stage) told() (names []string) {
	for _, record := range records(s.logs, "braid.incident") {
		id, _ := record.Attributes().Get("braid.incident.id")
		names = append(names, id.AsString())
	}
	for _, md := range s.derived.AllMetrics() {
		for _, rm := range md.ResourceMetrics().All() {
			for _, sm := range rm.ScopeMetrics().All() {
				for _, m := range sm.Metrics().All() {
					names = append(names, fmt.Sprint(m.Name(), " ", m.Type()))
				}
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
