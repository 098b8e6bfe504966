package tsdb

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/braidotel/braid/internal/history"
)

// What is left when a process ends at the wrong moment, or somebody tidies up.
func TestOpen_DamagedHeadChunks_OpensWithEverything(t *testing.T) {
	second := func(dir, name string) func(testing.TB) {
		return func(t testing.TB) {
			data, err := os.ReadFile(filepath.Join(dir, "000001"))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), data[:8], 0o600))
		}
	}
	for name, damage := range map[string]func(dir string) func(testing.TB){
		"number missing": func(dir string) func(testing.TB) { return second(dir, "000003") },
		"second begun":   func(dir string) func(testing.TB) { return second(dir, "000002") },
		"other content": func(dir string) func(testing.TB) {
			return func(t testing.TB) {
				require.NoError(t, os.WriteFile(filepath.Join(dir, "000001"), []byte("these are no chunks"), 0o600))
			}
		},
		"cut off": func(dir string) func(testing.TB) {
			return func(t testing.TB) { require.NoError(t, os.Truncate(filepath.Join(dir, "000001"), 5)) }
		},
		"gone": func(dir string) func(testing.TB) {
			return func(t testing.TB) { require.NoError(t, os.RemoveAll(dir)) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			db, err := Open(dir, Options{})
			require.NoError(t, err)
			write(t, db, gauges(epoch.Add(time.Hour), "", map[string]float64{"n": 1}))
			for i := range 40 { // a chunk of late samples is full with 32
				write(t, db, gauges(epoch.Add(time.Duration(i)*time.Second), "", map[string]float64{"n": float64(i)}))
			}
			require.NoError(t, db.Close())
			damage(filepath.Join(dir, "raw", headChunks))(t)

			db = open(t, dir, Options{})
			assert.Equal(t, 41.0, valueOf(t, db.Metrics(""), "count_over_time(n[2h])", epoch.Add(time.Hour)))
			for i := range 40 {
				write(t, db, gauges(epoch.Add(time.Minute+time.Duration(i)*time.Second), "", map[string]float64{"n": float64(i)}))
			}
			write(t, db, gauges(epoch.Add(6*time.Hour), "", map[string]float64{"n": 1}))
			assert.Equal(t, 81.0, valueOf(t, db.Metrics(""), "count_over_time(n[2h])", epoch.Add(time.Hour)))
		})
	}
}

func TestOpen_OpenAlready_SaysSo(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir, Options{})
	write(t, db, gauges(epoch, "", map[string]float64{"n": 1}))
	_, err := Open(dir, Options{})
	require.ErrorIs(t, err, history.ErrUnavailable)
	assert.ErrorContains(t, err, "lock")
	assert.NoDirExists(t, filepath.Join(dir, "raw", damagedChunks))
	write(t, db, gauges(epoch.Add(time.Second), "", map[string]float64{"n": 1}))
}
