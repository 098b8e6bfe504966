package sessioncorrelationprocessor

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"

	"github.com/braidotel/braid/internal/session"
)

const invalid = "\xff\xfe\x00caf\xc3"

func TestHostile_MegabyteCookie_IsCutAndDropped(t *testing.T) {
	t.Parallel()
	r := build(t, func(cfg *Config) { cfg.Clock = clockReplay }).start(t)
	huge := strings.Repeat("x=y; ", 200_000)
	td := span("huge", 1, "http.request.header.cookie", huge+"JSESSIONID=AF01", "http.response.header.set-cookie", "KHANUSER="+huge)
	td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes().PutStr("user_agent.original", huge)
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
	require.NoError(t, r.traces.ConsumeTraces(t.Context(),
		span("near", 2, "http.request.header.cookie", "JSESSIONID="+strings.Repeat("A", 1<<20))))
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), span("long id", 3, attrSession, strings.Repeat("i", 1<<20))))
	r.stop(t)
	spans := r.exit.spans()
	assert.Len(t, spans, 3)
	_, kept := spans["huge"].Get("http.request.header.cookie")
	assert.False(t, kept)
	for _, record := range r.exit.records() {
		for _, value := range record.Attributes().All() {
			assert.LessOrEqual(t, len(value.AsString()), 256, "nothing derived is longer than limits::value_bytes")
		}
	}
	_, found := spans["huge"].Get(attrSession)
	assert.False(t, found, "what is beyond limits::cookie_bytes is not read")
}

func TestHostile_InvalidText_NeverReachesWhatIsDerived(t *testing.T) {
	t.Parallel()
	r := build(t, func(cfg *Config) {
		cfg.Clock = clockReplay
		cfg.Business = []BusinessConfig{{
			Name: "order", Match: []Matcher{{Name: ".*"}}, Value: "order.amount", Currency: "order.currency",
		}}
	}).start(t)
	td := span(invalid, 1, attrSession, invalid, attrUser, invalid, attrClient, invalid, "http.request.method", "GET",
		"http.route", "/"+invalid, "order.amount", invalid, "order.currency", invalid)
	resource := td.ResourceSpans().At(0).Resource().Attributes()
	for _, key := range []string{"service.name", "host.name", attrRegion, attrTenant} {
		resource.PutStr(key, strings.Repeat(invalid, 1000))
	}
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), line("JSESSIONID="+invalid, 0)))
	r.stop(t)
	check := func(attributes pcommon.Map) {
		for key, value := range attributes.All() {
			assert.True(t, utf8.ValidString(value.AsString()), key)
			assert.LessOrEqual(t, len(value.AsString()), 512, key)
		}
	}
	for _, ld := range r.exit.logs.AllLogs() {
		for _, rl := range ld.ResourceLogs().All() {
			check(rl.Resource().Attributes())
		}
	}
	for _, record := range r.exit.records() {
		if record.EventName() != "" {
			check(record.Attributes())
		}
	}
	for _, md := range r.exit.metrics.AllMetrics() {
		for _, m := range md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().All() {
			for _, e := range ofMetric(m) {
				raw := pcommon.NewMap()
				require.NoError(t, raw.FromRaw(e.Attributes))
				check(raw)
			}
		}
	}
	assert.Len(t, r.exit.events(), 2)
}

// Every table has a bound, and what is beyond it is counted. Nothing that came in is missing from what went out.
func TestHostile_ManyKeys_BoundsHold(t *testing.T) {
	t.Parallel()
	const keys = 100_000
	r := build(t, func(cfg *Config) {
		cfg.Clock = clockReplay
		cfg.Limits = LimitsConfig{
			Tenants: 3, Sessions: 1000, Traces: 1000, Held: 100, Tokens: 100, Counted: 1000, Places: 100, Stored: 1, Clients: 100,
			Pending: keys * 4, CookieBytes: 512, ValueBytes: 64,
		}
	}).start(t)
	batch := ptrace.NewTraces()
	for i := range keys {
		rs := batch.ResourceSpans().AppendEmpty()
		rs.Resource().Attributes().PutStr("service.name", fmt.Sprint("service-", i))
		s := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
		s.SetName("GET /")
		s.SetTraceID(traceID(uint64(i + 1)))
		s.SetSpanID(spanID(1))
		s.SetEndTimestamp(timestamp(time.Duration(i) * time.Millisecond))
		a := s.Attributes()
		switch i % 4 {
		case 0:
			a.PutStr(attrSession, fmt.Sprint("session-", i))
			a.PutStr(attrUser, fmt.Sprint("user-", i))
		case 1:
			s.SetKind(ptrace.SpanKindServer)
			a.PutStr("http.request.header.cookie", fmt.Sprint("JSESSIONID=", i))
			a.PutStr("http.request.method", "GET")
			a.PutStr("http.route", fmt.Sprint("/", i))
		case 2:
			s.SetKind(ptrace.SpanKindServer)
			a.PutStr("http.request.method", "POST")
			a.PutStr("url.path", "/login")
			a.PutStr(attrClient, fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255))
		case 3:
			rs.Resource().Attributes().PutStr(attrTenant, fmt.Sprint("tenant-", i))
		}
		if batch.ResourceSpans().Len() == 1000 {
			require.NoError(t, r.traces.ConsumeTraces(t.Context(), batch))
			batch = ptrace.NewTraces()
		}
	}
	c := r.core()
	c.mu.Lock()
	assert.LessOrEqual(t, len(c.tenants), 4, "three, and the one that all others share")
	for _, tenant := range c.tenants {
		assert.LessOrEqual(t, tenant.table.Open(), 1000)
		assert.LessOrEqual(t, tenant.table.Held(), 100)
		places := 0
		tenant.table.Active(func(session.PlaceKey, int) { places++ })
		assert.LessOrEqual(t, places, 101, "a hundred, and the one that all others share")
	}
	c.mu.Unlock()
	r.stop(t)
	assert.Equal(t, keys, r.exit.traces.SpanCount())
	assert.Equal(t, keys, r.counted(t, "items"))
	for _, table := range []string{"tenants", "sessions", "traces", "holds", "tokens"} {
		assert.Positive(t, r.counted(t, "evicted", attribute.String("table", table)), table)
	}
}

func TestHostile_Times_NeitherHangNorPoison(t *testing.T) {
	t.Parallel()
	at := func(td ptrace.Traces, start, end uint64) ptrace.Traces {
		s := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
		s.SetStartTimestamp(pcommon.Timestamp(start))
		s.SetEndTimestamp(pcommon.Timestamp(end))
		return td
	}
	year2100 := uint64(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano())
	for _, clock := range []string{clockLive, clockReplay} {
		t.Run(clock, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := build(t, func(cfg *Config) { cfg.Clock = clock }).start(t)
				now := uint64(time.Now().UnixNano())
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), span("now", 1, attrSession, "s-1")))
				for i, times := range [][2]uint64{
					{0, 0}, {1, 1}, {1, now}, {now, 1}, {now, year2100}, {year2100, year2100}, {1, math.MaxUint64},
					{math.MaxUint64, math.MaxUint64}, {math.MaxInt64, math.MaxInt64}, {math.MaxUint64, 0},
				} {
					require.NoError(t, r.traces.ConsumeTraces(t.Context(),
						at(span(fmt.Sprint("known ", i), uint64(10+i), attrSession, "s-1"), times[0], times[1])))
					require.NoError(t, r.traces.ConsumeTraces(t.Context(),
						at(span(fmt.Sprint("new ", i), uint64(30+i), attrSession, fmt.Sprint("n-", i)), times[0], times[1])))
					require.NoError(t, r.traces.ConsumeTraces(t.Context(),
						at(inner(span(fmt.Sprint("held ", i), uint64(50+i))), times[0], times[1])))
				}
				if clock == clockLive {
					require.NoError(t, r.traces.ConsumeTraces(t.Context(), span("after", 2, attrSession, "s-1", attrUser, "mina")))
					time.Sleep(time.Hour)
					synctest.Wait()
					assert.NotContains(t, r.exit.events(), "braid.session.long s-1",
						"one clock that is wrong does not make a visit of years")
				}
				r.stop(t)
				assert.Positive(t, r.exit.traces.SpanCount())
				if clock == clockLive {
					assert.Equal(t, 32, r.exit.traces.SpanCount())
					assert.Positive(t, r.counted(t, "time_corrected", attribute.String("reason", "clamped")))
					assert.Positive(t, r.counted(t, "time_corrected", attribute.String("reason", "late")))
					assert.Positive(t, r.counted(t, "time_corrected", attribute.String("reason", "untimed")))
				}
			})
		})
	}
}

func TestHostile_DeepAttributes_PassThrough(t *testing.T) {
	t.Parallel()
	r := build(t, func(cfg *Config) { cfg.Clock = clockReplay }).start(t)
	const depth = 10_000
	nest := func(v pcommon.Value) {
		for range depth {
			v = v.SetEmptySlice().AppendEmpty()
		}
		v.SetStr("bottom")
	}
	td := span("deep", 1)
	s := td.ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
	for _, key := range []string{attrSession, attrUser, "http.request.header.cookie", "http.route"} {
		nest(s.Attributes().PutEmpty(key))
	}
	for _, key := range []string{"service.name", attrTenant, attrRegion, "host.name"} {
		nest(td.ResourceSpans().At(0).Resource().Attributes().PutEmpty(key))
	}
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
	ld := plog.NewLogs()
	nest(ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty().Body())
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), ld))
	r.stop(t)
	assert.Len(t, r.exit.spans(), 1)
	assert.Len(t, r.exit.lines(), 1)
}

func TestHostile_EmptyEverything_PassesThrough(t *testing.T) {
	t.Parallel()
	r := build(t, func(*Config) {}).start(t)
	td, ld := ptrace.NewTraces(), plog.NewLogs()
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), ld))
	td.ResourceSpans().AppendEmpty()
	td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
	td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	ld.ResourceLogs().AppendEmpty()
	ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty()
	ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
	require.NoError(t, r.logs.ConsumeLogs(t.Context(), ld))
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), span("", 0)))
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), span("", 0, attrSession, "", attrUser, "", "", "")))
	r.stop(t)
	assert.Equal(t, 3, r.exit.traces.SpanCount())
	assert.Equal(t, 1, r.exit.logs.LogRecordCount())
}
