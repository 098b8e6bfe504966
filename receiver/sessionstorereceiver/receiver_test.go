package sessionstorereceiver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/metadatatest"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/source"
	"github.com/braidotel/braid/receiver/sessionstorereceiver/internal/stored"
)

// script is a store whose full views and changes are given.
type script struct {
	mu       sync.Mutex
	sessions []source.Change
	changes  chan []source.Change
	err      error
	partial  bool
	notified bool
	views    int
}

func (s *script) set(change func(*script)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *script) Full(_ context.Context, page source.Page) (bool, error) {
	s.mu.Lock()
	sessions, err, whole := slices.Clone(s.sessions), s.err, !s.partial
	s.views++
	s.mu.Unlock()
	if err != nil {
		return false, err
	}
	return whole, page(sessions)
}

func (s *script) Changes(ctx context.Context, until time.Time, page source.Page) (bool, error) {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-timer.C:
			return false, nil
		case changes := <-s.changes:
			if err := page(changes); err != nil {
				return false, err
			}
		}
	}
}

func (s *script) Notified() bool { return s.notified }

func (*script) State(context.Context) ([]source.Server, error) {
	return []source.Server{{
		Address: "192.0.2.1:6379", Memory: 4096, Keys: 2,
		Replicas: []source.Replica{{Address: "192.0.2.2:6379", Online: true, Lag: time.Second, Behind: 7}, {Address: "192.0.2.3:6379", Lag: -1, Behind: -1}},
	}}, nil
}

func (*script) Read() int64             { return 12 }
func (*script) Refused() (int64, error) { return 3, nil }
func (*script) Close() error            { return nil }

// rig is the component in a logs and a metrics pipeline, on scripted stores.
type rig struct {
	stores    map[string]*script
	logs      receiver.Logs
	metrics   receiver.Metrics
	telemetry *componenttest.Telemetry
	statuses  chan componentstatus.Status

	mu      sync.Mutex
	refusal error
	told    []string
	records []plog.LogRecord
	points  map[string]any
}

func (r *rig) Report(event *componentstatus.Event) { r.statuses <- event.Status() }

func (*rig) GetExtensions() map[component.ID]component.Component { return nil }

func start(t *testing.T, change func(*Config)) *rig {
	t.Helper()
	r := &rig{
		stores:    map[string]*script{"php": {changes: make(chan []source.Change), notified: true}, "shop": {changes: make(chan []source.Change), notified: true}},
		telemetry: componenttest.NewTelemetry(), statuses: make(chan componentstatus.Status, 10), points: map[string]any{},
	}
	cfg := createDefaultConfig().(*Config)
	cfg.Secret = "secret"
	cfg.Stores = map[string]StoreConfig{}
	for _, name := range []string{"php", "shop"} {
		store := defaultStore()
		store.Format, store.Cookie = "php", CookieConfig{Name: "PHPSESSID", Encoding: "raw"}
		store.Redis.GetOrInsertDefault().Addresses = []string{name}
		cfg.Stores[name] = store
	}
	if change != nil {
		change(cfg)
	}
	require.NoError(t, cfg.Validate())
	f := &factory{}
	set := metadatatest.NewSettings(r.telemetry)
	handle, err := f.cores.Acquire(cfg, func() (*core, error) {
		c, err := newCore(set, cfg)
		c.open = func(_ context.Context, s *StoreConfig, _ *LimitsConfig) (source.Source, error) {
			return r.stores[s.Redis.Get().Addresses[0]], nil
		}
		return c, err
	})
	require.NoError(t, err)
	nextLogs, err := consumer.NewLogs(r.takeLogs)
	require.NoError(t, err)
	nextMetrics, err := consumer.NewMetrics(r.takeMetrics)
	require.NoError(t, err)
	r.logs, err = f.createLogs(t.Context(), set, cfg, nextLogs)
	require.NoError(t, err)
	r.metrics, err = f.createMetrics(t.Context(), set, cfg, nextMetrics)
	require.NoError(t, err)
	require.NoError(t, handle.Shutdown(t.Context()))
	return r
}

func (r *rig) start(t *testing.T) {
	t.Helper()
	require.NoError(t, r.logs.Start(t.Context(), r))
	synctest.Wait()
	assert.Empty(t, r.told, "what lies behind the other pipeline may not run yet")
	require.NoError(t, r.metrics.Start(t.Context(), r))
}

func (r *rig) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, r.metrics.Shutdown(context.Background()))
	require.NoError(t, r.logs.Shutdown(context.Background()))
	require.NoError(t, r.telemetry.Shutdown(context.Background()))
}

func (r *rig) refuse(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refusal = err
}

func (r *rig) takeLogs(_ context.Context, ld plog.Logs) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, record := range ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().All() {
		if r.refusal != nil {
			continue
		}
		line := []string{record.EventName()}
		for _, key := range []string{attrStore, attrUser, attrReason, attrOtherStore} {
			if v, ok := record.Attributes().Get(key); ok {
				line = append(line, v.AsString())
			}
		}
		r.told = append(r.told, strings.Join(line, " "))
		r.records = append(r.records, record)
	}
	return r.refusal
}

func (r *rig) takeMetrics(_ context.Context, md pmetric.Metrics) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().All() {
		for _, p := range points(m).All() {
			attributes := p.Attributes().AsRaw()
			delete(attributes, attrSystem)
			value := any(p.IntValue())
			if p.ValueType() == pmetric.NumberDataPointValueTypeDouble {
				value = p.DoubleValue()
			}
			r.points[fmt.Sprint(m.Name(), " ", m.Unit(), " ", attributes)] = value
		}
	}
	return nil
}

// take returns what has been told since the last call.
func (r *rig) take() []string {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	told := r.told
	r.told = nil
	return told
}

func seen(id, user string) source.Change {
	return source.Change{Session: stored.Session{ID: id, User: user}}
}

func TestReceiver_TwoStores_TellWhoIsLoggedIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, func(c *Config) { c.Tenant = "agency-7" })
		r.stores["shop"].sessions = []source.Change{seen("a", ""), seen("b", "jun")}
		r.start(t)
		assert.ElementsMatch(t, []string{"session.start shop", "session.start shop jun"}, r.take())
		r.stores["shop"].changes <- []source.Change{seen("a", "mina"), {Session: stored.Session{ID: "b"}, Gone: source.Deleted}}
		assert.Equal(t, []string{"braid.session.login shop mina", "session.end shop jun logout"}, r.take())
		r.stores["php"].changes <- []source.Change{seen("c", "mina")}
		r.stores["php"].changes <- []source.Change{{Session: stored.Session{ID: "a", User: "x"}, UserOnly: true}}
		assert.Equal(t, []string{"session.start php mina", "braid.session.duplicate_login php mina shop"}, r.take())
		time.Sleep(10 * time.Second)
		synctest.Wait()
		shop := map[string]any{attrStore: "shop"}
		with := func(more map[string]any) map[string]any {
			more[attrStore] = "shop"
			return more
		}
		server := map[string]any{"server.address": "192.0.2.1", "server.port": 6379}
		replica := map[string]any{"server.address": "192.0.2.1", "server.port": 6379, attrReplica: "192.0.2.2:6379"}
		for series, want := range map[string]any{
			fmt.Sprint("braid.session_store.active {session} ", shop):                                        int64(1),
			fmt.Sprint("braid.session_store.logged_in {session} ", shop):                                     int64(1),
			fmt.Sprint("braid.session_store.created {session} ", shop):                                       int64(0),
			fmt.Sprint("braid.session_store.expired {session} ", with(map[string]any{attrReason: "logout"})): int64(1),
			fmt.Sprint("braid.session_store.memory.usage By ", with(server)):                                 int64(4096),
			fmt.Sprint("braid.session_store.replication.lag s ", with(replica)):                              1.0,
			fmt.Sprint("braid.session_store.replication.behind By ", with(replica)):                          int64(7),
		} {
			assert.Equal(t, want, r.points[series], series)
		}
		assert.NotContains(t, fmt.Sprint(r.points), "memory.limit", "it may use all")
		r.stop(t)
	})
}

func TestReceiver_Ids_LeaveAsHashesUnlessToldOtherwise(t *testing.T) {
	for name, test := range map[string]struct {
		ids, users, wantID string
	}{
		"hash":      {"hash", "plain", ""},
		"plain":     {"plain", "none", "a"},
		"pseudonym": {"hash", "pseudonym", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := start(t, func(c *Config) { c.SessionIDs, c.Users = test.ids, test.users })
				r.stores["shop"].sessions = []source.Change{seen("a", "mina")}
				r.start(t)
				r.take()
				attributes := r.records[0].Attributes().AsRaw()
				token := attributes[attrToken].(string)
				assert.Len(t, token, 16)
				if test.wantID == "" {
					test.wantID = token
				}
				assert.Equal(t, test.wantID, attributes[attrSession])
				switch test.users {
				case "none":
					assert.NotContains(t, attributes, attrUser)
				case "plain":
					assert.Equal(t, "mina", attributes[attrUser])
				default:
					assert.Regexp(t, "^[0-9a-f]{32}$", attributes[attrUser])
				}
				r.stop(t)
			})
		})
	}
}

func TestReceiver_ConsumerRefuses_NothingIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, nil)
		r.stores["shop"].sessions = []source.Change{seen("a", "")}
		r.refuse(errors.New("busy"))
		r.start(t)
		time.Sleep(time.Minute)
		assert.Empty(t, r.take())
		r.refuse(nil)
		time.Sleep(maxPause)
		assert.Equal(t, []string{"session.start shop"}, r.take())

		r.refuse(consumererror.NewPermanent(errors.New("never")))
		r.stores["shop"].changes <- []source.Change{seen("b", "")}
		synctest.Wait()
		r.refuse(errors.New("busy"))
		r.stores["shop"].changes <- []source.Change{seen("c", "")}
		synctest.Wait()
		began := time.Now()
		counted := map[string]int64{}
		m, err := r.telemetry.GetMetric("otelcol_receiver_session_store_events")
		require.NoError(t, err)
		for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
			result, _ := p.Attributes.Value("result")
			counted[result.AsString()] = p.Value
		}
		assert.Equal(t, int64(1), counted["lost"])
		assert.Positive(t, counted["retried"])
		r.stop(t)
		assert.Less(t, time.Since(began), time.Minute, "what is under way does not hold a shutdown up")
	})
}

func TestReceiver_StoreDown_KeepsWhatItKnows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, nil)
		shop := r.stores["shop"]
		shop.sessions = []source.Change{seen("a", ""), seen("b", "")}
		r.start(t)
		assert.Len(t, r.take(), 2)
		shop.set(func(s *script) { s.err = errors.New("connection refused") })
		time.Sleep(20 * time.Minute)
		assert.Empty(t, r.take(), "no session is taken for gone")
		assert.Equal(t, componentstatus.StatusRecoverableError, <-r.statuses)
		shop.set(func(s *script) { s.err, s.partial, s.sessions = nil, true, s.sessions[:1] })
		time.Sleep(2 * retryMost)
		assert.Equal(t, componentstatus.StatusOK, <-r.statuses)
		assert.Empty(t, r.take(), "nor by a view that may have missed some")
		shop.set(func(s *script) { s.partial = false })
		time.Sleep(2 * time.Second)
		assert.Equal(t, []string{"session.end shop logout"}, r.take())
		r.stop(t)
	})
}

func TestReceiver_WithoutNotifications_ViewsAreTakenMoreOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := start(t, nil)
		r.stores["shop"].notified = false
		r.start(t)
		time.Sleep(time.Hour)
		r.stop(t)
		assert.InDelta(t, 60, r.stores["shop"].views, 2)
		assert.InDelta(t, 6, r.stores["php"].views, 1)
	})
}

func TestReceiver_NothingToLeaveThrough_SaysWhatToAdd(t *testing.T) {
	cfg := createDefaultConfig().(*Config)
	set := metadatatest.NewSettings(componenttest.NewTelemetry())
	f := NewFactory()
	logs, err := f.CreateLogs(t.Context(), set, cfg, consumertest.NewNop())
	require.NoError(t, err)
	err = logs.Start(t.Context(), componenttest.NewNopHost())
	require.ErrorContains(t, err, "service::pipelines::metrics::receivers")
	require.NoError(t, logs.Shutdown(t.Context()))
}
