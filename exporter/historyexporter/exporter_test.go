package historyexporter

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter/exportertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/exporter/historyexporter/internal/metadata"
	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/history/tsdb"
)

// moody fails as often as it is told to.
type moody struct {
	history.Store
	err error

	mu       sync.Mutex
	failures int
}

func (m *moody) Write(ctx context.Context, b *history.Batch) error {
	if m.fails(b) {
		return m.err
	}
	return m.Store.Write(ctx, b)
}

func (m *moody) fails(b *history.Batch) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failures == 0 || b.Len() == 0 {
		return false
	}
	m.failures--
	return true
}

// request is a trace of one failed server span.
func request(n int) ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "shop")
	span := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.SetTraceID([16]byte{1, byte(n)})
	span.SetSpanID([8]byte{1, byte(n)})
	span.SetKind(ptrace.SpanKindServer)
	span.SetName("GET /")
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(epoch))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(epoch.Add(time.Second)))
	span.Status().SetCode(ptrace.StatusCodeError)
	return td
}

func TestPush_StoreFails_IsRetryableAndCountsOnce(t *testing.T) {
	k := newKeeper(t)
	store := &moody{Store: k.records, failures: 2, err: fmt.Errorf("the disk is full: %w", history.ErrUnavailable)}
	k.records = store
	r := newRig(t, newHost(k), direct())
	for range 2 {
		err := r.traces.ConsumeTraces(t.Context(), request(1))
		require.Error(t, err)
		assert.False(t, consumererror.IsPermanent(err))
	}
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), request(1)))
	r.shutdown(t)
	got := read(t, k)
	require.Len(t, got.Traces, 1)
	assert.Len(t, got.Traces[0].Spans, 1)
	n, err := k.Metrics("").Query(t.Context(), "histogram_count(braid_transaction_duration_seconds)", epoch.Add(time.Second))
	require.NoError(t, err)
	assert.Equal(t, 1.0, n.Series[0].Points[0].Value, "sent three times, counted once")
}

// However batches are cut, the counter at the end of each interval is what had ended by then.
func TestPush_AnyBatches_CountInTheirInterval(t *testing.T) {
	const requests = 12 // five seconds apart
	for _, size := range []int{1, 5, requests} {
		k := newKeeper(t)
		r := newRig(t, newHost(k), direct())
		td := ptrace.NewTraces()
		for i := range requests {
			one := request(i)
			span := one.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
			span.SetEndTimestamp(pcommon.NewTimestampFromTime(epoch.Add(time.Duration(i+1) * 5 * time.Second)))
			one.ResourceSpans().MoveAndAppendTo(td.ResourceSpans())
			if (i+1)%size == 0 || i == requests-1 {
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
				td = ptrace.NewTraces()
			}
		}
		r.shutdown(t)
		for at := 10; at <= 60; at += 10 {
			n, err := k.Metrics("").Query(t.Context(), "histogram_count(braid_transaction_duration_seconds)", epoch.Add(time.Duration(at)*time.Second))
			require.NoError(t, err)
			require.NotEmpty(t, n.Series, "%d a batch, after %d s", size, at)
			assert.InDelta(t, at/5, n.Series[0].Points[0].Value, 0, "%d a batch, after %d s", size, at)
		}
	}
}

func TestPush_StoreRefuses_IsPermanent(t *testing.T) {
	k := newKeeper(t)
	k.records = &moody{Store: k.records, failures: 1, err: history.ErrInvalid}
	r := newRig(t, newHost(k), direct())
	defer r.shutdown(t)
	assert.True(t, consumererror.IsPermanent(r.traces.ConsumeTraces(t.Context(), request(1))))
}

func TestPush_QueuedWhileStoreFails_ArrivesLater(t *testing.T) {
	k := newKeeper(t)
	k.records = &moody{Store: k.records, failures: 5, err: history.ErrUnavailable}
	cfg := createDefaultConfig().(*Config)
	cfg.Retry.InitialInterval = time.Millisecond
	r := newRig(t, newHost(k), cfg)
	for i := range 10 {
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), request(i)), "nobody waits for the store")
	}
	require.Eventually(t, func() bool {
		traces, err := k.records.Traces(t.Context(), history.TraceQuery{})
		return err == nil && len(traces.Items) == 10
	}, 10*time.Second, 10*time.Millisecond)
	r.shutdown(t)
}

func TestStart_NothingToWriteTo_SaysWhatToAdd(t *testing.T) {
	for want, h := range map[string]component.Host{
		"add it to service::extensions": componenttest.NewNopHost(),
		"keeps no history":              newHost(&struct{ component.Component }{}),
	} {
		e, err := NewFactory().CreateLogs(t.Context(), exportertest.NewNopSettings(metadata.Type), direct())
		require.NoError(t, err)
		require.ErrorContains(t, e.Start(t.Context(), h), want)
		require.NoError(t, e.Shutdown(t.Context()))
	}
	k := newKeeper(t)
	k.writer = nil
	e, err := NewFactory().CreateMetrics(t.Context(), exportertest.NewNopSettings(metadata.Type), direct())
	require.NoError(t, err)
	require.ErrorContains(t, e.Start(t.Context(), newHost(k)), "prometheusremotewrite")
	require.NoError(t, e.Shutdown(t.Context()))
}

func TestPush_MetricsRefused_AreCountedAndPass(t *testing.T) {
	k := newKeeper(t)
	r := newRig(t, newHost(k), direct())
	defer r.shutdown(t)
	md := pmetric.NewMetrics()
	m := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName("ahead")
	m.SetEmptyGauge().DataPoints().AppendEmpty().SetTimestamp(pcommon.NewTimestampFromTime(time.Now().Add(48 * time.Hour)))
	assert.NoError(t, r.metrics.ConsumeMetrics(t.Context(), md))
	w, err := k.db.Write(t.Context(), md, time.Now())
	require.NoError(t, err)
	assert.Equal(t, map[tsdb.Reason]int{tsdb.ReasonAhead: 1}, w.Refused)
}

// BenchmarkPush sends batches of 1,000 spans in 100 traces, of which one in twenty is slow. spans/s is of one core with
// -cpu 1, everything stored.
func BenchmarkPush(b *testing.B) {
	k := newKeeper(b)
	r := newRig(b, newHost(k), direct())
	defer r.shutdown(b)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		td := ptrace.NewTraces()
		rs := td.ResourceSpans().AppendEmpty()
		rs.Resource().Attributes().PutStr("service.name", "shop")
		spans := rs.ScopeSpans().AppendEmpty().Spans()
		for trace := range 100 {
			for i := range 10 {
				n++
				span := spans.AppendEmpty()
				span.SetTraceID([16]byte{byte(n / 1000), byte(n / 256000), byte(trace), byte(n >> 26)})
				span.SetSpanID([8]byte{byte(i + 1)})
				span.SetName("SELECT")
				at := epoch.Add(time.Duration(n) * time.Millisecond)
				span.SetStartTimestamp(pcommon.NewTimestampFromTime(at))
				took := 10 * time.Millisecond
				if trace%20 == 0 {
					took = 2 * time.Second
				}
				span.SetEndTimestamp(pcommon.NewTimestampFromTime(at.Add(took)))
				if i == 0 {
					span.SetKind(ptrace.SpanKindServer)
					span.Attributes().PutStr("http.request.method", "GET")
					span.Attributes().PutStr("http.route", fmt.Sprint("/", trace))
					continue
				}
				span.SetParentSpanID([8]byte{1})
				span.SetKind(ptrace.SpanKindClient)
				span.Attributes().PutStr("db.query.text", "SELECT * FROM cart WHERE id = 42")
			}
		}
		require.NoError(b, r.traces.ConsumeTraces(b.Context(), td))
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "spans/s")
}
