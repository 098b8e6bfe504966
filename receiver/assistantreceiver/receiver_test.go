package assistantreceiver

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/braidotel/braid/internal/action"
	"github.com/braidotel/braid/receiver/assistantreceiver/internal/metadata"
)

// desk is an assistant whose actions a test makes happen.
type desk struct {
	component.Component
	mu      sync.Mutex
	list    []action.Happening
	changed chan struct{}
	fail    error
}

func newDesk() *desk { return &desk{changed: make(chan struct{})} }

func (d *desk) Happenings(_ context.Context, after time.Time) ([]action.Happening, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []action.Happening
	for _, h := range d.list {
		if h.At.After(after) {
			out = append(out, h)
		}
	}
	return out, d.fail
}

func (d *desk) Changed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.changed
}

func (d *desk) step(n int, state action.State, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.list = append(d.list, action.Happening{
		Tenant: "shop", ID: "a-1", Number: n, Kind: action.ScaleWorkload, State: state, At: at, By: "lee", Proposer: "kim", Digest: "9f86", Text: "peak tonight",
		Target: "Deployment shop/payment", Service: "payment", Environment: "production", Change: "Set the replicas from 3 to 6",
	})
	close(d.changed)
	d.changed = make(chan struct{})
}

// memory is a storage extension with one client.
type memory struct {
	storage.Client
	mu   sync.Mutex
	kept map[string][]byte
}

func (*memory) Start(context.Context, component.Host) error { return nil }
func (*memory) Shutdown(context.Context) error              { return nil }
func (*memory) Close(context.Context) error                 { return nil }

func (m *memory) GetClient(context.Context, component.Kind, component.ID, string) (storage.Client, error) {
	return m, nil
}

func (m *memory) Get(_ context.Context, key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.kept[key], nil
}

func (m *memory) Set(_ context.Context, key string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept[key] = value
	return nil
}

// host has a desk and a storage, and remembers the last status.
type host struct {
	desk   component.Component
	memory *memory
	mu     sync.Mutex
	status componentstatus.Status
}

func (h *host) GetExtensions() map[component.ID]component.Component {
	return map[component.ID]component.Component{component.MustNewID("assistant"): h.desk, component.MustNewID("file_storage"): h.memory}
}

// Report implements componentstatus.Reporter.
func (h *host) Report(e *componentstatus.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status = e.Status()
}

func (h *host) is(s componentstatus.Status) func() bool {
	return func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.status == s
	}
}

func start(t *testing.T, h *host, next consumer.Logs) func() {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	if h.memory != nil {
		id := component.MustNewID("file_storage")
		cfg.Storage = &id
	}
	r, err := NewFactory().CreateLogs(t.Context(), receivertest.NewNopSettings(metadata.Type), cfg, next)
	require.NoError(t, err)
	require.NoError(t, r.Start(t.Context(), h))
	return sync.OnceFunc(func() { assert.NoError(t, r.Shutdown(context.Background())) })
}

func heard(sink *consumertest.LogsSink) []plog.LogRecord {
	var out []plog.LogRecord
	for _, ld := range sink.AllLogs() {
		for _, rl := range ld.ResourceLogs().All() {
			for _, sl := range rl.ScopeLogs().All() {
				for _, r := range sl.LogRecords().All() {
					out = append(out, r)
				}
			}
		}
	}
	return out
}

func soon(t *testing.T, holds func() bool, what string) {
	t.Helper()
	require.Eventually(t, holds, 30*time.Second, 10*time.Millisecond, what)
}

func TestReceiver_EverySteps_IsAnEventOnce(t *testing.T) {
	d, sink := newDesk(), &consumertest.LogsSink{}
	d.step(0, action.Proposed, time.Now().Add(-time.Hour)) // before the start: not told without a storage
	stop := start(t, &host{desk: d}, sink)
	defer stop()
	began := time.Now()
	for i, s := range []action.State{action.Approved, action.Executing, action.Succeeded} {
		d.step(i+1, s, began.Add(time.Duration(i)*time.Second))
		soon(t, func() bool { return len(heard(sink)) == i+1 }, "told at once")
	}
	r := heard(sink)[0]
	assert.Equal(t, "braid.action", r.EventName())
	assert.Equal(t, "approved: Set the replicas from 3 to 6", r.Body().Str())
	assert.Equal(t, map[string]any{
		"braid.action.id": "a-1", "braid.action.step": int64(1), "braid.action.name": "scale_workload", "braid.action.state": "approved",
		"braid.action.digest": "9f86", "braid.action.proposer": "kim", "braid.action.by": "lee", "braid.action.text": "peak tonight",
		"braid.action.target": "Deployment shop/payment", "service.name": "payment", "deployment.environment.name": "production",
	}, r.Attributes().AsRaw())
	tenant, _ := sink.AllLogs()[0].ResourceLogs().At(0).Resource().Attributes().Get("braid.tenant")
	assert.Equal(t, "shop", tenant.Str())
}

// TestTold_LateWrittenStep_IsNews: clocks of replicas differ, and a step is dated before it is written.
func TestTold_LateWrittenStep_IsNews(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	m, err := loadTold(t.Context(), nil, noon)
	require.NoError(t, err)
	at := func(n int, d time.Duration) action.Happening {
		return action.Happening{ID: "a", Number: n, At: noon.Add(d)}
	}
	m.note([]action.Happening{at(0, time.Minute), at(1, 5*time.Minute)})
	late := []action.Happening{at(1, 5*time.Minute), at(2, 4*time.Minute)}
	assert.Equal(t, []action.Happening{at(2, 4*time.Minute)}, m.news(late))
	assert.Equal(t, noon.Add(3*time.Minute), m.after())
	assert.Len(t, m.Recent, 1, "what is older is not looked for any more")
	m, err = loadTold(t.Context(), nil, noon.Add(900*time.Millisecond))
	require.NoError(t, err)
	assert.True(t, noon.After(m.after()), "proposals are dated by the second")
}

// TestReceiver_Restarted_GoesOnWhereItWas: what happens while it does not run is told after the next start, and nothing twice.
func TestReceiver_Restarted_GoesOnWhereItWas(t *testing.T) {
	d, m, first, second := newDesk(), &memory{kept: map[string][]byte{}}, &consumertest.LogsSink{}, &consumertest.LogsSink{}
	stop := start(t, &host{desk: d, memory: m}, first)
	defer stop()
	d.step(0, action.Proposed, time.Now())
	soon(t, func() bool { return len(heard(first)) == 1 }, "the proposal")
	stop()
	d.step(1, action.Approved, time.Now())
	stop = start(t, &host{desk: d, memory: m}, second)
	defer stop()
	soon(t, func() bool { return len(heard(second)) == 1 }, "the approval")
	step, _ := heard(second)[0].Attributes().Get("braid.action.step")
	assert.Equal(t, int64(1), step.Int())
}

// TestReceiver_PipelineRefuses_IsToldAgainAndTheStatusSaysSo: nothing is lost while the pipeline does not take it.
func TestReceiver_PipelineRefuses_IsToldAgainAndTheStatusSaysSo(t *testing.T) {
	d, h, sink := newDesk(), &host{}, &consumertest.LogsSink{}
	h.desk = d
	var mu sync.Mutex
	var calls atomic.Int64
	refusal := errors.New("the queue is full")
	next, err := consumer.NewLogs(func(ctx context.Context, ld plog.Logs) error {
		mu.Lock()
		defer mu.Unlock()
		calls.Add(1)
		if refusal != nil {
			return refusal
		}
		return sink.ConsumeLogs(ctx, ld)
	})
	require.NoError(t, err)
	stop := start(t, h, next)
	defer stop()
	d.step(0, action.Proposed, time.Now())
	soon(t, h.is(componentstatus.StatusRecoverableError), "in trouble")
	mu.Lock()
	refusal = nil
	mu.Unlock()
	soon(t, h.is(componentstatus.StatusOK), "well again")
	assert.Len(t, heard(sink), 1)
	mu.Lock()
	taken := calls.Load()
	refusal = consumererror.NewPermanent(errors.New("never"))
	mu.Unlock()
	d.step(1, action.Approved, time.Now())
	soon(t, func() bool { return calls.Load() > taken }, "refused")
	stop()
	assert.Len(t, heard(sink), 1, "what is refused for good is not tried again")
}

func TestStart_WhatIsMissing_IsNamed(t *testing.T) {
	for want, h := range map[string]component.Host{
		"add it to service::extensions": componenttest.NewNopHost(), "decides about no actions": &host{desk: struct{ component.Component }{}},
	} {
		r, err := NewFactory().CreateLogs(t.Context(), receivertest.NewNopSettings(metadata.Type), createDefaultConfig(), consumertest.NewNop())
		require.NoError(t, err)
		require.ErrorContains(t, r.Start(t.Context(), h), want)
		assert.NoError(t, r.Shutdown(t.Context()))
	}
}
