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

// writeBlocks writes nine hours of two series, a value a minute, and returns the raw database's blocks.
func writeBlocks(t *testing.T, dir string) []string {
	t.Helper()
	db, err := Open(dir, Options{Rollups: []Rollup{}})
	require.NoError(t, err)
	for minute := range 9 * 60 {
		n := float64(minute)
		write(t, db, gauges(epoch.Add(time.Duration(minute)*time.Minute), "", map[string]float64{"n": n, "other": n}))
	}
	require.NoError(t, db.Close())
	blocks, err := filepath.Glob(filepath.Join(dir, "raw", "*", "index"))
	require.NoError(t, err)
	require.NotEmpty(t, blocks)
	for i := range blocks {
		blocks[i] = filepath.Dir(blocks[i])
	}
	return blocks
}

func counted(t *testing.T, db *DB, name string) (float64, error) {
	t.Helper()
	got, err := db.Metrics("").Query(t.Context(), "count_over_time("+name+"[12h])", epoch.Add(9*time.Hour))
	if err != nil {
		return 0, err
	}
	require.Len(t, got.Series, 1)
	return got.Series[0].Points[0].Value, nil
}

func flip(t *testing.T, file string, at int64) {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	data[at] ^= 0x10
	require.NoError(t, os.WriteFile(file, data, 0o600))
}

func TestOpen_DamagedBlock_IsSetAsideAndTheRestOpens(t *testing.T) {
	for _, file := range []string{"index", "meta.json", "tombstones"} {
		t.Run(file, func(t *testing.T) {
			dir := t.TempDir()
			blocks := writeBlocks(t, dir)
			require.NoError(t, os.Truncate(filepath.Join(blocks[0], file), 3))
			db := open(t, dir, Options{Rollups: []Rollup{}})
			n, err := counted(t, db, "n")
			require.NoError(t, err)
			assert.InDelta(t, 420, n, 60, "two hours are missing")
			assert.DirExists(t, filepath.Join(dir, "raw", damagedBlocks, filepath.Base(blocks[0])))
		})
	}
}

func TestQuery_DamagedChunk_IsLeftOutOnceItWasMet(t *testing.T) {
	dir := t.TempDir()
	blocks := writeBlocks(t, dir)
	flip(t, filepath.Join(blocks[0], "chunks", "000001"), 40) // in the first chunk, of the first series
	db := open(t, dir, Options{Rollups: []Rollup{}})
	_, err := counted(t, db, "n")
	require.ErrorIs(t, err, history.ErrUnavailable)
	_, err = db.RollUp(t.Context(), 1)
	require.NoError(t, err)
	n, err := counted(t, db, "n")
	require.NoError(t, err)
	assert.InDelta(t, 420, n, 60, "one chunk is missing")
	other, err := counted(t, db, "other")
	require.NoError(t, err)
	assert.InDelta(t, 540, other, 0, "nothing of the other series")
}
