//go:build integration && linux

package tsdb

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

// TestDB_DiskFull_RefusesAndRecovers fills a small disk while samples are written: every sample is refused or there, reading
// goes on, writing does as soon as there is space, and all of it is there after a restart.
func TestDB_DiskFull_RefusesAndRecovers(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("braid", disk, "tmpfs", 0, "size=24m"); errors.Is(err, syscall.EPERM) {
		t.Skip("only root can mount a small disk")
	} else {
		require.NoError(t, err)
	}
	t.Cleanup(func() { assert.NoError(t, syscall.Unmount(disk, 0)) })
	dir := filepath.Join(disk, "metrics")
	db, err := Open(dir, Options{Rollups: []Rollup{}})
	require.NoError(t, err)

	n := 0 // attempts, each at a time of its own
	acknowledged := map[int]bool{}
	write := func() error {
		n++
		values := map[string]float64{"n": float64(n)}
		for i := range 50 { // enough to fill what is left of the disk
			values[fmt.Sprint("filler", i)] = float64(n * i)
		}
		w, err := db.Write(t.Context(), gauges(epoch.Add(time.Duration(n)*time.Second), "", values), epoch.Add(48*time.Hour))
		if err == nil {
			require.Empty(t, w.Refused)
			acknowledged[n] = true
		}
		return err
	}
	present := func(when string) {
		r, err := db.Metrics("").Query(t.Context(), "n[10h]", epoch.Add(time.Duration(n)*time.Second))
		require.NoError(t, err, when)
		found := map[int]bool{}
		for _, p := range r.Series[0].Points {
			found[int(p.Value)] = true
		}
		for i := range acknowledged {
			assert.True(t, found[i], "%s: sample %d was acknowledged", when, i)
		}
	}
	for range 10 {
		require.NoError(t, write())
	}
	ballast := filepath.Join(disk, "ballast")
	require.NoError(t, fillDisk(ballast))
	for err = nil; err == nil && n < 20_000; {
		err = write()
	}
	require.ErrorIs(t, err, history.ErrUnavailable)
	present("full")
	require.NoError(t, os.Remove(ballast))
	for range 10 {
		require.NoError(t, write(), "it must go on by itself")
	}
	present("free again")
	require.NoError(t, db.Close())
	db, err = Open(dir, Options{Rollups: []Rollup{}})
	require.NoError(t, err)
	present("after a restart")
	require.NoError(t, db.Close())
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
