package incidentconnector

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/incident"
)

// request is a server's span of session s with further attributes.
func request(id byte, at time.Time, status ptrace.StatusCode, attrs map[string]any) ptrace.Traces {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "shop")
	s := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	_ = s.Attributes().FromRaw(attrs)
	s.Attributes().PutStr("session.id", "s")
	s.SetKind(ptrace.SpanKindServer)
	s.SetTraceID(pcommon.TraceID{id})
	s.SetSpanID(pcommon.SpanID{id})
	s.Status().SetCode(status)
	s.SetStartTimestamp(pcommon.NewTimestampFromTime(at))
	s.SetEndTimestamp(pcommon.NewTimestampFromTime(at))
	return td
}

func TestConnector_OrderFailsWithoutAmount_CostsWhatWasInTheCart(t *testing.T) {
	carted := map[string]any{"app.cart.amount": 70, "app.cart.items": "a book"}
	for name, c := range map[string]struct {
		carted map[string]any
		record bool
		lost   float64
		cart   string
	}{
		"span":    {carted, false, 70, "a book"},
		"record":  {carted, true, 70, "a book"},
		"emptied": {map[string]any{"app.cart.amount": 0.0}, false, 0, ""},
		"silent":  {map[string]any{}, true, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := replayConfig()
			cfg.Business = []BusinessConfig{{Name: "order", Match: map[string]string{"http.route": "/checkout"}, Value: "app.order.amount"}}
			cfg.Cart, cfg.CartValue = []string{"app.cart.items"}, "app.cart.amount"
			r := newRig(t, cfg, componenttest.NewNopHost())
			defer r.stop()
			if c.record {
				ld := plog.NewLogs()
				lr := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
				lr.SetTimestamp(pcommon.NewTimestampFromTime(base))
				_ = lr.Attributes().FromRaw(c.carted)
				lr.Attributes().PutStr("session.id", "s")
				require.NoError(t, r.logs.ConsumeLogs(t.Context(), ld))
			} else {
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), request(1, base, ptrace.StatusCodeOk, c.carted)))
			}
			at := base.Add(time.Minute)
			require.NoError(t, r.traces.ConsumeTraces(t.Context(), request(2, at, ptrace.StatusCodeError, map[string]any{"http.route": "/checkout"})))
			r.core.mu.Lock()
			defer r.core.mu.Unlock()
			got := r.core.tenants[""].tracker.Impact(incident.NewCost(at), at)
			assert.InDelta(t, c.lost, got.Lost, 0.001)
			require.Len(t, got.Customers, 1)
			assert.Equal(t, c.cart, got.Customers[0].Cart)
		})
	}
}

// TestConnector_AmountIsNoNumber_SpoilsNoMean: what orders are worth is learned from what telemetry says, which may be anything.
func TestConnector_AmountIsNoNumber_SpoilsNoMean(t *testing.T) {
	cfg := replayConfig()
	cfg.Business = []BusinessConfig{{Name: "order", Match: map[string]string{"http.route": "/checkout"}, Value: "app.order.amount"}}
	r := newRig(t, cfg, componenttest.NewNopHost())
	defer r.stop()
	order := func(id byte, status ptrace.StatusCode, amount any) {
		attrs := map[string]any{"http.route": "/checkout"}
		if amount != nil {
			attrs["app.order.amount"] = amount
		}
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), request(id, base.Add(time.Duration(id)*time.Second), status, attrs)))
	}
	order(1, ptrace.StatusCodeOk, math.NaN())
	order(2, ptrace.StatusCodeOk, math.Inf(1))
	order(3, ptrace.StatusCodeOk, 50.0)
	order(4, ptrace.StatusCodeError, nil)
	r.core.mu.Lock()
	defer r.core.mu.Unlock()
	got := r.core.tenants[""].tracker.Impact(incident.NewCost(base), base.Add(5*time.Second))
	assert.InDelta(t, 50, got.Lost, 0.001)
}
