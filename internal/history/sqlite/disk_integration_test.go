//go:build integration && linux

package sqlite_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
)

// TestStore_DiskFull_RefusesAndRecovers fills a small disk while records are written: every record is refused or there,
// reading goes on, and writing does as soon as there is space.
func TestStore_DiskFull_RefusesAndRecovers(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("braid", disk, "tmpfs", 0, "size=3m"); errors.Is(err, syscall.EPERM) {
		t.Skip("only root can mount a small disk")
	} else {
		require.NoError(t, err)
	}
	t.Cleanup(func() { assert.NoError(t, syscall.Unmount(disk, 0)) })
	path := filepath.Join(disk, "records.db")
	store, _ := open(t, path)
	defer func() { assert.NoError(t, store.Close()) }()

	acknowledged := 0
	write := func() error {
		var b history.Batch
		for i := range 100 {
			b.Sessions = append(b.Sessions, history.Session{ID: fmt.Sprintf("%d-%d", acknowledged, i), Start: time.Unix(1, 0), Last: time.Unix(2, 0)})
		}
		err := store.Write(t.Context(), &b)
		if err == nil {
			acknowledged++
		}
		return err
	}
	stored := func() int64 {
		counts, err := store.CountSessions(t.Context(), history.SessionQuery{}, history.ByNothing)
		require.NoError(t, err)
		return counts.Items[0].N
	}
	for range 3 {
		require.NoError(t, write())
	}
	ballast := filepath.Join(disk, "ballast")
	require.NoError(t, fillDisk(ballast))
	var err error
	for i := 0; err == nil && i < 1000; i++ {
		err = write()
	}
	require.ErrorIs(t, err, history.ErrUnavailable)
	assert.Equal(t, int64(acknowledged*100), stored())

	require.NoError(t, os.Remove(ballast))
	for range 3 {
		require.NoError(t, write(), "it must go on by itself")
	}
	assert.Equal(t, int64(acknowledged*100), stored())
}

func fillDisk(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	for {
		if _, err := file.Write(make([]byte, 4096)); err != nil {
			if errors.Is(err, syscall.ENOSPC) {
				return nil
			}
			return err
		}
	}
}
