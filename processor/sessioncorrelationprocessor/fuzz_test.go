package sessioncorrelationprocessor

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/braidotel/braid/internal/identity"
	"github.com/braidotel/braid/internal/journal"

	"github.com/braidotel/braid/internal/journal/journaltest"
)

// everything switches on all that reads or writes, with tables that are soon full.
func everything(cfg *Config) {
	withStorage(cfg)
	cfg.Clock = clockReplay
	cfg.Business = []BusinessConfig{{
		Name: "all", Match: []Matcher{{Kind: "span", Name: "."}, {Kind: "log", Body: "."}}, Value: "amount", Currency: "currency",
	}}
	cfg.Identity.Session = []identity.Rule{{Header: "x-session", Token: "x"}, {Body: "s=(.*)"}}
	cfg.Identity.TrustedProxies = []string{"10.0.0.0/8"}
	cfg.Stamp.Client = true
	cfg.Pseudonymize, cfg.Secret = pseudonymizable, "secret"
	cfg.Limits = LimitsConfig{
		Tenants: 2, Sessions: 2, Traces: 2, Held: 2, Tokens: 2, Counted: 2, Places: 2, Clients: 2, Stored: 2,
		Pending: 1000, CookieBytes: 64, ValueBytes: 16,
	}
}

func FuzzTraces(f *testing.F) {
	marshaler := ptrace.ProtoMarshaler{}
	for _, td := range []ptrace.Traces{
		ptrace.NewTraces(),
		span("login", 1, attrSession, "s-1", attrUser, "mina", "http.request.method", "POST", "url.path", "/login"),
		span("cookie", 2, "http.request.header.cookie", "JSESSIONID=A; KHANUSER=b", "http.request.header.x-forwarded-for", "10.0.0.1, 192.0.2.1"),
		together(inner(span("a", 3)), span("b", 3, attrSession, "s-2"), span("c", 4, attrSession, "s-3", "session.previous_id", "s-2")),
	} {
		raw, err := marshaler.MarshalTraces(td)
		require.NoError(f, err)
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(raw)
		if err != nil {
			return
		}
		n := td.SpanCount()
		disk := journaltest.NewDisk()
		r := build(t, everything).on(disk).start(t)
		require.NoError(t, r.traces.ConsumeTraces(t.Context(), td))
		found := disk.After()
		r.stop(t)
		again := release(t, disk)
		assert.Equal(t, n, r.exit.traces.SpanCount()+again.exit.traces.SpanCount(), "what came in went out")
		restart(t, found)
	})
}

func FuzzLogs(f *testing.F) {
	marshaler := plog.ProtoMarshaler{}
	for _, ld := range []plog.Logs{
		plog.NewLogs(), line("JSESSIONID=AF01 session_id=s-1 user_id=mina", 0), line(`10.0.0.1 "GET / HTTP/1.1" KHANUSER=mina`, 1),
		fromStoreReader("secret", "AF01", "mina", "session.start", "braid.session.duplicate_login", "session.end"),
	} {
		raw, err := marshaler.MarshalLogs(ld)
		require.NoError(f, err)
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		ld, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(raw)
		if err != nil {
			return
		}
		n := ld.LogRecordCount()
		disk := journaltest.NewDisk()
		r := build(t, func(cfg *Config) {
			everything(cfg)
			cfg.Events.Enabled = false
		}).on(disk).start(t)
		require.NoError(t, r.logs.ConsumeLogs(t.Context(), ld))
		found := disk.After()
		r.stop(t)
		again := release(t, disk)
		assert.Equal(t, n, r.exit.logs.LogRecordCount()+again.exit.logs.LogRecordCount(), "what came in went out")
		restart(t, found)
	})
}

// release starts the component on what a run left behind, without waiting for anything, and stops it.
func release(t *testing.T, left *journaltest.Disk) *rig {
	t.Helper()
	r := build(t, func(cfg *Config) {
		everything(cfg)
		cfg.Wait, cfg.Events.Enabled = 0, false
	}).on(left).start(t)
	r.stop(t)
	return r
}

// restart starts the component on what a run left behind, sends something and stops it.
func restart(t *testing.T, found *journaltest.Disk) {
	t.Helper()
	r := build(t, everything).on(found).start(t)
	r.core().runOnce(t.Context(), time.Now())
	require.NoError(t, r.traces.ConsumeTraces(t.Context(), span("known", 1, attrSession, "s-1", attrUser, "mina")))
	r.stop(t)
	assert.Contains(t, r.exit.spans(), "known")
}

// FuzzRestore starts on a journal that says anything.
func FuzzRestore(f *testing.F) {
	for _, e := range realEntries(f) {
		f.Add(e.Kind, e.Key, e.Value, byte(entryHeld), ticketKey(1), []byte("t"))
	}
	f.Add(byte(entryEvents), ticketKey(7), []byte("l\xff"), byte(entryKey), []byte(nil), []byte("0123456789abcdef"))
	f.Add(byte(entrySale), []byte{0, 1}, []byte("x"), byte(200), []byte(nil), []byte("x"))
	f.Fuzz(func(t *testing.T, kind byte, key, value []byte, kind2 byte, key2, value2 []byte) {
		found := journaltest.NewDisk()
		j, _, err := journal.Open(t.Context(), found, nil)
		require.NoError(t, err)
		j.Record(journal.Entry{Kind: kind, Key: key, Value: value})
		j.Record(journal.Entry{Kind: kind2, Key: key2, Value: value2})
		require.NoError(t, j.Sync(t.Context()))
		restart(t, found)
	})
}

// realEntries are the journal's entries of a short run.
func realEntries(tb testing.TB) (entries []journal.Entry) {
	tb.Helper()
	disk := journaltest.NewDisk()
	r := build(tb, everything).on(disk).start(tb)
	for _, td := range []ptrace.Traces{
		span("login", 1, attrSession, "s-1", attrUser, "mina", "http.request.header.cookie", "JSESSIONID=A", "amount", "7"),
		inner(span("held", 2)), span("token", 3, "http.request.header.cookie", "JSESSIONID=B"),
	} {
		require.NoError(tb, r.traces.ConsumeTraces(context.Background(), td))
	}
	found := disk.After()
	r.stop(tb)
	_, _, err := journal.Open(context.Background(), found, func(_ uint64, e journal.Entry) error {
		entries = append(entries, e)
		return nil
	})
	require.NoError(tb, err)
	require.NotEmpty(tb, entries)
	return entries
}

func FuzzStoredKeys(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(joinKey("tenant", []byte("key")))
	f.Add(joinKey("", encodeSaleKey(saleKey{event: "order", service: "shop", region: "seoul", currency: "EUR", outcome: "success"})))
	f.Add(encodeSale(&saleTotal{count: 3, value: 2.5, valued: true}))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Add(ticketKey(1))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if tenant, key, err := splitKey(raw); err == nil {
			again, rest, err := splitKey(joinKey(tenant, key))
			require.NoError(t, err)
			assert.Equal(t, tenant, again)
			assert.Equal(t, key, rest)
		}
		if key, err := decodeSaleKey(raw); err == nil {
			again, err := decodeSaleKey(encodeSaleKey(key))
			require.NoError(t, err)
			assert.Equal(t, key, again)
		}
		if total, err := decodeSale(raw); err == nil && total.value == total.value {
			again, err := decodeSale(encodeSale(total))
			require.NoError(t, err)
			assert.Equal(t, total, again)
		}
		if ticket := ticketOf(raw); ticket != 0 {
			assert.Equal(t, raw, ticketKey(ticket))
		}
	})
}
