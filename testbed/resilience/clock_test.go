package resilience

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/braidotel/braid/processor/concurrencyprocessor"
	"github.com/braidotel/braid/processor/sessioncorrelationprocessor"
)

const (
	hosts    = 5 // each with a visitor of its own
	every    = 10 * time.Second
	visiting = 40 * time.Minute
	quiet    = 50 * time.Minute // longer than the idle time and the greatest skew that is believed
)

// TestClocks_Stepping_NoSessionEndsEarly lets the clocks of the hosts that send step while everybody is there all the
// time: whatever they say, each visit is one session, which ends after the visitor has gone.
func TestClocks_Stepping_NoSessionEndsEarly(t *testing.T) {
	for name, tc := range map[string]struct {
		skew func(host int, elapsed time.Duration) time.Duration
		// behind: host 0 is further behind the others than a session may be idle, so by their time its visitor is gone.
		behind bool
		// lost pages carry times from long before the visit began and are nobody's.
		lost int
	}{
		"right": {skew: func(int, time.Duration) time.Duration { return 0 }},
		"all_an_hour_ahead_for_a_while": {
			skew: func(_ int, elapsed time.Duration) time.Duration { return during(elapsed, time.Hour) },
		},
		"all_an_hour_behind_for_a_while": {
			skew: func(_ int, elapsed time.Duration) time.Duration { return during(elapsed, -time.Hour) },
			lost: int((until - from) / every),
		},
		"one_an_hour_ahead":               {skew: func(host int, _ time.Duration) time.Duration { return only(host, time.Hour) }},
		"one_an_hour_behind":              {skew: func(host int, _ time.Duration) time.Duration { return only(host, -time.Hour) }, behind: true},
		"one_gains_a_second_every_second": {skew: only},
		"one_loses_half_a_second_every_second": {
			skew: func(host int, elapsed time.Duration) time.Duration { return only(host, -elapsed/2) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newChain(t)
				began, sent := time.Now(), 0
				for elapsed := time.Duration(0); elapsed < visiting; elapsed += every {
					for host := range hosts {
						sent++
						c.page(t, host, sent, began.Add(elapsed+tc.skew(host, elapsed)))
					}
					time.Sleep(every)
				}
				first := 0
				if tc.behind {
					first = 1
				}
				for host := first; host < hosts; host++ {
					assert.Empty(t, c.ends(host), "sessions that ended while the visitor was there")
				}
				time.Sleep(quiet)
				for host := first; host < hosts; host++ {
					c.assertOneSession(t, host, sent/hosts-tc.lost)
				}
				c.assertNoNegativeDuration(t)
				c.assertWindowsOnce(t)
				c.stop(t)
			})
		})
	}
}

// Clocks that step for a while do it from and until these times of the visit.
const from, until = 10 * time.Minute, 20 * time.Minute

func during(elapsed, skew time.Duration) time.Duration {
	if elapsed >= from && elapsed < until {
		return skew
	}
	return 0
}

func only(host int, skew time.Duration) time.Duration {
	if host == 0 {
		return skew
	}
	return 0
}

// chain is session_correlation before concurrency, in this process, on the live clock.
type chain struct {
	traces   consumer.Traces
	events   *consumertest.LogsSink
	sketches *consumertest.LogsSink
	nodes    []component.Component // in the order in which they are started
}

func newChain(t *testing.T) *chain {
	t.Helper()
	c := &chain{events: new(consumertest.LogsSink), sketches: new(consumertest.LogsSink)}
	counted := c.add(t, concurrencyprocessor.NewFactory(), consumertest.NewNop(), c.sketches)
	c.traces = c.add(t, sessioncorrelationprocessor.NewFactory(), counted, c.events)
	for _, node := range c.nodes {
		require.NoError(t, node.Start(t.Context(), componenttest.NewNopHost()))
	}
	return c
}

// add makes the nodes of one component in all three kinds of pipeline and returns the one that takes spans.
func (c *chain) add(t *testing.T, f processor.Factory, next consumer.Traces, derived consumer.Logs) consumer.Traces {
	t.Helper()
	set, cfg := processortest.NewNopSettings(f.Type()), f.CreateDefaultConfig()
	traces, err := f.CreateTraces(t.Context(), set, cfg, next)
	require.NoError(t, err)
	logs, err := f.CreateLogs(t.Context(), set, cfg, derived)
	require.NoError(t, err)
	metrics, err := f.CreateMetrics(t.Context(), set, cfg, consumertest.NewNop())
	require.NoError(t, err)
	c.nodes = append(c.nodes, traces, logs, metrics)
	return traces
}

func (c *chain) stop(t *testing.T) {
	t.Helper()
	for i := range c.nodes {
		require.NoError(t, c.nodes[len(c.nodes)-1-i].Shutdown(context.WithoutCancel(t.Context())))
	}
}

func visitor(host int) string { return fmt.Sprintf("visitor-of-host-%d", host) }

// page sends the only span of a trace of its own.
func (c *chain) page(t *testing.T, host, number int, at time.Time) {
	t.Helper()
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr("service.name", "shop")
	span := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	var trace pcommon.TraceID
	binary.BigEndian.PutUint64(trace[:], uint64(number))
	span.SetTraceID(trace)
	span.SetSpanID(pcommon.SpanID(trace[:8]))
	span.SetKind(ptrace.SpanKindServer)
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(at.Add(-time.Millisecond)))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(at))
	span.Attributes().PutStr("session.id", visitor(host))
	require.NoError(t, c.traces.ConsumeTraces(t.Context(), td))
}

func records(sink *consumertest.LogsSink, name string) []plog.LogRecord {
	var found []plog.LogRecord
	for _, ld := range sink.AllLogs() {
		for _, rl := range ld.ResourceLogs().All() {
			for _, sl := range rl.ScopeLogs().All() {
				for _, record := range sl.LogRecords().All() {
					if record.EventName() == name {
						found = append(found, record)
					}
				}
			}
		}
	}
	return found
}

// of returns a visitor's events of that name.
func (c *chain) of(host int, name string) []plog.LogRecord {
	return slices.DeleteFunc(records(c.events, name), func(record plog.LogRecord) bool {
		session, _ := record.Attributes().Get("session.id")
		return session.Str() != visitor(host)
	})
}

func (c *chain) ends(host int) []plog.LogRecord { return c.of(host, "session.end") }

func (c *chain) assertOneSession(t *testing.T, host, pages int) {
	t.Helper()
	assert.Len(t, c.of(host, "session.start"), 1)
	require.Len(t, c.ends(host), 1)
	requests, _ := c.ends(host)[0].Attributes().Get("braid.session.requests")
	assert.EqualValues(t, pages, requests.Int(), "requests of host %d's visitor", host)
}

func (c *chain) assertNoNegativeDuration(t *testing.T) {
	t.Helper()
	for _, end := range records(c.events, "session.end") {
		attributes := end.Attributes().AsRaw()
		assert.GreaterOrEqual(t, attributes["braid.session.duration"], 0.0)
		assert.LessOrEqual(t, attributes["braid.session.last_activity_unix_nano"], int64(end.Timestamp()))
	}
}

// assertWindowsOnce requires that no window is told of twice.
func (c *chain) assertWindowsOnce(t *testing.T) {
	t.Helper()
	told := map[string]bool{}
	for _, sketch := range records(c.sketches, "braid.sketch") {
		attributes := sketch.Attributes().AsRaw()
		window := fmt.Sprint(attributes["braid.identity"], attributes["service.name"], attributes["braid.tier"], attributes["braid.window.start"])
		assert.False(t, told[window], "window told of twice: %s", window)
		told[window] = true
	}
	assert.NotEmpty(t, told)
}
