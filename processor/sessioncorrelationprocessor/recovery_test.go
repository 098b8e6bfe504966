package sessioncorrelationprocessor

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/otel/attribute"

	"github.com/braidotel/braid/internal/journal/journaltest"
	"github.com/braidotel/braid/internal/outlet"
)

// A crash is a copy of what the disk held when Consume had returned, given to a new factory; the first collector goes on
// with a disk of its own and is stopped only to end the test.
func TestCrash_AfterAcknowledging_NothingIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk := journaltest.NewDisk()
		first := build(t, withStorage).on(disk).start(t)
		require.NoError(t, first.traces.ConsumeTraces(t.Context(),
			span("known", 1, attrSession, "s-1", attrUser, "mina", "http.request.header.cookie", "JSESSIONID=AF01")))
		require.NoError(t, first.traces.ConsumeTraces(t.Context(), inner(span("held", 2))))
		require.NoError(t, first.logs.ConsumeLogs(t.Context(), line("held line", 2)))
		found := disk.After()
		first.stop(t)

		second := build(t, withStorage).on(found).start(t)
		synctest.Wait()
		assert.Equal(t, []string{"session.start s-1"}, second.exit.events(), "it may not have left: it travels again")
		assert.Empty(t, second.exit.spans(), "what was held waits again")

		require.NoError(t, second.traces.ConsumeTraces(t.Context(), span("same", 1, attrSession, "s-1", attrUser, "mina")))
		require.NoError(t, second.traces.ConsumeTraces(t.Context(), span("browser", 2, attrSession, "s-1")))
		require.NoError(t, second.logs.ConsumeLogs(t.Context(), line("cookie JSESSIONID=AF01", 0)))
		synctest.Wait()
		held, ok := second.exit.spans()["held"]
		require.True(t, ok)
		assert.Equal(t, map[string]any{attrSession: "s-1", attrUser: "mina", attrSource: "trace"}, held.AsRaw())
		lines := map[string]any{}
		for _, record := range second.exit.lines() {
			session, _ := record.Attributes().Get(attrSession)
			lines[record.Body().Str()] = session.AsString()
		}
		assert.Equal(t, map[string]any{"held line": "s-1", "cookie JSESSIONID=AF01": "s-1"}, lines)
		assert.Equal(t, []string{"session.start s-1"}, second.exit.events(), "the session goes on")
		second.stop(t)
	})
}

func TestCrash_Often_CountersGoOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shop := func(cfg *Config) {
			withStorage(cfg)
			cfg.Business = []BusinessConfig{{
				Name: "order", Match: []Matcher{{Attributes: map[string]string{"http.route": "^/order$"}}}, Value: "order.amount",
			}}
		}
		disk, began := journaltest.NewDisk(), time.Now()
		for i := range 5 {
			r := build(t, shop).on(disk).start(t)
			order := span("order", uint64(i+1), attrSession, "s-1", attrUser, "mina", "http.route", "/order", "order.amount", "10")
			again := span("order", uint64(i+1), attrSession, "s-1", attrUser, "mina", "http.route", "/order", "order.amount", "10")
			require.NoError(t, r.traces.ConsumeTraces(t.Context(), order))
			disk = disk.After()
			r.stop(t)
			r = build(t, shop).on(disk).start(t)
			require.NoError(t, r.traces.ConsumeTraces(t.Context(), again), "sent again by a sender that saw no answer")
			disk = disk.After()
			r.stop(t)
			time.Sleep(time.Minute)
		}
		r := build(t, shop).on(disk).start(t)
		time.Sleep(time.Minute)
		synctest.Wait()
		started, since := r.exit.latest("braid.session.started")
		assert.EqualValues(t, 1, started)
		assert.Equal(t, began, since.AsTime().Local(), "as many since the very beginning")
		orders, _ := r.exit.latest("braid.business.count")
		assert.EqualValues(t, 5, orders)
		time.Sleep(time.Hour)
		synctest.Wait()
		for _, record := range r.exit.records() {
			if record.EventName() == "session.end" {
				requests, _ := record.Attributes().Get("braid.session.requests")
				assert.EqualValues(t, 5, requests.Int())
			}
		}
		assert.Contains(t, r.exit.events(), "session.end s-1")
		r.stop(t)
	})
}

func TestReload_SameStorage_SessionsGoOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk := journaltest.NewDisk()
		first := build(t, withStorage).on(disk).start(t)
		require.NoError(t, first.traces.ConsumeTraces(t.Context(),
			span("login", 1, attrSession, "s-1", attrUser, "mina", "http.request.header.cookie", "JSESSIONID=AF01")))
		first.stop(t)
		assert.Equal(t, []string{"session.start s-1"}, first.exit.events())

		second := build(t, withStorage).on(disk).start(t)
		require.NoError(t, second.logs.ConsumeLogs(t.Context(), line("cookie JSESSIONID=AF01", 0)))
		require.NoError(t, second.traces.ConsumeTraces(t.Context(), inner(span("late", 1))))
		second.stop(t)
		assert.Empty(t, second.exit.events())
		session, _ := second.exit.lines()[0].Attributes().Get(attrSession)
		assert.Equal(t, "s-1", session.AsString())
		late := second.exit.spans()["late"]
		assert.Equal(t, map[string]any{attrSession: "s-1", attrUser: "mina", attrSource: "trace"}, late.AsRaw())
	})
}

// After the journal was compacted, the state is all there and what was dead is gone.
func TestCompaction_ManySessions_KeepsTheLiveOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk := journaltest.NewDisk()
		r := build(t, func(cfg *Config) {
			withStorage(cfg)
			cfg.Session.Remember = time.Minute
		}).on(disk).start(t)
		size := func() (n int) {
			found := disk.After()
			for _, key := range found.Keys() {
				value, err := found.Get(t.Context(), key)
				require.NoError(t, err)
				n += len(value)
			}
			return n
		}
		var early int
		for i := range 90 {
			require.NoError(t, r.traces.ConsumeTraces(t.Context(),
				span("page", uint64(i+1), attrSession, fmt.Sprint("s-", i), attrUser, "mina")))
			require.NoError(t, r.traces.ConsumeTraces(t.Context(), span("stays", uint64(1000+i), attrSession, "stays", attrUser, "joon")))
			time.Sleep(time.Minute)
			if i == 20 {
				early = size()
			}
		}
		assert.Less(t, size(), 3*early, "it does not grow with time")
		found := disk.After()
		r.stop(t)
		again := build(t, withStorage).on(found).start(t)
		require.NoError(t, again.traces.ConsumeTraces(t.Context(), span("stays", 5000, attrSession, "stays")))
		synctest.Wait()
		assert.NotContains(t, again.exit.events(), "session.start stays")
		stays := again.exit.spans()["stays"]
		assert.Equal(t, "joon", stays.AsRaw()[attrUser])
		again.stop(t)
	})
}

func TestStorage_Full_RefusesAndRecovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk := journaltest.NewDisk()
		r := build(t, withStorage).on(disk).start(t)
		statuses := r.host.(diskHost).statuses
		disk.SetFull(true)
		require.ErrorIs(t, r.traces.ConsumeTraces(t.Context(), span("a", 1, attrSession, "s-1", attrUser, "mina")), journaltest.ErrFull)
		assert.Equal(t, componentstatus.StatusRecoverableError, <-statuses)
		r.exit.traces.Reset()
		for range 10 {
			require.ErrorIs(t, r.traces.ConsumeTraces(t.Context(), span("b", 2, attrSession, "s-1", attrUser, "mina")), journaltest.ErrFull)
			require.ErrorIs(t, r.logs.ConsumeLogs(t.Context(), line("c JSESSIONID=AF01", 0)), journaltest.ErrFull)
			time.Sleep(time.Minute)
		}
		assert.Empty(t, r.exit.spans(), "nothing is passed on that would not be acknowledged")
		assert.Zero(t, r.core().tenants[""].table.Held())

		disk.SetFull(false)
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), span("a", 1, attrSession, "s-1", attrUser, "mina")))
		assert.Equal(t, componentstatus.StatusOK, <-statuses)
		assert.Empty(t, statuses, "reported once each way")
		found := disk.After()
		r.stop(t)
		again := build(t, withStorage).on(found).start(t)
		synctest.Wait()
		started, _ := again.exit.latest("braid.session.started")
		assert.LessOrEqual(t, started, int64(1))
		require.NoError(t, again.traces.ConsumeTraces(t.Context(), span("d", 3, attrSession, "s-1")))
		assert.Equal(t, "mina", again.exit.spans()["d"].AsRaw()[attrUser])
		again.stop(t)
	})
}

func TestRecovery_DamagedJournal_StartsAndCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		disk := journaltest.NewDisk()
		r := build(t, withStorage).on(disk).start(t)
		for i := range uint64(5) {
			require.NoError(t, r.traces.ConsumeTraces(t.Context(), inner(span("held", i+1))))
		}
		found := disk.After()
		r.stop(t)
		damaged := 0
		for _, key := range found.Keys() {
			if strings.HasPrefix(key, "segment/") && damaged < 2 {
				found.Change(key, func(value []byte) []byte {
					value[len(value)-1] ^= 1
					return value
				})
				damaged++
			}
		}
		again := build(t, withStorage).on(found).start(t)
		assert.Equal(t, damaged, again.counted(t, "journal_damaged"))
		require.NoError(t, again.traces.ConsumeTraces(t.Context(), span("a", 9, attrSession, "s-1")))
		again.stop(t)
		assert.Zero(t, again.counted(t, "derived", attribute.String("result", outlet.Lost)))
	})
}

func TestCleanable_OldOrMostlyPast_UpToThere(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	marks := func(ages ...time.Duration) (all []mark) {
		for _, age := range ages {
			all = append(all, mark{at: now.Add(-age)})
		}
		return all
	}
	for name, tt := range map[string]struct {
		marks []mark
		kept  int
		size  int64
		want  int
	}{
		"nothing marked":           {size: 1 << 40},
		"small and young":          {marks: marks(4*time.Minute, 0), size: compactBytes - 1},
		"small, the oldest old":    {marks: marks(6*time.Minute, 5*time.Minute, time.Minute, 0), want: 2},
		"mostly past":              {marks: marks(time.Minute, markEvery, time.Second), size: compactBytes, want: 2},
		"large, for much is live":  {marks: marks(time.Minute, 0), kept: compactBytes, size: 3*compactBytes - 1},
		"larger, mostly past":      {marks: marks(time.Minute, 0), kept: compactBytes, size: 3 * compactBytes, want: 1},
		"large, and all of it new": {marks: marks(time.Second), size: 1 << 40},
		"left by an earlier run":   {marks: []mark{{}}, want: 1},
	} {
		s := &store{marks: tt.marks, kept: tt.kept}
		assert.Equal(t, tt.want, s.cleanable(now, tt.size), name)
	}
}
