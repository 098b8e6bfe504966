package sqlite_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/history/relational"
	"github.com/braidotel/braid/internal/history/sqlite"
	"github.com/braidotel/braid/internal/history/storetest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(writerDir); dir != "" {
		writeUntilKilled(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

var limits = relational.Limits{
	TracesPerOperation: storetest.TracesPerOperation, SpansPerTrace: storetest.SpansPerTrace,
	FramesPerSketch: storetest.FramesPerSketch,
}

func open(t testing.TB, path string) (history.Store, sqlite.Opened) {
	t.Helper()
	db, opened, err := sqlite.Open(t.Context(), path, sqlite.Options{Now: time.Unix(1, 0)})
	require.NoError(t, err)
	return relational.New(db, limits), opened
}

func TestStore_SQLite_PassesTheSuite(t *testing.T) {
	storetest.Run(t, func(t testing.TB) history.Store {
		store, _ := open(t, filepath.Join(t.TempDir(), "a directory", "records?.db"))
		return store
	})
}

func session(id string) *history.Batch {
	return &history.Batch{Sessions: []history.Session{{ID: id, Start: time.Unix(1, 0), Last: time.Unix(2, 0)}}}
}

func TestOpen_Reopened_KeepsRecords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	for range 3 {
		store, opened := open(t, path)
		assert.Empty(t, opened.Quarantined)
		require.NoError(t, store.Write(t.Context(), session("s")))
		got, err := store.Sessions(t.Context(), history.SessionQuery{})
		require.NoError(t, err)
		assert.Len(t, got.Items, 1)
		require.NoError(t, store.Close())
	}
}

func TestOpen_NewerTables_AreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	store, _ := open(t, path)
	require.NoError(t, store.Close())
	raw, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	_, err = raw.ExecContext(t.Context(), "PRAGMA user_version = 999")
	require.NoError(t, err)
	require.NoError(t, raw.Close())

	_, _, err = sqlite.Open(t.Context(), path, sqlite.Options{})
	for _, part := range []string{path, "version 999", "up to 1", "use the newer build"} {
		require.ErrorContains(t, err, part)
	}
	assert.FileExists(t, path, "it is not damaged and stays where it is")
}

func TestOpen_Damaged_IsMovedAside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	require.NoError(t, os.WriteFile(path, []byte("this is no database, whatever its name says about it"), 0o600))
	store, opened := open(t, path)
	defer func() { assert.NoError(t, store.Close()) }()
	assert.FileExists(t, opened.Quarantined)
	assert.NoError(t, store.Write(t.Context(), session("s")))
}

func TestStore_DamageMetLater_IsMovedAsideAtTheNextStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	store, _ := open(t, path)
	var b history.Batch
	for i := range 2_000 {
		b.Sessions = append(b.Sessions, history.Session{ID: time.Unix(int64(i), 0).String(), Start: time.Unix(1, 0), Last: time.Unix(2, 0)})
	}
	require.NoError(t, store.Write(t.Context(), &b))
	require.NoError(t, store.Close())

	file, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	info, err := file.Stat()
	require.NoError(t, err)
	garbage := make([]byte, info.Size()-40*4096) // all but the first pages
	for i := range garbage {
		garbage[i] = 0xa5
	}
	_, err = file.WriteAt(garbage, 40*4096)
	require.NoError(t, err)
	require.NoError(t, file.Close())

	store, opened := open(t, path)
	require.Empty(t, opened.Quarantined, "the first pages are sound")
	_, err = store.Sessions(t.Context(), history.SessionQuery{Limit: 10_000})
	require.ErrorIs(t, err, history.ErrUnavailable)
	require.NoError(t, store.Close())

	store, opened = open(t, path)
	defer func() { assert.NoError(t, store.Close()) }()
	assert.FileExists(t, opened.Quarantined)
	assert.NoError(t, store.Write(t.Context(), session("s")))
}
