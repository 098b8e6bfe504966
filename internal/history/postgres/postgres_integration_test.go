//go:build integration

package postgres_test

import (
	"context"
	"flag"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/history/postgres"
	"github.com/braidotel/braid/internal/history/relational"
	"github.com/braidotel/braid/internal/history/storetest"
)

var limits = relational.Limits{
	TracesPerOperation: storetest.TracesPerOperation, SpansPerTrace: storetest.SpansPerTrace,
	FramesPerSketch: storetest.FramesPerSketch,
}

func open(t testing.TB, dsn string) history.Store {
	t.Helper()
	db, err := postgres.Open(t.Context(), dsn, postgres.Options{})
	require.NoError(t, err)
	return relational.New(db, limits)
}

func TestStore_PostgreSQL_PassesTheSuite(t *testing.T) {
	s := startServer(t)
	n := 0
	storetest.Run(t, func(t testing.TB) history.Store {
		n++
		return open(t, s.database(t, fmt.Sprint("suite", n)))
	})
}

func TestOpen_ByManyAtOnce_MigratesOnce(t *testing.T) {
	dsn := startServer(t).database(t, "many")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			db, err := postgres.Open(t.Context(), dsn, postgres.Options{MaxConnections: 2})
			if assert.NoError(t, err) {
				assert.NoError(t, db.Close())
			}
		})
	}
	wg.Wait()
}

var kills = flag.Int("kills", 8, "how often the server is killed")

// TestStore_ServerKilledWhileWriting_LosesNothingAcknowledged (R16) kills the server again and again under four writers.
func TestStore_ServerKilledWhileWriting_LosesNothingAcknowledged(t *testing.T) {
	const writers, perBatch = 4, 20
	s := startServer(t)
	store := open(t, s.database(t, "killed"))
	defer func() { assert.NoError(t, store.Close()) }()

	var stop atomic.Bool
	defer stop.Store(true)
	var acknowledged, refused atomic.Int64
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for n := 0; !stop.Load(); {
				var b history.Batch
				for i := range perBatch {
					b.Sessions = append(b.Sessions, history.Session{ID: fmt.Sprintf("%d-%d-%d", w, n, i), Start: time.Unix(1, 0), Last: time.Unix(2, 0)})
				}
				err := store.Write(t.Context(), &b)
				if err == nil {
					acknowledged.Add(1)
					n++
					continue
				}
				refused.Add(1)
				if !assert.ErrorIs(t, err, history.ErrUnavailable) {
					return
				}
			}
		})
	}
	for range *kills {
		before := acknowledged.Load()
		require.Eventually(t, func() bool { return acknowledged.Load() > before+20 }, 30*time.Second, time.Millisecond)
		s.kill()
		s.start()
	}
	stop.Store(true)
	wg.Wait()
	counts, err := store.CountSessions(t.Context(), history.SessionQuery{}, history.ByNothing)
	require.NoError(t, err)
	assert.GreaterOrEqual(t, counts.Items[0].N, acknowledged.Load()*perBatch, "an acknowledged record is missing")
	assert.Zero(t, counts.Items[0].N%perBatch, "a batch is there in part")
	t.Logf("%d batches acknowledged, %d refused over %d kills", acknowledged.Load(), refused.Load(), *kills)
}

// TestStore_ServerReadOnly_RefusesAndGoesOn (R16) makes the server one that takes no writes, as one that follows another is.
func TestStore_ServerReadOnly_RefusesAndGoesOn(t *testing.T) {
	s := startServer(t)
	store := open(t, s.database(t, "readonly"))
	defer func() { assert.NoError(t, store.Close()) }()
	session := func(id string) *history.Batch {
		return &history.Batch{Sessions: []history.Session{{ID: id, Start: time.Unix(1, 0), Last: time.Unix(2, 0)}}}
	}
	require.NoError(t, store.Write(t.Context(), session("before")))
	conn, err := pgx.Connect(t.Context(), s.dsn("postgres"))
	require.NoError(t, err)
	defer conn.Close(t.Context())
	readOnly := func(value string) {
		for _, statement := range []string{"ALTER SYSTEM SET default_transaction_read_only = " + value, "SELECT pg_reload_conf()"} {
			_, err := conn.Exec(t.Context(), statement)
			require.NoError(t, err)
		}
	}
	readOnly("on")
	require.Eventually(t, func() bool { return store.Write(t.Context(), session("during")) != nil }, 30*time.Second, 20*time.Millisecond)
	require.ErrorIs(t, store.Write(t.Context(), session("during")), history.ErrUnavailable)
	counts, err := store.CountSessions(t.Context(), history.SessionQuery{}, history.ByNothing)
	require.NoError(t, err)
	assert.Positive(t, counts.Items[0].N, "reading goes on")
	readOnly("off")
	require.Eventually(t, func() bool { return store.Write(t.Context(), session("after")) == nil }, 30*time.Second, 20*time.Millisecond)
}

// TestStore_PoolExhausted_RefusesAndGoesOn (R16) has somebody lock a table until every connection waits, and others for those.
func TestStore_PoolExhausted_RefusesAndGoesOn(t *testing.T) {
	s := startServer(t)
	dsn := s.database(t, "exhausted")
	db, err := postgres.Open(t.Context(), dsn, postgres.Options{MaxConnections: 2})
	require.NoError(t, err)
	store := relational.New(db, limits)
	defer func() { assert.NoError(t, store.Close()) }()
	session := func(id string) *history.Batch {
		return &history.Batch{Sessions: []history.Session{{ID: id, Start: time.Unix(1, 0), Last: time.Unix(2, 0)}}}
	}
	require.NoError(t, store.Write(t.Context(), session("before")))
	other, err := pgx.Connect(t.Context(), dsn)
	require.NoError(t, err)
	defer other.Close(t.Context())
	_, err = other.Exec(t.Context(), "BEGIN; LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE")
	require.NoError(t, err)

	impatient, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	var wg sync.WaitGroup
	for n := range 6 {
		wg.Go(func() {
			assert.ErrorIs(t, store.Write(impatient, session(fmt.Sprint("during-", n))), history.ErrUnavailable)
		})
	}
	wg.Wait()

	_, err = other.Exec(t.Context(), "ROLLBACK")
	require.NoError(t, err)
	require.NoError(t, store.Write(t.Context(), session("after")))
	counts, err := store.CountSessions(t.Context(), history.SessionQuery{}, history.ByNothing)
	require.NoError(t, err)
	assert.EqualValues(t, 2, counts.Items[0].N, "what was refused is not there")
}

func TestOpen_NobodyThere_SaysSoWithoutThePassword(t *testing.T) {
	_, err := postgres.Open(t.Context(), "host=/nowhere user=braid password=hunter2 dbname=x", postgres.Options{})
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "hunter2")
	_, err = postgres.Open(t.Context(), "postgres://braid:hunter2@[::1/x", postgres.Options{})
	require.ErrorContains(t, err, "DSN")
	assert.NotContains(t, err.Error(), "hunter2")
}

// BenchmarkWrite is the benchmark of package sqlite on a real server.
func BenchmarkWrite(b *testing.B) {
	store := open(b, startServer(b).database(b, "bench"))
	defer store.Close()
	n := 0
	for b.Loop() {
		var batch history.Batch
		for range 500 {
			at := time.Unix(1_700_000_000, 0).Add(time.Duration(n) * time.Millisecond)
			batch.Sessions = append(batch.Sessions, history.Session{ID: fmt.Sprint("s", n), Start: at, Last: at, Services: []string{"shop"}})
			batch.Events = append(batch.Events, history.Event{Kind: history.KindBusiness, ID: fmt.Sprint("e", n), At: at, Revised: at})
			n++
		}
		require.NoError(b, store.Write(b.Context(), &batch))
	}
	b.ReportMetric(float64(2*n)/b.Elapsed().Seconds(), "records/s")
}
