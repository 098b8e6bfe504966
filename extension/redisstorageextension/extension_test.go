package redisstorageextension

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	fake "github.com/alicebob/miniredis/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/braidotel/braid/extension/redisstorageextension/internal/metadata"
	"github.com/braidotel/braid/extension/redisstorageextension/internal/metadatatest"
)

// fakeRedis is a server whose replicas, policy and troubles are what the test says.
type fakeRedis struct {
	*miniredis.Miniredis

	mu       sync.Mutex
	replicas int
	policy   string
	trouble  string // answered to everything
}

func newFakeRedis(t *testing.T) *fakeRedis {
	t.Helper()
	f := &fakeRedis{Miniredis: miniredis.RunT(t), replicas: 1, policy: "noeviction"}
	f.Server().SetPreHook(f.answer)
	return f
}

// answer answers what the fake does not know, and everything while there is trouble.
func (f *fakeRedis) answer(c *fake.Peer, cmd string, _ ...string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.trouble != "":
		c.WriteError(f.trouble)
	case strings.EqualFold(cmd, "wait"):
		c.WriteInt(f.replicas)
	case strings.EqualFold(cmd, "info"):
		c.WriteBulk("# Memory\r\nmaxmemory:1000\r\nmaxmemory_policy:" + f.policy + "\r\n")
	default:
		return false
	}
	return true
}

func (f *fakeRedis) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *fakeRedis) setReplicas(n int)        { f.set(func() { f.replicas = n }) }
func (f *fakeRedis) setTrouble(answer string) { f.set(func() { f.trouble = answer }) }

// watching is a host that remembers what components say of themselves.
type watching struct {
	component.Host

	mu   sync.Mutex
	said []componentstatus.Status
}

func (w *watching) Report(e *componentstatus.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, e.Status())
}

func (w *watching) heard(s componentstatus.Status) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Contains(w.said, s)
}

// replica is an extension that has been started.
type replica struct {
	extension.Extension
	host *watching
	tel  *componenttest.Telemetry
	logs *observer.ObservedLogs
}

func (f *fakeRedis) replica(t *testing.T, name string, change func(*Config)) *replica {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	cfg.Addresses, cfg.Holder, cfg.Lease = []string{f.Addr()}, name, 300*time.Millisecond
	cfg.Timeout, cfg.WaitTimeout = 200*time.Millisecond, 10*time.Millisecond
	if change != nil {
		change(cfg)
	}
	require.NoError(t, cfg.Validate())
	tel := componenttest.NewTelemetry()
	set := extensiontest.NewNopSettings(metadata.Type)
	set.TelemetrySettings = tel.NewTelemetrySettings()
	core, logs := observer.New(zap.InfoLevel)
	set.Logger = zap.New(core)
	ext, err := NewFactory().Create(t.Context(), set, cfg)
	require.NoError(t, err)
	r := &replica{Extension: ext, host: &watching{Host: componenttest.NewNopHost()}, tel: tel, logs: logs}
	require.NoError(t, ext.Start(t.Context(), r.host))
	t.Cleanup(func() {
		require.NoError(t, ext.Shutdown(context.WithoutCancel(t.Context())))
		require.NoError(t, tel.Shutdown(context.WithoutCancel(t.Context())))
	})
	return r
}

var processor = component.MustNewIDWithName("session_correlation", "a/b")

func (r *replica) client(ctx context.Context, t *testing.T) storage.Client {
	t.Helper()
	c, err := r.Extension.(storage.Extension).GetClient(ctx, component.KindProcessor, processor, "")
	require.NoError(t, err)
	return c
}

// brief is a context of somebody who waits for the answer.
func brief(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestClient_AllOperations_BehaveLikeAMap(t *testing.T) {
	t.Parallel()
	f := newFakeRedis(t)
	c := f.replica(t, "a", nil).client(t.Context(), t)
	ctx := t.Context()
	value, err := c.Get(ctx, "none")
	require.NoError(t, err)
	assert.Nil(t, value)
	require.NoError(t, c.Delete(ctx, "none"))
	require.NoError(t, c.Set(ctx, "a", []byte("1")))
	require.NoError(t, c.Set(ctx, "empty", nil))
	before, none, after := storage.GetOperation("a"), storage.GetOperation("none"), storage.GetOperation("a")
	require.NoError(t, c.Batch(ctx, before, none, storage.SetOperation("a", []byte("2\x00s")), after, storage.DeleteOperation("empty")))
	assert.Equal(t, "1", string(before.Value))
	assert.Nil(t, none.Value)
	assert.Equal(t, "2\x00s", string(after.Value))
	require.NoError(t, c.Batch(ctx))
	require.NoError(t, c.Close(ctx))
	assert.Equal(t, []string{"{braid/0}:lease", "{braid/0}:processor/session_correlation%2Fa%2Fb//a"}, f.Keys())
	assert.Zero(t, f.TTL("{braid/0}:lease"))
}

func TestLease_HolderStops_NextGoesOnAtOnce(t *testing.T) {
	t.Parallel()
	f := newFakeRedis(t)
	long := func(c *Config) { c.Lease = time.Minute }
	first := f.replica(t, "first", long)
	require.NoError(t, first.client(t.Context(), t).Set(t.Context(), "a", []byte("1")))
	second := f.replica(t, "second", long)
	took := make(chan storage.Client, 1)
	go func() {
		c, err := second.Extension.(storage.Extension).GetClient(context.Background(), component.KindProcessor, processor, "")
		assert.NoError(t, err)
		took <- c
	}()
	select {
	case <-took:
		t.Fatal("two replicas hold one lease")
	case <-time.After(100 * time.Millisecond): // it must be seen to wait
	}
	require.NoError(t, first.Shutdown(t.Context()))
	select {
	case c := <-took:
		value, err := c.Get(t.Context(), "a")
		require.NoError(t, err)
		assert.Equal(t, "1", string(value))
		assert.Equal(t, "second", f.HGet("{braid/0}:lease", "holder"))
		assert.Equal(t, "2", f.HGet("{braid/0}:lease", "epoch"))
	case <-time.After(30 * time.Second):
		t.Fatal("a lease that was given back is not taken")
	}
}

// seize makes the lease another's, as after a pause of this replica in which it ran out.
func (f *fakeRedis) seize() { f.HSet("{braid/0}:lease", "token", "another", "epoch", "9") }

func TestLease_TakenByAnother_RefusesAndEnds(t *testing.T) {
	t.Parallel()
	f := newFakeRedis(t)
	r := f.replica(t, "stale", func(c *Config) { c.Lease = time.Minute }) // too long to notice by itself
	c := r.client(t.Context(), t)
	require.NoError(t, c.Set(t.Context(), "a", []byte("kept")))
	f.seize()
	require.ErrorIs(t, c.Set(t.Context(), "a", []byte("overwritten")), errFenced)
	_, err := c.Get(t.Context(), "a")
	require.ErrorIs(t, err, errFenced)
	value, err := f.Get("{braid/0}:processor/session_correlation%2Fa%2Fb//a")
	require.NoError(t, err)
	assert.Equal(t, "kept", value)
	assert.True(t, r.host.heard(componentstatus.StatusFatalError), "whoever lost the shard must end")
	_, err = r.Extension.(storage.Extension).GetClient(t.Context(), component.KindProcessor, processor, "")
	require.ErrorIs(t, err, errFenced)
	require.NoError(t, r.Shutdown(t.Context()))
	assert.Equal(t, "another", f.HGet("{braid/0}:lease", "token"), "what is another's is not given back")
}

// notified is a host as the collector gives it to extensions.
type notified struct {
	component.Host
	events chan *componentstatus.Event
}

func (n *notified) NotifyComponentStatusChange(_ *componentstatus.InstanceID, e *componentstatus.Event) {
	n.events <- e
}

func TestStatus_HostOfExtensions_IsTold(t *testing.T) {
	t.Parallel()
	f := newFakeRedis(t)
	r := f.replica(t, "stale", nil)
	host := &notified{Host: componenttest.NewNopHost(), events: make(chan *componentstatus.Event)}
	r.Extension.(*redisStorage).host = host
	r.client(t.Context(), t)
	f.seize()
	select {
	case e := <-host.events:
		assert.Equal(t, componentstatus.StatusFatalError, e.Status())
		assert.ErrorIs(t, e.Err(), errFenced)
	case <-time.After(30 * time.Second):
		t.Fatal("the collector is not told to end")
	}
}

func TestLease_TakenWhileIdle_NoticedByRenewal(t *testing.T) {
	t.Parallel()
	f := newFakeRedis(t)
	r := f.replica(t, "stale", nil)
	r.client(t.Context(), t)
	f.seize()
	require.Eventually(t, func() bool { return r.host.heard(componentstatus.StatusFatalError) }, 30*time.Second, time.Millisecond)
}

func TestLease_HolderSilent_TakenWhenItHasRunOut(t *testing.T) {
	t.Parallel()
	f := newFakeRedis(t)
	r := f.replica(t, "dead", nil)
	c := r.client(t.Context(), t)
	r.Extension.(*redisStorage).lease.Load().end(errReleased) // no more renewals, as after kill -9
	next := f.replica(t, "next", nil).client(t.Context(), t)
	require.NoError(t, next.Set(t.Context(), "a", []byte("1")))
	require.Error(t, c.Set(t.Context(), "a", []byte("2")))
}

func TestLease_ClockOfNewMasterBehind_WaitsNoLongerThanALease(t *testing.T) {
	t.Parallel()
	f := newFakeRedis(t)
	f.HSet("{braid/0}:lease", "token", "dead", "holder", "dead", "length", "100", "until", "99999999999999", "epoch", "4")
	r := f.replica(t, "next", nil)
	r.client(t.Context(), t)
	assert.Equal(t, "5", f.HGet("{braid/0}:lease", "epoch"))
}

func TestBatch_TooFewReplicas_NotAcknowledged(t *testing.T) {
	t.Parallel()
	f := newFakeRedis(t)
	r := f.replica(t, "a", nil)
	c := r.client(t.Context(), t)
	f.setReplicas(0)
	err := c.Set(brief(t), "a", []byte("1"))
	require.ErrorIs(t, err, errUnacknowledged)
	f.setReplicas(1)
	require.NoError(t, c.Set(brief(t), "a", []byte("1")))
	got, err := r.tel.GetMetric("otelcol_extension_redis_storage_wait_failures")
	require.NoError(t, err)
	assert.Positive(t, got.Data.(metricdata.Sum[int64]).DataPoints[0].Value)
}

func TestBatch_NoReplicasAskedFor_OneServerIsEnough(t *testing.T) {
	t.Parallel()
	f := newFakeRedis(t)
	f.setReplicas(0)
	c := f.replica(t, "a", func(c *Config) { c.ReplicasAcknowledged = 0 }).client(t.Context(), t)
	require.NoError(t, c.Set(brief(t), "a", []byte("1")))
}

func TestBatch_ValueTooLarge_RefusedWhole(t *testing.T) {
	t.Parallel()
	f := newFakeRedis(t)
	c := f.replica(t, "a", func(c *Config) { c.MaxValueBytes = 3 }).client(t.Context(), t)
	err := c.Batch(t.Context(), storage.SetOperation("small", []byte("123")), storage.SetOperation("large", []byte("1234")))
	require.ErrorIs(t, err, errTooLarge)
	require.ErrorContains(t, err, `"large" has 4 bytes, max_value_bytes is 3`)
	value, err := c.Get(t.Context(), "small")
	require.NoError(t, err)
	assert.Nil(t, value)
}

func TestBatch_ServerFull_SaysSoToTheOneWhoWaits(t *testing.T) {
	t.Parallel()
	f := newFakeRedis(t)
	c := f.replica(t, "a", func(c *Config) { c.Lease = time.Minute }).client(t.Context(), t)
	f.setTrouble("OOM command not allowed when used memory > 'maxmemory'.")
	require.ErrorIs(t, c.Set(brief(t), "a", []byte("1")), storage.ErrStorageFull)
	f.setTrouble("")
	require.NoError(t, c.Set(brief(t), "a", []byte("1")))
}

func TestBatch_NobodyWaits_TriedUntilTheServerIsBack(t *testing.T) {
	t.Parallel()
	f := newFakeRedis(t)
	r := f.replica(t, "a", func(c *Config) { c.Lease = time.Minute })
	c := r.client(t.Context(), t)
	f.setTrouble("LOADING Redis is loading the dataset in memory")
	stored := make(chan error, 1)
	go func() { stored <- c.Set(context.Background(), "a", []byte("1")) }()
	require.Eventually(t, func() bool {
		got, err := r.tel.GetMetric("otelcol_extension_redis_storage_retries")
		return err == nil && got.Data.(metricdata.Sum[int64]).DataPoints[0].Value > 2
	}, 30*time.Second, time.Millisecond)
	f.setTrouble("")
	require.NoError(t, <-stored)
}

func TestStatus_ServerAwayAndBack_Told(t *testing.T) {
	t.Parallel()
	f := newFakeRedis(t)
	r := f.replica(t, "a", nil)
	r.client(t.Context(), t)
	f.setTrouble("CLUSTERDOWN The cluster is down")
	require.Eventually(t, func() bool { return r.host.heard(componentstatus.StatusRecoverableError) }, 30*time.Second, time.Millisecond)
	f.setTrouble("")
	require.Eventually(t, func() bool { return r.host.heard(componentstatus.StatusOK) }, 30*time.Second, time.Millisecond)
}

func TestGetClient_WrongPassword_FailsAtOnce(t *testing.T) {
	t.Parallel()
	f := newFakeRedis(t)
	f.RequireAuth("right")
	r := f.replica(t, "a", func(c *Config) { c.Password = "wrong" })
	_, err := r.Extension.(storage.Extension).GetClient(t.Context(), component.KindProcessor, processor, "")
	require.ErrorContains(t, err, "WRONGPASS")
	assert.NotContains(t, err.Error(), "wrong")
}

func TestGetClient_Unreachable_WaitsUntilAsked(t *testing.T) {
	t.Parallel()
	f := newFakeRedis(t)
	r := f.replica(t, "a", nil)
	f.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := r.Extension.(storage.Extension).GetClient(ctx, component.KindProcessor, processor, "")
	require.Error(t, err)
	assert.True(t, r.host.heard(componentstatus.StatusRecoverableError))
}

func TestGetClient_ServerWithoutReplicas_SaysWhatToSet(t *testing.T) {
	t.Parallel()
	f := newFakeRedis(t)
	f.setReplicas(0)
	r := f.replica(t, "a", func(c *Config) { c.DialTimeout = 20 * time.Millisecond })
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := r.Extension.(storage.Extension).GetClient(ctx, component.KindProcessor, processor, "")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Len(t, r.logs.FilterMessageSnippet("replicas_acknowledged: 0").All(), 1)
	assert.Zero(t, r.logs.FilterMessageSnippet("cannot be reached").Len())
}

func TestServer_PolicyThatEvicts_Refused(t *testing.T) {
	t.Parallel()
	f := newFakeRedis(t)
	f.set(func() { f.policy = "allkeys-lru" })
	r := f.replica(t, "a", nil)
	_, err := r.Extension.(storage.Extension).GetClient(t.Context(), component.KindProcessor, processor, "")
	require.ErrorContains(t, err, "noeviction")
}

func TestTelemetry_LeaseHeld_EpochAndOutcomesReported(t *testing.T) {
	t.Parallel()
	f := newFakeRedis(t)
	r := f.replica(t, "a", nil)
	require.NoError(t, r.client(t.Context(), t).Set(t.Context(), "a", nil))
	ignore := metricdatatest.IgnoreTimestamp()
	metadatatest.AssertEqualExtensionRedisStorageLeaseHeld(t, r.tel, []metricdata.DataPoint[int64]{{Value: 1}}, ignore)
	metadatatest.AssertEqualExtensionRedisStorageEpoch(t, r.tel, []metricdata.DataPoint[int64]{{Value: 1}}, ignore)
	got, err := r.tel.GetMetric("otelcol_extension_redis_storage_operations")
	require.NoError(t, err)
	outcome, _ := got.Data.(metricdata.Sum[int64]).DataPoints[0].Attributes.Value("outcome")
	assert.Equal(t, "stored", outcome.AsString())
}
