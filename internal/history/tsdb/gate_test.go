package tsdb

import (
	"sync"
	"testing"
	"time"

	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The gate is needed as long as this holds: a file of chunks begun beside a truncation loses its number, and the next fails,
// which the head answers with a panic.
func TestChunkDiskMapper_FirstFileBesideTruncate_LosesItsNumber(t *testing.T) {
	chunk := chunkenc.NewXORChunk()
	app, err := chunk.Appender()
	require.NoError(t, err)
	app.Append(0, 1, 1)
	try := func() (failed error) {
		m, err := chunks.NewChunkDiskMapper(nil, t.TempDir(), nil, chunks.MinWriteBufferSize, 0)
		require.NoError(t, err)
		defer func() { assert.NoError(t, m.Close()) }()
		write := func() { m.WriteChunk(1, 1, 1, chunk, false, func(err error) { failed = err }) }
		var writer sync.WaitGroup
		started := make(chan struct{})
		writer.Go(func() { close(started); write() })
		<-started
		require.NoError(t, m.Truncate(1))
		writer.Wait()
		require.NoError(t, failed)
		m.CutNewFile()
		write()
		return failed
	}
	for range 1000 {
		if err := try(); err != nil {
			assert.EqualError(t, err, "expected newly cut file to have sequence:offset 1:8, got 2:8")
			return
		}
	}
	t.Error("it does not happen any more")
}

// The past is replayed beside live data: compactions are due before the head has a file of chunks, and when it has one.
func TestWrite_PastBesidePresent_CompactsWithAndWithoutChunks(t *testing.T) {
	db := open(t, t.TempDir(), Options{Rollups: []Rollup{}})
	live := epoch.AddDate(0, 0, 5)
	blocks := 0
	for i := range 3 { // each makes the head span four hours
		write(t, db, gauges(live.Add(time.Duration(i)*4*time.Hour), "", map[string]float64{"n": 1}))
		assert.False(t, db.gate.passed.Load())
		assert.GreaterOrEqual(t, len(db.raw.Blocks()), blocks)
		blocks = len(db.raw.Blocks())
	}
	assert.Equal(t, 2, blocks, "compacted while writers waited")
	newest, err := newestFile(db.gate.dir)
	require.NoError(t, err)
	require.Zero(t, newest)

	for i := range 40 { // a chunk of late samples is full with 32
		write(t, db, gauges(epoch.Add(time.Duration(i)*time.Second), "", map[string]float64{"n": float64(i)}))
	}
	write(t, db, gauges(live.Add(12*time.Hour), "", map[string]float64{"n": 1}))
	assert.True(t, db.gate.passed.Load())
	assert.Eventually(t, func() bool { return len(db.raw.Blocks()) > blocks }, 30*time.Second, 10*time.Millisecond)
	m := db.Metrics("")
	assert.Equal(t, 40.0, valueOf(t, m, "count_over_time(n[10m])", epoch.Add(5*time.Minute)))
	assert.Equal(t, 4.0, valueOf(t, m, "count_over_time(n[1d])", live.Add(12*time.Hour)))
}

func TestGate_WriterInside_CompactionWaits(t *testing.T) {
	db := open(t, t.TempDir(), Options{Rollups: []Rollup{}})
	write(t, db, gauges(epoch, "", map[string]float64{"n": 1}))
	leave := db.gate.enter()
	_, err := db.write(t.Context(), gauges(epoch.Add(4*time.Hour), "", map[string]float64{"n": 1}), epoch.AddDate(1, 0, 0))
	require.NoError(t, err)
	done := make(chan error)
	go func() { done <- db.gate.compact(t.Context(), epoch) }()
	require.True(t, db.gate.due())
	assert.Empty(t, db.raw.Blocks())
	leave()
	require.NoError(t, <-done)
	assert.Len(t, db.raw.Blocks(), 1)
}
