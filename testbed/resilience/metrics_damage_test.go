package resilience

import (
	"flag"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"golang.org/x/sync/errgroup"

	"github.com/braidotel/braid/internal/history"
	"github.com/braidotel/braid/internal/history/tsdb"
)

// The metrics that are damaged: a value a minute that follows from its time.
const (
	metricMinutes = 9 * 60
)

var damages = flag.Int("damages", 10, "how often a database of metrics is damaged")

var metricEpoch = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

func metricValue(minute int) float64 { return float64(minute*minute%1009) + 0.25 }

// writeMetrics fills a database such that it has blocks, rollups, a head with chunks of its own and a write-ahead log.
func writeMetrics(t *testing.T, dir string) {
	t.Helper()
	db, err := tsdb.Open(dir, tsdb.Options{})
	require.NoError(t, err)
	for minute := range metricMinutes {
		at := metricEpoch.Add(time.Duration(minute) * time.Minute)
		written, err := db.Write(t.Context(), metric(at, metricValue(minute)), at)
		require.NoError(t, err)
		require.Equal(t, 1, written.Stored)
	}
	_, err = db.RollUp(t.Context(), 10)
	require.NoError(t, err)
	require.NoError(t, db.Close())
}

func metric(at time.Time, value float64) pmetric.Metrics {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("service.name", "shop")
	m := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName("shop.queue.length")
	point := m.SetEmptyGauge().DataPoints().AppendEmpty()
	point.SetTimestamp(pcommon.NewTimestampFromTime(at))
	point.SetDoubleValue(value)
	return md
}

// TestMetrics_Damaged_NeverPanicNorInvent (R17) flips bits of one file of a database of metrics after the other, or cuts it off:
// what it then answers is what was written, or nothing; and it takes new samples, or says that it is unavailable.
func TestMetrics_Damaged_NeverPanicNorInvent(t *testing.T) {
	t.Parallel()
	whole := t.TempDir()
	writeMetrics(t, whole)
	files := filesOf(t, whole)
	require.Greater(t, len(files), 20, "blocks, rollups, logs and chunks")
	random := rand.New(rand.NewPCG(3, 4))
	var reading errgroup.Group
	reading.SetLimit(8) // they mostly wait for the database's own look at its blocks
	var lost atomic.Int64
	for range *damages {
		name := files[random.IntN(len(files))]
		dir := filepath.Join(t.TempDir(), "metrics")
		require.NoError(t, os.CopyFS(dir, os.DirFS(whole)))
		damageFile(t, filepath.Join(dir, name), random, random.IntN(2) == 0)
		reading.Go(func() error {
			got, err := readMetrics(t, dir)
			assert.NoError(t, err, name)
			if got < metricMinutes {
				lost.Add(1)
				t.Logf("%s: %d of %d", name, got, metricMinutes)
			}
			return os.RemoveAll(dir)
		})
	}
	require.NoError(t, reading.Wait())
	t.Logf("%d damages of %d files, %d with fewer samples", *damages, len(files), lost.Load())
}

// filesOf are the files that hold something.
func filesOf(t *testing.T, dir string) (names []string) {
	t.Helper()
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || strings.HasSuffix(name, "lock") {
			return err
		}
		if info, err := entry.Info(); err != nil || info.Size() == 0 {
			return err
		}
		names = append(names, name)
		return nil
	}))
	return names
}

// damageFile flips a few bits of what is written in a file, or cuts it off somewhere.
func damageFile(t *testing.T, path string, random *rand.Rand, cut bool) {
	t.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	used := len(raw)
	for used > 1 && raw[used-1] == 0 {
		used--
	}
	if cut {
		require.NoError(t, os.Truncate(path, int64(random.IntN(used))))
		return
	}
	for range 3 {
		raw[random.IntN(used)] ^= 1 << random.IntN(8)
	}
	require.NoError(t, os.WriteFile(path, raw, 0o600))
}

// asideWithin is how long a block that was set aside may still be asked: the database looks every five seconds.
const asideWithin = time.Minute

// readMetrics reads all there is, requires that each sample is as it was written, and goes on writing. A query that meets
// damage is answered once it was looked for, which rolling up does.
func readMetrics(t *testing.T, dir string) (samples int, err error) {
	t.Helper()
	db, err := tsdb.Open(dir, tsdb.Options{})
	if err != nil {
		return 0, err
	}
	defer func() { assert.NoError(t, db.Close()) }()
	end := metricEpoch.Add((metricMinutes - 1) * time.Minute)
	read := func() (history.Result, error) {
		return db.Metrics("").QueryRange(t.Context(), "last_over_time(shop_queue_length[1m])", metricEpoch, end, time.Minute)
	}
	got, err := read()
	if err != nil {
		assert.ErrorIs(t, err, history.ErrUnavailable)
		_, _ = db.RollUp(t.Context(), 10)
		answered := func() bool { got, err = read(); return err == nil }
		if !assert.Eventually(t, answered, asideWithin, 100*time.Millisecond, "what cannot be read is set aside") {
			return 0, history.ErrUnavailable
		}
	}
	for _, s := range got.Series {
		for _, p := range s.Points {
			samples++
			assert.InDelta(t, metricValue(int(p.At.Sub(metricEpoch)/time.Minute)), p.Value, 0, "at %s", p.At)
		}
	}
	at := end.Add(5 * time.Hour)
	if _, err := db.Write(t.Context(), metric(at, 1), at); err != nil {
		return 0, err
	}
	if _, err = db.RollUp(t.Context(), 10); err != nil { // damage that nobody had met
		_, err = db.RollUp(t.Context(), 10)
	}
	return samples, err
}
