//go:build integration

package resilience

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history/sqlite"
)

// TestSQLite_ReadOnlyDisk_IsRefusedAndKept (R16) opens records on a disk that may not be written: that is said, they are not taken
// for damaged, and all is there when it may be again.
func TestSQLite_ReadOnlyDisk_IsRefusedAndKept(t *testing.T) {
	disk := mountDisk(t)
	path := filepath.Join(disk, "records.db")
	store := openRecords(t, path)
	require.NoError(t, store.Write(t.Context(), visitRecord("kept")))
	require.NoError(t, store.Close())

	require.NoError(t, syscall.Mount("braid", disk, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "size="+diskSize))
	db, _, err := sqlite.Open(t.Context(), path, sqlite.Options{Now: time.Unix(1, 0)})
	if !assert.Error(t, err, "nothing can be written") {
		require.NoError(t, db.Close())
	}
	require.NoError(t, syscall.Mount("braid", disk, "tmpfs", syscall.MS_REMOUNT, "size="+diskSize))

	db, opened, err := sqlite.Open(t.Context(), path, sqlite.Options{Now: time.Unix(2, 0)})
	require.NoError(t, err)
	require.NoError(t, db.Close())
	assert.Empty(t, opened.Quarantined)
	store = openRecords(t, path)
	defer func() { assert.NoError(t, store.Close()) }()
	require.NoError(t, store.Write(t.Context(), visitRecord("new")))
	assert.EqualValues(t, 2, countRecords(t, store))
}
