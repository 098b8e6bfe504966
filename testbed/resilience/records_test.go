package resilience

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
)

func visitRecord(id string) *history.Batch {
	return &history.Batch{Sessions: []history.Session{{ID: id, Start: time.Unix(1, 0), Last: time.Unix(2, 0)}}}
}

func countRecords(t *testing.T, store history.Store) int64 {
	t.Helper()
	counts, err := store.CountSessions(t.Context(), history.SessionQuery{}, history.ByNothing)
	require.NoError(t, err)
	return counts.Items[0].N
}

// TestSQLite_Locked_RefusesAndGoesOn (R16) has another program hold the database: what is written meanwhile is refused as what
// passes, what was written stays readable, and once the lock is gone all goes on.
func TestSQLite_Locked_RefusesAndGoesOn(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "records.db")
	store := openRecords(t, path)
	defer func() { assert.NoError(t, store.Close()) }()
	require.NoError(t, store.Write(t.Context(), visitRecord("before")))
	other, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	defer other.Close()
	other.SetMaxOpenConns(1)
	_, err = other.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	require.NoError(t, err)

	err = store.Write(t.Context(), visitRecord("during"))
	require.ErrorIs(t, err, history.ErrUnavailable)
	require.ErrorContains(t, err, "locked")
	assert.EqualValues(t, 1, countRecords(t, store), "reading goes on")

	_, err = other.ExecContext(t.Context(), "ROLLBACK")
	require.NoError(t, err)
	require.NoError(t, store.Write(t.Context(), visitRecord("during")))
	assert.EqualValues(t, 2, countRecords(t, store))
}
