package sessioncorrelationprocessor

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/braidotel/braid/internal/journal/journaltest"
	"github.com/braidotel/braid/internal/outlet"
	"github.com/braidotel/braid/processor/sessioncorrelationprocessor/internal/metadatatest"
)

var errBusy = errors.New("queue is full")

// together puts the spans of several batches into one.
func together(batches ...ptrace.Traces) ptrace.Traces {
	td := ptrace.NewTraces()
	for _, b := range batches {
		b.ResourceSpans().MoveAndAppendTo(td.ResourceSpans())
	}
	return td
}

func TestConsume_NextRefuses_ReturnsItsErrorAndTakesTheBatchBack(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]error{
		"retryable": errBusy, "permanent": consumererror.NewPermanent(errors.New("malformed")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := build(t, func(*Config) {}).start(t)
				defer r.stop(t)
				batch := func() ptrace.Traces {
					return together(span("known", 1, attrSession, "s-1", attrUser, "mina"), inner(span("held", 2)))
				}
				synctest.Wait()
				r.exit.refuse(refusal)
				err := r.traces.ConsumeTraces(t.Context(), batch())
				require.ErrorIs(t, err, refusal)
				assert.Equal(t, name == "permanent", consumererror.IsPermanent(err))
				assert.Zero(t, r.core().tenants[""].table.Held(), "the sender will send it again")

				r.exit.refuse(nil)
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), batch()))
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), span("browser", 2, attrSession, "s-1", attrUser, "mina")))
				synctest.Wait()
				assert.Equal(t, 3, r.exit.traces.SpanCount(), "each span once")
				time.Sleep(time.Hour)
				synctest.Wait()
				for _, record := range r.exit.records() {
					if requests, ok := record.Attributes().Get("braid.session.requests"); ok {
						assert.EqualValues(t, 2, requests.Int(), "what came twice counts once")
					}
				}
			})
		})
	}
}

func TestRelease_NextRefusesForAWhile_ArrivesOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := build(t, func(cfg *Config) { cfg.Metrics.Interval = 24 * time.Hour }).start(t)
		defer r.stop(t)
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), inner(span("held", 1))))
		r.exit.refuse(errBusy)
		require.ErrorIs(t, r.traces.ConsumeTraces(t.Context(), span("browser", 1, attrSession, "s-1", attrUser, "mina")), errBusy)
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Empty(t, r.exit.spans())
		assert.Positive(t, r.counted(t, "derived", attribute.String("result", outlet.Retried)))

		r.exit.refuse(nil)
		time.Sleep(outlet.LastRetry)
		synctest.Wait()
		assert.Equal(t, 1, r.exit.traces.SpanCount())
		assert.Equal(t, "s-1", r.exit.spans()["held"].AsRaw()[attrSession])
		assert.Equal(t, []string{"session.start s-1"}, r.exit.events())
		assert.Zero(t, r.lost(t))
		assert.Equal(t, 2, r.counted(t, "derived", attribute.String("result", outlet.Sent)))
	})
}

func TestRelease_NextRefusesForGood_IsCountedLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := build(t, func(cfg *Config) { cfg.Metrics.Interval = 24 * time.Hour }).start(t)
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), inner(span("held", 1))))
		r.exit.refuse(consumererror.NewPermanent(errBusy))
		require.Error(t, r.traces.ConsumeTraces(t.Context(), span("browser", 1, attrSession, "s-1", attrUser, "mina")))
		synctest.Wait()
		metadatatest.AssertEqualProcessorSessionCorrelationDerived(t, r.telemetry, []metricdata.DataPoint[int64]{
			{Value: 2, Attributes: attribute.NewSet(attribute.String("result", outlet.Lost))}, // the span and session.start
		}, metricdatatest.IgnoreTimestamp())
		r.exit.refuse(nil)
		r.stop(t)
		assert.Empty(t, r.exit.spans())
	})
}

// A next consumer that never recovers must not keep the collector from stopping.
func TestShutdown_NextRefuses_GivesUpInTime(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Config){"lost": func(*Config) {}, "stored": withStorage} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				disk := journaltest.NewDisk()
				r := build(t, func(cfg *Config) {
					change(cfg)
					cfg.Metrics.Interval = 24 * time.Hour
				}).on(disk).start(t)
				require.NoError(t, r.traces.ConsumeTraces(t.Context(), inner(span("held", 1))))
				r.exit.refuse(errBusy)
				require.Error(t, r.traces.ConsumeTraces(t.Context(), span("known", 2, attrSession, "s-1", attrUser, "mina")))
				began := time.Now()
				r.stop(t)
				assert.LessOrEqual(t, time.Since(began), 3*(lastChance+outlet.LastRetry))
				if name == "lost" {
					assert.Equal(t, 3, r.lost(t), "a span, an event, a set of points")
					return
				}
				assert.Equal(t, 1, r.lost(t), "points are not stored: the next ones say the same and more")
				again := build(t, withStorage).on(disk).start(t)
				synctest.Wait()
				assert.Equal(t, []string{"session.start s-1"}, again.exit.events())
				time.Sleep(5 * time.Second)
				assert.Contains(t, again.exit.spans(), "held", "its wait, which began anew, is over")
				again.stop(t)
			})
		})
	}
}

// Two traces pipelines share what they learn; what each held goes on where it came from.
func TestTwoPipelines_OneSignal_ShareIdentityNotData(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		factory := NewFactory()
		cfg := factory.CreateDefaultConfig().(*Config)
		cfg.Events.Enabled, cfg.Metrics.Enabled = false, false
		set := metadatatest.NewSettings(componenttest.NewTelemetry())
		var exits [2]exit
		one, err := factory.CreateTraces(t.Context(), set, cfg, &exits[0])
		require.NoError(t, err)
		two, err := factory.CreateTraces(t.Context(), set, cfg, &exits[1])
		require.NoError(t, err)
		require.NoError(t, one.Start(t.Context(), componenttest.NewNopHost()))
		require.NoError(t, two.Start(t.Context(), componenttest.NewNopHost()))

		require.NoError(t, one.ConsumeTraces(t.Context(), inner(span("held by one", 1))))
		require.NoError(t, two.ConsumeTraces(t.Context(), span("browser", 1, attrSession, "s-1", attrUser, "mina")))
		synctest.Wait()
		assert.Equal(t, "s-1", exits[0].spans()["held by one"].AsRaw()[attrSession])
		assert.Len(t, exits[1].spans(), 1)

		require.NoError(t, one.ConsumeTraces(t.Context(), inner(span("left by one", 2))))
		require.NoError(t, two.ConsumeTraces(t.Context(), inner(span("left by two", 2))))
		require.NoError(t, one.Shutdown(t.Context()))
		assert.Contains(t, exits[0].spans(), "left by one")
		assert.NotContains(t, exits[1].spans(), "left by two")
		require.NoError(t, two.ConsumeTraces(t.Context(), span("browser 2", 2, attrSession, "s-2", attrUser, "joon")))
		synctest.Wait()
		assert.Equal(t, "s-2", exits[1].spans()["left by two"].AsRaw()[attrSession])
		require.NoError(t, two.Shutdown(t.Context()))
	})
}

// What waits for a next consumer is bounded, and what is beyond is counted.
func TestPending_Full_CountsTheRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const sessions = 100
		r := build(t, func(cfg *Config) { cfg.Limits.Pending, cfg.Wait = 4, 0 }).start(t)
		r.exit.refuse(errBusy)
		for i := range uint64(sessions) {
			require.Error(t, r.traces.ConsumeTraces(t.Context(), span("a", i+1, attrSession, fmt.Sprint("s-", i))))
		}
		synctest.Wait()
		assert.Positive(t, r.lost(t))
		lost := r.lost(t)
		r.exit.refuse(nil)
		r.stop(t)
		assert.Len(t, r.exit.events(), sessions-lost)
	})
}

// What was acknowledged and held must find room to leave: while it piles up, senders keep theirs.
func TestBacklog_NextRefuses_SendersSlowDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := build(t, func(cfg *Config) { cfg.Limits.Pending = 1000 }).start(t)
		for i := range uint64(1000) {
			require.NoError(t, r.traces.ConsumeTraces(t.Context(), inner(span(fmt.Sprint("held ", i), i+1))))
		}
		r.exit.refuse(errBusy)
		time.Sleep(3 * time.Second)
		synctest.Wait()
		var err error
		for i := uint64(2001); err == nil && i < 3000; i++ {
			err = r.traces.ConsumeTraces(t.Context(), inner(span("later", i)))
			time.Sleep(3 * time.Second)
		}
		require.ErrorIs(t, err, errBacklog)
		assert.False(t, consumererror.IsPermanent(err))
		assert.Zero(t, r.lost(t))
		r.exit.refuse(nil)
		time.Sleep(outlet.LastRetry)
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), span("known", 5000, attrSession, "s-1", attrUser, "mina")))
		r.stop(t)
		assert.Zero(t, r.lost(t), "no span was lost")
	})
}
