package tsdb

import (
	"testing"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// writes notes the windows that a block is written for.
type writes struct {
	tsdb.Compactor // none writes nothing
	begun          []int64
}

func (w *writes) Write(dest string, b tsdb.BlockReader, mint, maxt int64, base *tsdb.BlockMeta) ([]ulid.ULID, error) {
	w.begun = append(w.begun, mint)
	if w.Compactor == nil {
		return nil, nil
	}
	return w.Compactor.Write(dest, b, mint, maxt, base)
}

// One series' late samples lie months apart in one chunk, another's fill several chunks of one window.
func TestCompactor_LateSamplesFarApart_WritesTheirWindowsOnly(t *testing.T) {
	db := open(t, t.TempDir(), Options{Rollups: []Rollup{}, Retention: 400 * 24 * time.Hour})
	live := epoch.AddDate(0, 0, 300)
	write(t, db, gauges(live, "", map[string]float64{"sparse": 1, "dense": 1}))
	sparse := []time.Time{epoch, epoch.AddDate(0, 0, 100), epoch.AddDate(0, 0, 200), live.Add(-time.Second)}
	for _, at := range sparse {
		write(t, db, gauges(at, "", map[string]float64{"sparse": 1}))
	}
	dense := epoch.AddDate(0, 0, 150)
	for i := range 100 {
		write(t, db, gauges(dense.Add(time.Duration(i)*time.Second), "", map[string]float64{"dense": float64(i)}))
	}
	var want []int64
	for _, at := range []time.Time{sparse[0], sparse[1], dense, sparse[2], sparse[3]} {
		want = append(want, at.UnixMilli()-at.UnixMilli()%windowM)
	}

	head, err := tsdb.NewOOOCompactionHead(t.Context(), db.raw.Head())
	require.NoError(t, err)
	written := &writes{}
	c := &compactor{Compactor: written}
	for range 2 { // each compaction looks anew
		written.begun = nil
		meta := &tsdb.BlockMeta{}
		for mint := head.MinTime() - head.MinTime()%windowM; mint <= head.MaxTime(); mint += windowM {
			_, err := c.Write("", head.CloneForTimeRange(mint, mint+windowM-1), mint, mint+windowM, meta)
			require.NoError(t, err)
		}
		assert.Equal(t, want, written.begun)
	}

	require.NoError(t, db.raw.CompactOOOHead(t.Context()))
	assert.Len(t, db.raw.Blocks(), len(want))
	m := db.Metrics("")
	assert.Equal(t, 5.0, valueOf(t, m, "count_over_time(sparse[301d])", live))
	assert.Equal(t, 100.0, valueOf(t, m, "count_over_time(dense[10m])", dense.Add(5*time.Minute)))
}

// A series of which all samples were late keeps the head from noticing that months are empty.
func TestCompactor_MonthsBetweenSamplesInTime_HeadBeginsBehindThem(t *testing.T) {
	db := open(t, t.TempDir(), Options{Rollups: []Rollup{}, Retention: 400 * 24 * time.Hour})
	written := &writes{Compactor: db.compactor.Compactor}
	db.compactor.Compactor = written
	live := epoch.AddDate(0, 0, 300)
	write(t, db, gauges(epoch.Add(2*time.Hour), "", map[string]float64{"n": 1}))
	write(t, db, gauges(epoch, "", map[string]float64{"late": 1}))
	write(t, db, gauges(live, "", map[string]float64{"n": 1})) // compacts
	m := db.Metrics("")
	assert.Equal(t, 2.0, valueOf(t, m, "count_over_time(n[301d])", live))
	assert.Equal(t, 1.0, valueOf(t, m, "count_over_time(late[301d])", live))
	assert.Less(t, live.Sub(time.UnixMilli(db.raw.Head().MinTime())), 6*time.Hour)
	assert.False(t, db.gate.due())
	assert.Len(t, written.begun, 2)
	assert.Len(t, db.raw.Blocks(), 2)
}
